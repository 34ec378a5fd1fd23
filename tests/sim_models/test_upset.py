"""What befalls person and straps in the middle of a motion is what was said, when it was said, and nothing else."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.description import RobotDescription, load_robot
from robot.plan import Posture
from sim_models.cuff import Cuff
from sim_models.faults import NOMINAL, Condition, Pulse, Slip
from sim_models.forces import TRUTH, effort_places, parameters_of, strap_places
from sim_models.load import PatientLoad
from sim_models.upset import Upset
from sim_models.virtual_patient import STANDARD, VirtualPatient, alike
from sim_models.virtual_patient.strength import strongest
from sim_models.worn import Worn, worn_joints
from tests.sim_models.loads import KNEE_EXO, SEATED
from tests.sim_models.trials_kit import case as short_case
from tests.sim_models.trials_kit import recorded, shipped_trial

LEG_EXO = load_robot("leg-exo")
STEPS = 60
MOMENT = 30
"""The step at which something happens."""


def truths(condition: Condition, robot: RobotDescription = KNEE_EXO, patient: str = "strong") -> np.ndarray:
    """The truth after each step of a robot whose drives push: (steps, limbs, what `TRUTH` names)."""
    q0 = [0.7] if robot is KNEE_EXO else [0.1, 0.4, 0.0] * 2
    with PatientLoad(robot, STANDARD[patient], SEATED, q0, condition=condition) as load:
        rows = []
        for _ in range(STEPS):
            load.advance([15.0] * len(q0), 1)
            rows.append(load.truth)
    return np.array(rows).reshape(STEPS, -1, len(TRUTH))


def numbers_of(patient: VirtualPatient, worn: tuple[Worn, ...]) -> np.ndarray:
    return parameters_of(worn, patient, SEATED, Cuff(), [0.3] * len(worn))


def upset_of(condition: Condition, worn: tuple[Worn, ...], given: np.ndarray) -> Upset:
    count = len(worn)
    joints = [one.joint for one in worn]
    return Upset(condition, joints, WEAK.body, given.data, effort_places(count), strap_places(count))


AT = MOMENT * 0.001
WEAK = STANDARD["weak"]
FLEXION, EXTENSION = strongest("knee", WEAK.body.mass_kg, WEAK.body.sex, WEAK.body.age_years)
SPASM, PUSH = -0.2 * EXTENSION, 0.1 * FLEXION  # the knee's flexion is its weaker way
BEFALLS = {
    "spasm": Condition("spasm", spasm=Pulse(AT, 0.01, -0.2, ("knee",))),
    "pushes-back": Condition("pushes-back", pushes_back=Pulse(AT, 0.01, 0.1, ("knee",))),
    "lets-go": Condition("lets-go", lets_go_s=AT),
    "slip": Condition("slip", slip=Slip(AT, 0.01)),
}


@pytest.mark.parametrize("condition", BEFALLS.values(), ids=BEFALLS)
def test_before_its_moment_a_condition_changes_no_bit_and_two_runs_are_the_same(condition: Condition) -> None:
    upset = truths(condition)
    plain = truths(NOMINAL)
    np.testing.assert_array_equal(upset[: MOMENT - 1], plain[: MOMENT - 1])
    assert not np.array_equal(upset[MOMENT:], plain[MOMENT:])
    np.testing.assert_array_equal(upset, truths(condition))


@pytest.mark.parametrize(("robot", "knees"), [(KNEE_EXO, [0]), (LEG_EXO, [1, 4])], ids=["knee-exo", "leg-exo"])
def test_a_spasm_is_a_share_of_the_extensors_strength_at_its_joints_alone(
    robot: RobotDescription, knees: list[int]
) -> None:
    at = MOMENT - 1  # the truth after the step that ends at the moment: motion as without, torque with the spasm
    more = truths(BEFALLS["spasm"], robot, "passive")[at] - truths(NOMINAL, robot, "passive")[at]
    expected = np.zeros_like(more)
    expected[knees, TRUTH.index("patient_tau_Nm")] = SPASM
    np.testing.assert_allclose(more, expected, atol=1e-12)


def test_a_spasm_is_over_when_it_is_said() -> None:
    worn = worn_joints(KNEE_EXO)
    upset = upset_of(BEFALLS["spasm"], worn, numbers_of(WEAK, worn))
    felt = [upset(0.001 * step, [0.5], [0.0])[0] for step in range(STEPS)]
    assert felt == [SPASM if MOMENT <= step < MOMENT + 10 else 0.0 for step in range(STEPS)]


def test_a_flexors_spasm_is_a_share_of_the_flexors_strength_of_each_joint() -> None:
    legs = worn_joints(LEG_EXO)
    upset = upset_of(Condition("x", spasm=Pulse(0.0, 1.0, 0.3, ("hip", "ankle", "elbow"))), legs, np.zeros(400))
    strengths = [strongest(one.joint, WEAK.body.mass_kg, WEAK.body.sex, WEAK.body.age_years)[0] for one in legs]
    expected = [0.0 if one.joint == "knee" else 0.3 * most for one, most in zip(legs, strengths, strict=True)]
    assert upset(0.0, [0.0] * 6, [0.0] * 6) == pytest.approx(expected, rel=1e-15)


@given(moved=st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=9))
def test_who_pushes_back_pushes_towards_where_they_were_and_never_harder_than_said(moved: list[float]) -> None:
    worn = worn_joints(KNEE_EXO)
    upset = upset_of(BEFALLS["pushes-back"], worn, numbers_of(WEAK, worn))
    assert upset(0.0, [0.2], [0.0])[0] == 0.0
    assert upset(AT, [0.5], [0.0])[0] == 0.0
    for step, way in enumerate(moved):
        torque = upset(AT + 0.001 * step, [0.5 + way], [0.0])[0]
        assert abs(torque) <= PUSH
        assert torque == pytest.approx(-math.copysign(PUSH * min(1.0, abs(way) / math.radians(5.0)), way), abs=1e-9)


@pytest.mark.parametrize("robot", [KNEE_EXO, LEG_EXO], ids=["knee-exo", "leg-exo"])
def test_who_lets_go_is_from_then_on_a_person_without_effort(robot: RobotDescription) -> None:
    worn = worn_joints(robot)
    numbers = numbers_of(alike("busy", effort=0.6), worn)
    upset, angles = upset_of(BEFALLS["lets-go"], worn, numbers), [0.0] * len(worn)
    upset(AT - 0.001, angles, angles)
    np.testing.assert_array_equal(numbers, numbers_of(alike("busy", effort=0.6), worn))
    upset(AT, angles, angles)
    np.testing.assert_array_equal(numbers, numbers_of(alike("idle", effort=0.0), worn))


def test_a_strap_that_slips_pulls_along_the_limb_by_its_stiffness() -> None:
    cuff, posture = Cuff(damping=0.0), Posture(thigh_pitch_deg=0.0, hip_flexion_deg=30.0)

    def force(condition: Condition) -> tuple[float, float]:
        """How far the limb hangs below the robot's bar in rad, and the strap's force in N, at rest."""
        with PatientLoad(KNEE_EXO, STANDARD["passive"], posture, [0.7], cuff, condition=condition) as load:
            return load.truth[0] - 0.7, load.truth[TRUTH.index("cuff_force_N")]

    (sag, before), (again, after) = force(NOMINAL), force(Condition("slip", slip=Slip(0.0, 0.01)))
    bar = KNEE_EXO.parameters["cuff_height_m"]
    along, across = bar * (math.cos(sag) - 1.0), bar * math.sin(sag)
    assert again == sag
    assert before == pytest.approx(math.hypot(2100.0 * along, 4500.0 * across), rel=1e-12)
    assert after == pytest.approx(math.hypot(2100.0 * (along - 0.01), 4500.0 * across), rel=1e-12)


def test_a_strong_spasm_stops_the_shipped_plan_within_the_cuffs_limit() -> None:
    recording, result = shipped_trial("weak", "spasm")
    assert result.passed
    assert (result.end, result.reason) == ("stops-safely", "spasm")
    asked = recording.field("time")[recording.field("severity")[:, 0] > 0.0, 0][0]
    assert recording.condition.spasm.interval.holds(asked)


@pytest.mark.parametrize(
    ("patient", "condition"), [("strong", "pushes-back"), ("strong", "lets-go"), ("passive", "cuff-slips")]
)
def test_the_shipped_plan_takes_what_a_person_may_do(patient: str, condition: str) -> None:
    recording, result = shipped_trial(patient, condition)
    assert result.passed, result.failures
    np.testing.assert_array_equal(recording.truth, recorded(short_case(patient, condition)).truth)
