"""The simulated plant of a session, with its truth in a file of its own."""

from collections.abc import Sequence
from pathlib import Path

from careloop.session.files import Order
from robot.controller import Controller
from robot.load import Load
from robot.plant import Plant
from session_records.folder import TRUTH
from session_records.truth import TruthWriter
from sim_models.plant import SimulatedPlant
from sim_models.scenes import load_of
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.trial import start_angles
from sim_models.virtual_patient.population import patient_named


class RecordedPlant(SimulatedPlant):
    """A simulated plant that keeps the truth beside the session, and gives back load and file when closed."""

    def __init__(self, controller: Controller, load: Load, truth: TruthWriter) -> None:
        def observe(time_s: float, values: Sequence[float], torques: Sequence[float]) -> None:
            truth(time_s, values)

        super().__init__(controller.robot, load, observe=observe)
        self._load_of_session = load
        self._truth = truth

    def close(self) -> None:
        """Torque off, truth safe, load given back."""
        super().close()
        self._truth.close()
        self._load_of_session.close()


def simulated_plant(folder: Path, order: Order, controller: Controller) -> Plant:
    """The plant that an order for simulation asks for."""
    plan, person = controller.plan, order.whom()
    patient = patient_named(order.plant["sim"]).sized(person.height_m, person.mass_kg)
    start = start_angles(plan, controller.robot, standard_matrix())
    load = load_of(controller.robot, plan.posture, patient, start, task=plan.task)
    return RecordedPlant(controller, load, TruthWriter(folder / TRUTH, load.truth_columns))
