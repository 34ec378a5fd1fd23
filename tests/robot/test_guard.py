"""The guard: finite and limited whatever comes in, each limit acting, and compliance left alone inside all of them."""

import math

import numpy as np
import pinocchio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from robot.guard import (
    BLIND_S,
    DECAY_S,
    POSITION_MARGIN,
    SOFT_DAMPING,
    SOFT_STIFFNESS,
    STOPPING_FLAGS,
    VELOCITY_DAMPING,
    VELOCITY_MARGIN,
    Flag,
    compile_guard,
    limit_columns,
    memory_columns,
)
from robot.runtime.session_state import Severity
from robot.symbolic import GRAVITY, SymbolicRobot

DT = 0.002
INPUTS = ("q", "dq", "tau_measured", "age", "tau_law", "fade", "limits", "memory")
OUTPUTS = ("command", "interaction", "flags", "severity", "memory_next")
LIMITS = ("q_min", "q_max", "velocity", "torque", "rate", "spasm")
HANGING = math.pi / 2  # the shank bar points straight down: its weight turns nothing


class Bench:
    """A compiled guard with arrays of its own; `tick` sets what is given, runs it once and carries its memory on."""

    def __init__(self, robot):
        self.joints = robot.count
        compiled = compile_guard(robot, DT)
        for index, name in enumerate(INPUTS):
            setattr(self, name, np.zeros(compiled.function.numel_in(index)))
        for index, name in enumerate(OUTPUTS):
            setattr(self, name, np.zeros(compiled.function.numel_out(index)))
        self.inputs = [getattr(self, name) for name in INPUTS]
        self.run = compiled.bind(self.inputs, [getattr(self, name) for name in OUTPUTS])
        self.reset()

    def reset(self):
        """Everything at rest mid-range, generous limits, nothing remembered."""
        for values in self.inputs:
            values[:] = 0.0
        self.q[:] = HANGING
        self.fade[:] = 1.0
        self.set_limits(q_min=0.2, q_max=2.5, velocity=2.0, torque=38.0, rate=500.0, spasm=1e6)
        self.limits[-1] = 0.080

    def set_limits(self, **limits):
        for name, value in limits.items():
            self.limit(name)[:] = value

    def limit(self, name):
        start = LIMITS.index(name) * self.joints
        return self.limits[start : start + self.joints]

    def tick(self, **given):
        for name, value in given.items():
            getattr(self, name)[:] = value
        self.run()
        self.memory[:] = self.memory_next
        return float(self.command[0])

    @property
    def seen(self):
        return Flag(int(self.flags[0]))


@pytest.fixture(scope="module")
def knee(exercise):
    return Bench(SymbolicRobot.of(exercise.robot))


@pytest.fixture(scope="module")
def chain(chain_urdf):
    return Bench(
        SymbolicRobot(
            chain_urdf, ("shoulder", "elbow"), coulomb=[1.0, 0.5], viscous=[0.3, 0.2], drive_inertia=[0.2, 0.1]
        )
    )


@pytest.fixture
def bench(knee):
    knee.reset()
    return knee


def assert_safe(bench):
    """What holds for every input that there is; call it after `run`, before the memory is carried on."""
    n = bench.joints
    torque, rate, velocity = (bench.limit(name) for name in ("torque", "rate", "velocity"))
    valid = bool(np.isfinite(bench.limits).all() and (np.array([torque, rate, velocity]) >= 0.0).all())
    allowed = torque if valid else np.zeros(n)
    assert np.isfinite(bench.command).all()
    assert (np.abs(bench.command) <= allowed).all()
    previous = np.where(np.isfinite(bench.memory[:n]), bench.memory[:n], 0.0)
    stayed = np.abs(previous) <= allowed  # else the limit itself fell
    if valid:
        with np.errstate(over="ignore"):
            change = np.abs(bench.command - previous)
            rounding = np.spacing(np.maximum(np.abs(previous), np.abs(bench.command)))
        assert (change[stayed] <= rate[stayed] * DT + rounding[stayed]).all()
    assert np.isfinite(bench.memory_next).all()
    assert bench.severity[0] in (Severity.NONE, Severity.SOFT)
    assert 0 <= bench.flags[0] < 2 * max(Flag)
    assert bench.flags[0] == int(bench.flags[0])
    assert (bench.severity[0] == Severity.SOFT) == bool(bench.seen & STOPPING_FLAGS)
    measured = np.concatenate([bench.q, bench.dq, bench.tau_measured])
    if np.isfinite(measured).all() and bench.age[0] <= 0.0:
        assert np.isfinite(bench.interaction).all() or not np.isfinite(bench.age[0])
    else:
        assert np.isnan(bench.interaction).all()
    if not np.isfinite(np.concatenate(bench.inputs)).all():
        assert bench.flags[0] > 0


any_float = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True, width=64)
ordinary = st.floats(-100.0, 100.0)


@pytest.mark.parametrize("which", ["knee", "chain"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_number_in_any_place_gives_a_finite_limited_torque(which, data, request):
    bench = request.getfixturevalue(which)
    number = data.draw(st.sampled_from([any_float, st.one_of(ordinary, any_float)]))
    for values in bench.inputs:
        values[:] = data.draw(st.lists(number, min_size=values.size, max_size=values.size))
    bench.run()
    assert_safe(bench)


ODD = np.array(
    [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, -5e-324, 2.2e-308, 1e308, -1e308, 1.7976931348623157e308, 1e-9, 1.0]
)


def run_odd_numbers(bench, count, seed):
    """Ordinary ticks with odd numbers strewn in, the memory carried on, so that what one leaves behind is met too."""
    rng = np.random.default_rng(seed)
    bench.reset()
    for _ in range(count):
        if rng.random() < 0.05:
            bench.reset()
        bench.q[:] = rng.uniform(-0.5, 3.0, bench.joints)
        bench.dq[:] = rng.normal(0.0, 2.0, bench.joints)
        bench.tau_law[:] = rng.normal(0.0, 40.0, bench.joints)
        for _ in range(rng.integers(0, 4)):
            values = bench.inputs[rng.integers(len(bench.inputs))]
            values[rng.integers(values.size)] = rng.choice(ODD)
        bench.run()
        assert_safe(bench)
        bench.memory[:] = bench.memory_next
        for values in (bench.tau_measured, bench.age, bench.fade):
            values[:] = 1.0 if values is bench.fade else 0.0


@pytest.mark.parametrize("which", ["knee", "chain"])
def test_odd_numbers_strewn_into_a_session_do_no_harm(which, request):
    run_odd_numbers(request.getfixturevalue(which), 8000, seed=1)


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("which", ["knee", "chain"])
def test_odd_numbers_strewn_into_many_sessions_do_no_harm(which, seed, request):
    run_odd_numbers(request.getfixturevalue(which), 40_000, seed=100 + seed)


@settings(max_examples=300, deadline=None)
@given(
    q=st.floats(0.2, 2.5),
    dq=st.floats(-2.0, 2.0),
    tau=st.floats(-38.0, 38.0),
    fade=st.one_of(st.just(1.0), st.floats(0.0, 1.0)),
    step=st.floats(-0.99, 0.99),
)
@example(q=2.5, dq=2.0, tau=38.0, fade=1.0, step=0.0)
@example(q=0.2, dq=-2.0, tau=-38.0, fade=1.0, step=0.0)
def test_inside_every_limit_the_laws_torque_passes_bit_for_bit(knee, q, dq, tau, fade, step):
    knee.reset()
    knee.memory[0] = min(max(fade * tau + step, -38.0), 38.0)
    knee.tick(q=q, dq=dq, tau_law=tau, fade=fade)
    assert knee.command[0] == fade * tau
    assert not knee.seen
    assert knee.severity[0] == Severity.NONE


def test_the_joints_of_a_robot_are_limited_each_by_its_own(chain):
    """The elbow is past its end and pushes on; the shoulder is free."""
    chain.reset()
    chain.set_limits(rate=1e9)
    chain.tick(q=[1.0, 2.55], tau_law=[20.0, 38.0])
    assert chain.command[0] == 20.0
    assert chain.command[1] == pytest.approx(38.0 - SOFT_STIFFNESS * 0.05)


@pytest.mark.parametrize(("end", "outward"), [("q_max", 1.0), ("q_min", -1.0)])
def test_beyond_a_position_limit_what_pushes_outward_is_weakened_and_what_pushes_back_is_not(bench, end, outward):
    bench.set_limits(rate=1e9)
    beyond, speed = 0.03, 0.5
    q = float(bench.limit(end)[0]) + outward * beyond
    assert bench.tick(q=q, tau_law=outward * 38.0) == pytest.approx(outward * (38.0 - SOFT_STIFFNESS * beyond))
    assert bench.seen == Flag.POSITION
    held_back = 38.0 - SOFT_STIFFNESS * beyond - SOFT_DAMPING * speed
    assert bench.tick(dq=outward * speed) == pytest.approx(outward * held_back)
    assert bench.tick(dq=-outward * speed) == pytest.approx(outward * (38.0 - SOFT_STIFFNESS * beyond))
    assert bench.tick(dq=0.0, tau_law=-outward * 38.0) == -outward * 38.0
    assert not bench.seen


@pytest.mark.parametrize(("end", "outward"), [("q_max", 1.0), ("q_min", -1.0)])
def test_far_beyond_a_position_limit_it_asks_for_a_soft_stop(bench, end, outward):
    limit = float(bench.limit(end)[0])
    bench.tick(q=limit + outward * 0.99 * POSITION_MARGIN)
    assert bench.severity[0] == Severity.NONE
    bench.tick(q=limit + outward * 1.01 * POSITION_MARGIN)
    assert bench.severity[0] == Severity.SOFT
    assert bench.seen & STOPPING_FLAGS == Flag.POSITION_STOP


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_above_the_velocity_limit_what_drives_is_weakened_and_what_brakes_is_not(bench, way):
    bench.set_limits(rate=1e9)
    faster = 0.2
    assert bench.tick(dq=way * (2.0 + faster), tau_law=way * 38.0) == pytest.approx(
        way * (38.0 - VELOCITY_DAMPING * faster)
    )
    assert bench.seen == Flag.VELOCITY
    assert bench.tick(tau_law=-way * 38.0) == -way * 38.0
    assert not bench.seen


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_far_above_the_velocity_limit_it_asks_for_a_soft_stop(bench, way):
    bench.tick(dq=way * 2.0 * VELOCITY_MARGIN * 0.999)
    assert bench.severity[0] == Severity.NONE
    bench.tick(dq=way * 2.0 * VELOCITY_MARGIN * 1.001)
    assert bench.severity[0] == Severity.SOFT
    assert bench.seen & STOPPING_FLAGS == Flag.VELOCITY_STOP


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_a_step_of_the_law_becomes_a_ramp_of_the_rate_limit(bench, way):
    commands = [bench.tick(tau_law=way * 10.0) for _ in range(12)]
    np.testing.assert_allclose(commands, way * np.minimum(500.0 * DT * np.arange(1, 13), 10.0))
    assert not bench.seen
    bench.tick(tau_law=-way * 10.0)
    assert bench.seen == Flag.RATE


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_the_torque_limit_is_reached_and_not_passed(bench, way):
    bench.set_limits(rate=1e9)
    assert bench.tick(tau_law=way * 38.001) == way * 38.0
    assert bench.seen == Flag.TORQUE
    assert bench.tick(tau_law=way * 1e300) == way * 38.0


def test_a_falling_torque_limit_is_obeyed_at_once(bench):
    bench.memory[0] = 30.0
    bench.set_limits(torque=10.0)
    assert bench.tick(tau_law=30.0) == 10.0


@pytest.mark.parametrize("limit", ["torque", "rate", "velocity"])
@pytest.mark.parametrize("value", [-1e-300, -5.0, math.nan, math.inf])
def test_a_limit_that_is_none_means_no_torque(bench, limit, value):
    bench.memory[0] = 30.0
    bench.set_limits(**{limit: value})
    assert bench.tick(tau_law=30.0) == 0.0
    assert bench.seen & Flag.LIMITS_NOT_FINITE


LOSSES = {
    "the position is not a number": ({"q": math.nan}, Flag.MEASUREMENT_NOT_FINITE),
    "the velocity is infinite": ({"dq": math.inf}, Flag.MEASUREMENT_NOT_FINITE),
    "the torque is not a number": ({"tau_measured": math.nan}, Flag.MEASUREMENT_NOT_FINITE),
    "the measurement is old": ({"age": DT}, Flag.MEASUREMENT_STALE),
    "the age is not a number": ({"age": math.nan}, Flag.MEASUREMENT_STALE),
    "the law gives no number": ({"tau_law": math.nan}, Flag.LAW_NOT_FINITE),
    "the law gives infinity": ({"tau_law": -math.inf}, Flag.LAW_NOT_FINITE),
    "the fade is not a number": ({"fade": math.nan}, Flag.LAW_NOT_FINITE),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("held", [30.0, -30.0])
def test_without_anything_good_the_last_command_decays_to_exactly_zero(bench, loss, held):
    bench.set_limits(rate=1e9)
    bench.tick(tau_law=held)
    given, flag = LOSSES[loss]
    commands = [bench.tick(**given)]
    while commands[-1] != 0.0 and len(commands) < 1000:
        commands.append(bench.tick())
        assert bench.seen & flag
    sizes = np.abs([held, *commands])
    assert (np.diff(sizes) < 0.0).all()
    assert (np.diff(sizes) >= -38.0 * DT / DECAY_S - 1e-12).all()
    assert len(commands) == math.ceil(30.0 / 38.0 * DECAY_S / DT)
    assert bench.tick() == 0.0


@settings(max_examples=200)
@given(
    q=st.floats(-6.0, 6.0),
    dq=st.floats(-20.0, 20.0),
    held=st.floats(-38.0, 38.0),
)
def test_a_faded_out_law_is_let_go_wherever_the_joint_is(knee, q, dq, held):
    knee.reset()
    knee.tick(tau_law=held)
    knee.memory[0] = held
    commands = [abs(held)] + [abs(knee.tick(q=q, dq=dq, fade=0.0, tau_law=held)) for _ in range(60)]
    assert (np.diff(commands) <= 0.0).all()
    assert commands[-1] == 0.0


def test_the_rate_limit_holds_while_it_decays(bench):
    bench.memory[0] = 30.0
    commands = [bench.tick(q=math.nan, tau_law=30.0) for _ in range(30)]
    np.testing.assert_allclose(commands, 30.0 - 500.0 * DT * np.arange(1, 31), atol=1e-12)


def test_a_single_lost_reply_costs_little_torque_and_no_stop(bench):
    bench.memory[0] = 20.0
    assert bench.tick(tau_law=20.0) == 20.0
    assert 18.0 <= bench.tick(q=math.nan, age=DT) < 20.0
    assert bench.severity[0] == Severity.NONE
    bench.tick(q=HANGING, age=0.0)
    assert bench.tick() == 20.0
    assert not bench.seen


def test_blindness_is_counted_in_time_and_forgotten_at_the_first_good_tick(bench):
    bench.tick(tau_law=1.0)
    for _ in range(3):
        bench.q[:] = math.nan
        stopped = [bench.tick() == bench.command[0] and bench.severity[0] == Severity.SOFT for _ in range(30)]
        assert stopped.index(True) * DT == pytest.approx(BLIND_S, abs=DT)
        assert all(stopped[stopped.index(True) :])
        assert bench.seen & STOPPING_FLAGS == Flag.BLIND
        bench.tick(q=HANGING)
        assert not bench.seen & STOPPING_FLAGS


def test_a_memory_that_is_broken_is_said_and_healed_in_one_tick(bench):
    for index in range(bench.memory.size):
        bench.reset()
        bench.memory[index] = math.nan
        bench.tick(tau_law=0.5)
        assert bench.seen & Flag.MEMORY_NOT_FINITE
        bench.tick(tau_law=0.5)
        assert not bench.seen
        assert bench.command[0] == 0.5


THRESHOLD = 24.0
BAR_INERTIA = 1.8 * (3 * 0.015**2 + 0.30**2) / 12 + 1.8 * 0.15**2
"""The shipped robot's bar, a rod of 0.30 m and 1.8 kg, about the knee, in kg·m²."""


def push(bench, torques):
    """The severities that a course of interaction torque gives, from a quiet second on."""
    bench.set_limits(spasm=THRESHOLD)
    for _ in range(round(1.0 / DT)):
        bench.tick(tau_measured=0.0)
    severities = []
    for torque in torques:
        bench.tick(tau_measured=torque)
        assert bench.interaction[0] == pytest.approx(torque, abs=1e-9)
        severities.append(bench.severity[0])
    return severities


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_a_sudden_interaction_torque_is_a_spasm(bench, way):
    assert push(bench, [way * THRESHOLD]) == [Severity.SOFT]
    assert bench.seen == Flag.SPASM


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_a_slow_strong_push_is_none(bench, way):
    assert not any(push(bench, way * np.linspace(0.0, 2.0 * THRESHOLD, 1000)))


def test_a_strong_push_that_grows_from_above_half_is_none(bench):
    assert not any(push(bench, [*np.linspace(0.0, 0.6 * THRESHOLD, 200), *[0.6 * THRESHOLD] * 100, THRESHOLD, 30.0]))


@settings(max_examples=60, deadline=None)
@given(rise_s=st.floats(0.004, 0.3), way=st.sampled_from([1.0, -1.0]))
def test_what_decides_is_the_time_from_half_the_threshold_to_all_of_it(knee, rise_s, way):
    knee.reset()
    ramp = THRESHOLD * np.arange(0.0, 1.0, DT / (2.0 * rise_s))
    tripped = any(push(knee, way * np.append(ramp, THRESHOLD)))
    if rise_s < 0.080 - 2 * DT:
        assert tripped
    if rise_s > 0.080 + 2 * DT:
        assert not tripped


def test_a_lost_reply_does_not_make_a_slow_strong_push_sudden(bench):
    assert not any(push(bench, np.linspace(0.0, 1.5 * THRESHOLD, 1000)))
    bench.tick(q=math.nan, age=DT)
    bench.tick(q=HANGING, age=0.0)
    assert bench.severity[0] == Severity.NONE


def test_after_a_quiet_time_a_lost_reply_hides_no_spasm(bench):
    push(bench, [0.0])
    bench.tick(q=math.nan, age=DT)
    bench.tick(q=HANGING, age=0.0, tau_measured=THRESHOLD)
    assert bench.seen & STOPPING_FLAGS == Flag.SPASM


def test_the_interaction_is_what_the_robots_own_dynamics_leave_over(bench, exercise):
    """A push of 7 N·m on a robot that speeds up steadily; its own share is Pinocchio's and the friction's."""
    (drive,) = exercise.robot.drives
    model = pinocchio.buildModelFromXML(exercise.robot.urdf)
    model.gravity.linear = np.array([0.0, 0.0, -GRAVITY])
    model.armature = np.array([drive.inertia])
    data, acceleration = model.createData(), np.array([3.0])
    for tick in range(300):
        time = tick * DT
        q, dq = np.array([0.3 + 0.5 * time + 1.5 * time**2]), np.array([0.5 + 3.0 * time])
        own = pinocchio.rnea(model, data, q, dq, acceleration)[0]
        own += drive.friction.coulomb + drive.friction.viscous * dq[0]
        bench.tick(q=q, dq=dq, tau_measured=own + 7.0)
    assert bench.interaction[0] == pytest.approx(7.0, abs=1e-6)


def test_its_columns_are_as_many_as_it_reads_and_carries(bench, chain):
    assert (len(limit_columns(("knee",))), len(memory_columns(("knee",)))) == (bench.limits.size, bench.memory.size)
    assert (len(limit_columns(("a", "b"))), len(memory_columns(("a", "b")))) == (chain.limits.size, chain.memory.size)


@pytest.mark.parametrize("lost", [1, 5, 15])
def test_replies_that_were_lost_while_the_joint_sped_up_are_no_spasm(bench, exercise, lost):
    """The first velocity after a gap is a change over the whole gap, not over one period."""
    (drive,) = exercise.robot.drives
    bench.set_limits(spasm=THRESHOLD)
    acceleration, friction = 10.0, drive.friction

    def measured(tick):
        dq = 0.5 + acceleration * tick * DT
        own = (drive.inertia + BAR_INERTIA) * acceleration + friction.coulomb + friction.viscous * dq
        return {"q": HANGING, "dq": dq, "tau_measured": own}

    for tick in range(60):
        bench.tick(**measured(tick))
    for _ in range(lost):
        bench.tick(q=math.nan, dq=math.nan, tau_measured=math.nan, age=DT)
    for tick in range(60 + lost, 80 + lost):
        bench.tick(**measured(tick), age=0.0)
        assert abs(bench.interaction[0]) < 0.02 * THRESHOLD
        assert not bench.seen & Flag.SPASM
