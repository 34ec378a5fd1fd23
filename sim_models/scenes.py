"""Which load stands for a robot: the one place that knows every scene."""

from collections.abc import Sequence

from robot.description import RobotDescription
from robot.load import Load
from robot.plan import Posture
from robot.plan_task import PlanTask
from sim_models.arm_load import ArmLoad
from sim_models.care_load import CareLoad
from sim_models.cuff import Cuff
from sim_models.faults import NOMINAL, Condition
from sim_models.load import PatientLoad
from sim_models.robot_load import RobotLoad
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.worn_arm import is_arm


def load_of(
    description: RobotDescription,
    posture: Posture | None,
    patient: VirtualPatient,
    start: Sequence[float],
    *,
    condition: Condition = NOMINAL,
    task: PlanTask | None = None,
) -> Load:
    """The load of a robot at rest at `start` rad.

    With the limbs of `patient`, seated as `posture` says, and all of them where the robot carries an arm; beside the
    whole patient for a care `task`; else alone.

    Whoever makes it closes it. Raises as the scenes do.
    """
    cuff = Cuff(misalignment=condition.misaligned)
    if posture and is_arm(description):
        return ArmLoad(description, patient, posture, start, cuff, condition=condition)
    if posture:
        return PatientLoad(description, patient, posture, start, cuff, condition=condition)
    if task:
        return CareLoad(description, task, patient, start, condition.seed)
    return RobotLoad(description, start)
