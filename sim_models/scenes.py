"""Which load stands for a robot: the one place that knows every scene."""

from collections.abc import Sequence

from robot.description import RobotDescription
from robot.load import Load
from robot.plan import Posture
from sim_models.faults import NOMINAL, Condition
from sim_models.load import PatientLoad
from sim_models.robot_load import RobotLoad
from sim_models.virtual_patient.patient import VirtualPatient


def load_of(
    description: RobotDescription,
    posture: Posture | None,
    patient: VirtualPatient,
    start: Sequence[float],
    *,
    condition: Condition = NOMINAL,
) -> Load:
    """The load of a robot at rest at `start` rad: with the limbs of `patient`, seated as `posture` says, else alone.

    Whoever makes it closes it. Raises as the scenes do.
    """
    if posture:
        return PatientLoad(description, patient, posture, start, condition=condition)
    return RobotLoad(description, start)
