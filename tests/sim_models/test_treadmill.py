"""A patient in the leg exoskeleton on a treadmill: the guide and the ground against Pinocchio, statics, friction."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pinocchio
import pytest
from casadi import DM

from careloop.build import load_exercise
from robot.description import load_robot
from robot.errors import RobotError
from robot.plan import Plan, Posture, Treadmill
from robot.symbolic import GRAVITY
from sim_models import ground
from sim_models.cuff import Cuff
from sim_models.forces import AT_FIRST, compiled_forces, parameters_of
from sim_models.load import PatientLoad
from sim_models.scene_urdf import LIFT, scene_of
from sim_models.trials.cases import case_of
from sim_models.trials.gates import judge
from sim_models.trials.limit_lines import limit_lines
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.measures import exercising
from sim_models.trials.report import gate_lines
from sim_models.trials.trace_picture import draw_trial
from sim_models.trials.trial import run_trial
from sim_models.virtual_patient import STANDARD
from sim_models.world import World
from sim_models.worn import worn_joints
from tests.sim_models.loads import KNEE_EXO
from tests.sim_models.test_world import check_against_pinocchio

LEG_EXO = load_robot("leg-exo")
WORN = worn_joints(LEG_EXO)
VISCOUS = tuple(drive.friction.viscous for drive in LEG_EXO.drives)
SOLES = ground.soles_of(LEG_EXO, WORN)
PASSIVE = STANDARD["passive"]
WEIGHT = GRAVITY * PASSIVE.body.mass_kg
STANDING, BENT = [0.02, 0.04, 0.02] * 2, [0.7, 1.2, 0.1] * 2
MakeLoad = Callable[..., PatientLoad]


def posture(speed_m_s: float = 0.0, unloading: float = 0.6) -> Posture:
    return Posture(
        thigh_pitch_deg=0.0, hip_flexion_deg=0.0, treadmill=Treadmill(speed_m_s=speed_m_s, unloading=unloading)
    )


@pytest.fixture
def make_load() -> Iterator[MakeLoad]:
    loads: list[PatientLoad] = []

    def make(q0: Sequence[float] = STANDING, **treadmill: float) -> PatientLoad:
        loads.append(PatientLoad(LEG_EXO, PASSIVE, posture(**treadmill), q0))
        return loads[-1]

    yield make
    for load in loads:
        load.close()


def true(load: PatientLoad, name: str) -> np.ndarray:
    """What ends so, of both sides where there are two."""
    return np.array(
        [value for column, value in zip(load.truth_columns, load.truth, strict=True) if column.endswith(name)]
    )


def held(load: PatientLoad, q0: Sequence[float], steps: int) -> None:
    """Hold the robot stiffly at `q0`."""
    for _ in range(steps):
        away = np.array(q0) - load.q
        load.advance((800.0 * away - 40.0 * np.array(load.dq)).tolist(), 1)


def test_robot_legs_and_guide_move_as_pinocchio_says() -> None:
    scene = scene_of(LEG_EXO, WORN, PASSIVE.body, (0.015, -0.01), lifted_kg=55.0)
    assert scene.joints[-1] == LIFT
    world = World(scene.urdf, scene.joints, [0.0] * 13, base_pitch=0.0, step_s=0.001)
    check_against_pinocchio(world, scene.urdf, scene.joints, 0.0)
    world.close()


@pytest.mark.parametrize("unloading", [0.0, 0.6, 0.95])
def test_who_stands_presses_on_the_ground_with_what_is_not_taken_off(make_load: MakeLoad, unloading: float) -> None:
    load = make_load(unloading=unloading)
    assert true(load, "ground_up_N").sum() == pytest.approx((1.0 - unloading) * WEIGHT, abs=1e-6)
    assert true(load, "harness_N") == pytest.approx(unloading * WEIGHT, abs=1e-9)
    assert true(load, "ground_ahead_N") == pytest.approx(0.0, abs=1e-9)


def test_who_is_held_upright_goes_on_standing(make_load: MakeLoad) -> None:
    load = make_load(unloading=0.6)
    held(load, STANDING, 1500)
    assert true(load, "ground_up_N").sum() == pytest.approx(0.4 * WEIGHT, rel=1e-3)
    assert true(load, "harness_N") == pytest.approx(0.6 * WEIGHT, abs=1e-9)


def test_who_draws_up_the_legs_hangs_in_the_harness(make_load: MakeLoad) -> None:
    load = make_load(BENT, unloading=0.6)
    assert true(load, "ground_up_N") == pytest.approx(0.0)
    assert true(load, "harness_N") == pytest.approx(WEIGHT, abs=1e-6)
    sagged = -true(load, "pelvis_lift_m")[0] - ground.SLACK_M
    assert ground.HARNESS_STIFFNESS * sagged == pytest.approx(0.4 * WEIGHT, abs=1e-6)


def test_who_lets_the_legs_go_sinks_into_the_harness(make_load: MakeLoad) -> None:
    """Whatever the legs do, the pelvis sinks a little below where the harness is taut, and no further."""
    load = make_load(STANDING, unloading=0.3)
    lowest = 0.0
    for torques in np.random.default_rng(3).uniform(-30.0, 30.0, (60, 6)).tolist():
        load.advance(torques, 25)
        lowest = min(lowest, true(load, "pelvis_lift_m")[0])
    assert -ground.SLACK_M - 0.1 < lowest < -ground.SLACK_M


def test_friction_is_inside_its_cone_and_the_belt_pulls_along_its_way(make_load: MakeLoad) -> None:
    load = make_load(speed_m_s=0.3, unloading=0.5)
    for torques in np.random.default_rng(4).uniform(-40.0, 40.0, (80, 6)).tolist():
        load.advance(torques, 10)
        up, ahead = true(load, "ground_up_N"), true(load, "ground_ahead_N")
        assert (up >= 0.0).all()
        assert (np.abs(ahead) <= ground.FRICTION * up + 1e-9).all()


@pytest.mark.parametrize("speed_m_s", [0.0, 0.05, 0.3, 2.0])
def test_a_belt_drags_feet_that_stand_along_its_way_and_gives_them_power(make_load: MakeLoad, speed_m_s: float) -> None:
    load = make_load(speed_m_s=speed_m_s)
    up, ahead = true(load, "ground_up_N"), true(load, "ground_ahead_N")
    np.testing.assert_allclose(ahead, -ground.FRICTION * up * np.tanh(speed_m_s / ground.CREEP), rtol=1e-12)
    power = -speed_m_s * ahead  # of the belt's surface, which goes backwards, in W
    assert (power > 0.0).all() == (speed_m_s > 0.0)


def outputs(soles: Sequence[ground.Sole], q: np.ndarray, dq: np.ndarray, given: Sequence[float]) -> list[np.ndarray]:
    """Torques, memory and truth of the compiled forces."""
    compiled = compiled_forces(WORN, VISCOUS, 0.001, tuple(soles))
    fixed = np.concatenate([parameters_of(WORN, PASSIVE, posture(), Cuff(), [0.1] * 6), given])
    late, memory = np.zeros(6), np.tile(AT_FIRST, 6)
    return [np.array(one)[:, 0] for one in compiled.function(q, dq, 0.5, late, memory, DM(fixed))]


def test_with_the_feet_in_the_air_legs_and_robot_feel_nothing_of_the_treadmill() -> None:
    random = np.random.default_rng(5)
    given = ground.OnBelt.of(LEG_EXO, WORN, SOLES, PASSIVE.body, posture().treadmill).given
    for q, dq in random.uniform(-1.0, 1.0, (20, 2, 13)):
        q[-1], dq[-1] = 1.5, 0.2
        on_belt, in_air = outputs(SOLES, q, dq, given), outputs((), q[:12], dq[:12], ())
        np.testing.assert_allclose(on_belt[0][:12], in_air[0], atol=1e-9)
        np.testing.assert_array_equal(on_belt[1], in_air[1])
        assert on_belt[0][12] == pytest.approx(given[2])


def test_the_ground_pushes_along_the_slope_of_its_energy_where_pinocchio_has_the_soles() -> None:
    """At rest on a belt that stands: no damping and no friction, half k depth² under each heel and toe."""
    model = pinocchio.buildModelFromXML(LEG_EXO.urdf)
    data = model.createData()
    frames = [model.getFrameId(f"{side}_{end}") for side in ("left", "right") for end in ("heel", "toe")]
    given = ground.OnBelt.of(LEG_EXO, WORN, SOLES, PASSIVE.body, posture().treadmill).given
    pinocchio.framesForwardKinematics(model, data, np.zeros(6))
    floor = min(data.oMf[frame].translation[2] for frame in frames)
    assert given[1] == pytest.approx(floor, abs=1e-12)
    order = [model.joints[model.getJointId(name)].idx_v for name in LEG_EXO.joint_names]

    def energy(q: np.ndarray) -> float:
        theirs = np.empty(6)
        theirs[order] = q[:6]
        pinocchio.framesForwardKinematics(model, data, theirs)
        depths = [max(0.0, floor - data.oMf[frame].translation[2] - q[-1]) for frame in frames]
        return 0.5 * ground.STIFFNESS * float(np.sum(np.square(depths)))

    for q in np.random.default_rng(6).uniform(-0.3, 0.3, (20, 13)):
        q[-1] = -0.03
        still = np.zeros(13)
        pushed = outputs(SOLES, q, still, given)[0] - np.append(outputs((), q[:12], still[:12], ())[0], given[2])
        slope = [(energy(q + h) - energy(q - h)) / 2e-7 for h in 1e-7 * np.eye(13)]
        np.testing.assert_allclose(pushed, -np.array(slope), atol=1e-3)


def test_equal_loads_on_a_belt_give_the_same_bits(make_load: MakeLoad) -> None:
    one, other = (make_load(speed_m_s=0.25, unloading=0.7) for _ in range(2))
    for torques in np.random.default_rng(11).uniform(-20.0, 20.0, (40, 6)).tolist():
        for load in (one, other):
            load.advance(torques, 4)
        assert (one.q, one.dq, one.truth) == (other.q, other.dq, other.truth)


def test_a_robot_without_soles_is_refused() -> None:
    with pytest.raises(RobotError) as refused:
        PatientLoad(KNEE_EXO, PASSIVE, posture(), [1.0])
    assert refused.value.code == "soles-missing"


def test_a_report_says_what_a_foot_may_bear_and_that_nothing_measures_it() -> None:
    exercise = load_exercise("leg-treadmill")
    (line,) = (one for one in limit_lines(exercise.plan, exercise.robot) if one.name == "foot on the ground")
    assert (line.value, line.enforceable) == ("400 N", False)
    gates = {one.name: one.value for one in gate_lines(exercise.plan, standard_matrix().gates)}
    assert gates["Foot on the ground"] == "at most 400 N"


@pytest.mark.sweep
def test_a_patient_walks_step_by_step_and_ground_and_harness_bear_the_weight(tmp_path: Path) -> None:
    matrix, exercise = standard_matrix(), load_exercise("leg-treadmill")
    case = case_of(exercise.plan, matrix, "passive", "nominal", {})
    recording = run_trial(exercise.controller({}, None), case, matrix)
    walking = exercising(recording)
    up = recording.every("ground_up_N")[: len(walking)][walking]
    weight = GRAVITY * case.person.mass_kg
    borne = up.sum(axis=1).mean() + recording.true("harness_N")[: len(walking)][walking].mean()
    # What goes up comes down: over a few strides the accelerations come to little.
    assert borne == pytest.approx(weight, rel=0.03)
    stance = up > 0.25 * (1.0 - 0.9) * weight
    single = stance.sum(axis=1) == 1
    assert single.mean() > 0.8
    steps = np.flatnonzero(np.diff(stance[single][:, 0].astype(int)))
    assert len(steps) >= 3
    result = judge(recording, case, exercise.plan, matrix.gates)
    assert result.passed
    draw_trial(tmp_path / "walk.png", recording, result, exercise.plan)
    assert (tmp_path / "walk.png").stat().st_size > 100_000
    content = exercise.plan.model_dump()
    content["limits"]["ground"]["force"] = 0.9 * float(recording.every("ground_up_N").max())
    (failure,) = judge(recording, case, Plan.model_validate(content), matrix.gates).failures
    assert failure.startswith("foot on the ground ")
