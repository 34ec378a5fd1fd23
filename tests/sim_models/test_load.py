import math
from collections.abc import Callable, Iterator

import casadi
import numpy as np
import pytest
from casadi import SX, Function
from hypothesis import given
from hypothesis import strategies as st

from robot.description import RobotDescription
from robot.errors import InputError, RobotError
from robot.plan import Posture
from robot.symbolic import GRAVITY
from sim_models.cuff import Cuff, strap_forces
from sim_models.load import PatientLoad
from sim_models.virtual_patient import STANDARD, VirtualPatient, alike
from sim_models.virtual_patient.passive import knee_moment
from sim_models.virtual_patient.spasticity import SEVERE
from sim_models.virtual_patient.tremor import FIVE_HERTZ
from sim_models.worn import cuffs_in_limbs, limb_axes, worn_joints
from tests.sim_models.loads import KNEE_EXO, SEATED

LIMB_Q, LIMB_DQ, CUFF_FORCE, PATIENT_TAU, INTERACTION_TAU = range(5)
BAR_M = KNEE_EXO.parameters["cuff_height_m"]
MakeLoad = Callable[..., PatientLoad]


@pytest.fixture
def make_load() -> Iterator[MakeLoad]:
    loads: list[PatientLoad] = []

    def make(patient: VirtualPatient, q0_deg: float = 40.0, **given: object) -> PatientLoad:
        loads.append(PatientLoad(KNEE_EXO, patient, q0=[math.radians(q0_deg)], **{"posture": SEATED, **given}))
        return loads[-1]

    yield make
    for load in loads:
        load.close()


def limb_weight(patient: VirtualPatient, q: float, pitch: float = 0.0) -> float:
    """Torque in N·m with which gravity flexes the limb."""
    limb = patient.limb
    return limb.mass * GRAVITY * (limb.centre[0] * math.cos(q - pitch) + limb.centre[1] * math.sin(q - pitch))


def history(load: PatientLoad, torques: list[float]) -> np.ndarray:
    """The motion of robot and limb and the truth after each physics step."""
    rows = []
    for torque in torques:
        load.advance([torque], 1)
        rows.append([*load.q, *load.dq, *load.truth])
    return np.array(rows)


@pytest.mark.parametrize("pitch_deg", [0.0, 25.0])
def test_the_strap_carries_the_limb_in_static_equilibrium(make_load: MakeLoad, pitch_deg: float) -> None:
    patient, posture = STANDARD["passive"], Posture(thigh_pitch_deg=pitch_deg, hip_flexion_deg=30.0)
    truth = make_load(patient, 40.0, posture=posture).truth
    q = truth[LIMB_Q]
    moment = limb_weight(patient, q, math.radians(pitch_deg)) + float(knee_moment(30.0, math.degrees(q), 0.0))
    assert truth[INTERACTION_TAU] == pytest.approx(-moment, abs=1e-9)
    # With the axes in line the strap's stretch is the chord between the two angles.
    sag = q - math.radians(40.0)
    along, across = 2100.0 * BAR_M * (math.cos(sag) - 1.0), 4500.0 * BAR_M * math.sin(sag)
    assert truth[CUFF_FORCE] == pytest.approx(math.hypot(along, across), rel=1e-12)
    assert moment == pytest.approx(BAR_M * (across * math.cos(sag) - along * math.sin(sag)), rel=1e-9)


@pytest.mark.parametrize("pitch_deg", [-90.0, 90.0])
@pytest.mark.parametrize("hip_deg", [-30.0, 130.0])
@pytest.mark.parametrize("q0_deg", [-5.0, 120.0])
def test_a_balance_is_found_at_the_edges_of_postures(
    make_load: MakeLoad, pitch_deg: float, hip_deg: float, q0_deg: float
) -> None:
    patient, posture = STANDARD["weak"].sized(1.95, 110.0), Posture(thigh_pitch_deg=pitch_deg, hip_flexion_deg=hip_deg)
    truth = make_load(patient, q0_deg, posture=posture).truth
    q = truth[LIMB_Q]
    moment = limb_weight(patient, q, math.radians(pitch_deg)) + float(knee_moment(hip_deg, math.degrees(q), 0.0))
    assert truth[INTERACTION_TAU] == pytest.approx(-0.75 * moment, abs=1e-8)


def test_a_load_at_rest_stays_at_rest_while_the_drive_holds_it(make_load: MakeLoad) -> None:
    load = make_load(STANDARD["passive"], 40.0)
    bar = 1.8 * GRAVITY * 0.15 * math.cos(math.radians(40.0))
    moved = history(load, [load.truth[INTERACTION_TAU] - bar] * 300)
    np.testing.assert_allclose(moved[:, 0], math.radians(40.0), atol=1e-12)
    np.testing.assert_allclose(moved[:, 2 + LIMB_Q], moved[0, 2 + LIMB_Q], atol=1e-9)


def test_whoever_carries_all_of_their_limb_leaves_the_strap_slack(make_load: MakeLoad) -> None:
    assert make_load(alike("able", effort=1.0)).truth[CUFF_FORCE] == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.75])
def test_effort_lightens_what_the_robot_carries_by_its_share(make_load: MakeLoad, share: float) -> None:
    patient = alike("one", effort=share)
    truth = make_load(patient).truth
    moment = limb_weight(patient, truth[LIMB_Q]) + float(knee_moment(30.0, math.degrees(truth[LIMB_Q]), 0.0))
    assert truth[INTERACTION_TAU] == pytest.approx(-(1.0 - share) * moment, abs=1e-9)


def test_a_reflex_comes_exactly_30_ms_after_the_stretch(make_load: MakeLoad) -> None:
    torques = [15.0] * 400
    calm = history(make_load(STANDARD["passive"]), torques)
    spastic = history(make_load(STANDARD["severely-spastic"]), torques)
    fast = np.flatnonzero(calm[:, 2 + LIMB_DQ] > SEVERE.threshold)[0]
    differs = np.flatnonzero(calm[:, 2 + PATIENT_TAU] != spastic[:, 2 + PATIENT_TAU])[0]
    assert differs - fast == 30
    np.testing.assert_array_equal(calm[:differs, :2], spastic[:differs, :2])
    stretch = spastic[differs - 30, 2 + LIMB_DQ] - math.radians(15.0)
    assert spastic[differs, 2 + PATIENT_TAU] - calm[differs, 2 + PATIENT_TAU] == pytest.approx(-25.0 * stretch)


def test_a_spastic_quadriceps_lets_extension_pass(make_load: MakeLoad) -> None:
    # From rest towards extension, with the strap's own swing in it well below the threshold.
    torques = [-12.0 - 0.02 * step for step in range(400)]
    calm = history(make_load(STANDARD["passive"]), torques)
    assert calm[-1, 2 + LIMB_DQ] < -math.radians(15.0)
    np.testing.assert_array_equal(calm, history(make_load(STANDARD["severely-spastic"]), torques))


def test_tremor_shakes_the_limb_at_its_frequency(make_load: MakeLoad) -> None:
    patient = alike("shaking", tremor=FIVE_HERTZ)
    shaken = history(make_load(patient, 73.0), [0.0] * 2000)[:, 2 + PATIENT_TAU]
    spectrum = np.abs(np.fft.rfft(shaken - shaken.mean()))
    assert np.fft.rfftfreq(2000, 0.001)[spectrum.argmax()] == 5.0
    assert 2.0 * spectrum.max() / 2000 == pytest.approx(3.0, rel=0.05)


def test_equal_loads_advanced_alike_give_the_same_bits(make_load: MakeLoad) -> None:
    torques = [8.0 * math.sin(0.01 * step) for step in range(1000)]
    alone = history(make_load(STANDARD["tremor"]), torques)
    first, other = make_load(STANDARD["tremor"]), make_load(STANDARD["severely-spastic"])
    between = []
    for torque in torques:
        first.advance([torque], 1)
        other.advance([-torque], 1)
        between.append([*first.q, *first.dq, *first.truth])
    np.testing.assert_array_equal(alone, between)


def test_steps_taken_together_are_steps_taken_one_by_one(make_load: MakeLoad) -> None:
    together, single = make_load(STANDARD["weak"]), make_load(STANDARD["weak"])
    together.advance([-5.0], 50)
    for _ in range(50):
        single.advance([-5.0], 1)
    assert (together.q, together.dq, together.truth) == (single.q, single.dq, single.truth)


def test_axes_out_of_line_pull_along_the_limb(make_load: MakeLoad) -> None:
    """A prototype's axial force of 38 N doubled with 2 cm and 1 cm of misalignment ; ours must grow too."""
    reach = [-12.0] * 400
    straight = history(make_load(STANDARD["passive"]), reach)
    askew = history(make_load(STANDARD["passive"], cuff=Cuff(misalignment=(0.02, -0.01))), reach)
    assert askew[:, 2 + CUFF_FORCE].max() > straight[:, 2 + CUFF_FORCE].max() + 5.0


def knees_strap(cuff: Cuff, strap: tuple[float, float], q: SX) -> SX:
    """How far the knee robot's strap is stretched: `q` of robot and limb."""
    worn = worn_joints(KNEE_EXO)
    at = limb_axes(worn, [0.0], cuff.misalignment)
    (place,) = cuffs_in_limbs(worn, [q[0]], at, [q[1]])
    return casadi.vertcat(*place) - casadi.DM(strap)


@given(angles=st.tuples(*[st.floats(-0.2, 2.2)] * 2), x=st.floats(-0.03, 0.03), z=st.floats(-0.03, 0.03))
def test_strap_torques_are_the_slope_of_its_energy(angles: tuple[float, float], x: float, z: float) -> None:
    def turned_in(robot: float, limb: float) -> tuple[float, float]:
        along, across = (np.array(BAR_M) * [math.cos(robot), -math.sin(robot)]) - [x, z]
        return along * math.cos(limb) - across * math.sin(limb), along * math.sin(limb) + across * math.cos(limb)

    strap = turned_in(1.0, 1.0)

    def energy(robot: float, limb: float) -> float:
        stretch = np.subtract(turned_in(robot, limb), strap)
        return float(0.5 * np.dot([2100.0, 4500.0], stretch**2))

    q = SX.sym("q", 2)
    stretch = knees_strap(Cuff(misalignment=(x, z)), strap, q)
    pulled = strap_forces(stretch, casadi.DM([2100.0, 4500.0]), casadi.DM(60.0), q, SX.zeros(2))[0]
    torque = np.array(Function("torque", [q], [pulled])(angles)).ravel()
    for index, step in enumerate(np.eye(2) * 1e-6):
        slope = (energy(*(angles + step)) - energy(*(angles - step))) / 2e-6
        assert torque[index] == pytest.approx(-slope, abs=1e-5)


def test_a_strap_takes_energy_out_of_every_motion() -> None:
    q, dq = SX.sym("q", 2), SX.sym("dq", 2)
    stretch = knees_strap(Cuff(misalignment=(0.02, -0.01)), (0.2, 0.0), q)
    pulled = strap_forces(stretch, casadi.DM([0.0, 0.0]), casadi.DM(60.0), q, dq)[0]
    power = Function("power", [q, dq], [casadi.dot(pulled, dq)])
    for angles, velocities in np.random.default_rng(5).uniform(-2.0, 2.0, (100, 2, 2)):
        assert float(power(angles, velocities)) < 0.0


def test_a_start_outside_the_range_is_refused(make_load: MakeLoad) -> None:
    for q0_deg in (121.0, -6.0, math.nan):
        with pytest.raises(InputError) as refused:
            make_load(STANDARD["passive"], q0_deg)
        assert refused.value.code == "out-of-bounds"
        assert refused.value.values["high"] == pytest.approx(120.0)


def described(**changes: object) -> RobotDescription:
    return RobotDescription.model_validate({**KNEE_EXO.model_dump(), **changes})


def test_a_robot_that_carries_no_limb_is_refused() -> None:
    joints = KNEE_EXO.model_dump()["joints"]
    bare = described(joints={"knee": {**joints["knee"], "carries": ()}})
    with pytest.raises(RobotError, match="limb-not-simulated"):
        PatientLoad(bare, STANDARD["passive"], SEATED, [1.0])


def test_the_truth_is_named_after_the_joint_and_survives_the_end(make_load: MakeLoad) -> None:
    load = make_load(STANDARD["passive"])
    assert load.truth_columns == (
        "knee_limb_q_rad",
        "knee_limb_dq_rad_s",
        "knee_cuff_force_N",
        "knee_patient_tau_Nm",
        "knee_interaction_tau_Nm",
    )
    last = load.truth
    load.close()
    load.close()
    assert load.truth == last


def test_any_rate_gets_a_whole_number_of_physics_steps() -> None:
    for rate_hz, step_s in ((300, 1.0 / 1200.0), (1000, 0.001), (2000, 0.0005)):
        with PatientLoad(described(rate_hz=rate_hz), STANDARD["passive"], SEATED, [1.0]) as load:
            assert load.step_s == pytest.approx(step_s)
