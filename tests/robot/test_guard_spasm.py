"""The guard's estimate of what the person does, and the stop at a spasm."""

import math

import numpy as np
import pinocchio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.guard import STOPPING_FLAGS, Flag
from robot.runtime.session_state import Severity
from robot.symbolic import GRAVITY
from tests.robot.guard_bench import DT, HANGING

THRESHOLD = 24.0
BAR_INERTIA = 1.8 * (3 * 0.015**2 + 0.30**2) / 12 + 1.8 * 0.15**2
"""The shipped robot's bar, a rod of 0.30 m and 1.8 kg, about the knee, in kg·m²."""


def push(bench, torques):
    """The severities that a course of interaction torque gives, from a quiet second on."""
    bench.set_limits(spasm_tau=THRESHOLD)
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


@pytest.mark.parametrize("lost", [1, 5, 15])
def test_replies_that_were_lost_while_the_joint_sped_up_are_no_spasm(bench, exercise, lost):
    """The first velocity after a gap is a change over the whole gap, not over one period."""
    (drive,) = exercise.robot.drives
    bench.set_limits(spasm_tau=THRESHOLD)
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


@pytest.mark.parametrize(("later", "is_spasm"), [(0.0, True), (1e-9, False)])
def test_just_within_the_time_is_a_spasm_and_just_after_is_none(bench, later, is_spasm):
    bench.set_limits(spasm_tau=THRESHOLD, spasm_within=0.0625 + DT)
    bench.remember(since_half_spasm=0.0625 + later)
    bench.tick(tau_measured=THRESHOLD)
    assert (bench.seen == Flag.SPASM) == is_spasm


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_below_half_and_below_all_of_the_threshold_mean_below(bench, way):
    bench.set_limits(spasm_tau=THRESHOLD)
    bench.tick(tau_measured=way * math.nextafter(THRESHOLD, 0.0))
    assert not bench.seen
    bench.remember(since_half_spasm=0.5)
    bench.tick(tau_measured=way * 0.5 * THRESHOLD)
    assert bench.remembered("since_half_spasm") == 0.5 + DT
    bench.tick(tau_measured=way * math.nextafter(0.5 * THRESHOLD, 0.0))
    assert bench.remembered("since_half_spasm") == 0.0


def test_without_limits_nothing_is_a_spasm(bench):
    bench.set_limits(limit_tau=math.nan)
    bench.tick(tau_measured=100.0)
    assert bench.severity[0] == Severity.NONE


def test_the_acceleration_is_smoothed_over_ten_milliseconds(bench):
    bench.tick(dq=1.2)
    assert bench.remembered("ddq_filtered") == pytest.approx(1.2 / (0.010 + DT))
    bench.tick()
    assert bench.remembered("ddq_filtered") == pytest.approx(1.2 / (0.010 + DT) * 0.010 / (0.010 + DT))


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_what_no_robot_measures_is_cut(bench, way):
    bench.tick(tau_measured=way * 1e12)
    assert bench.interaction[0] == way * 1e9
    bench.tick(dq=way * 1e200)
    assert bench.remembered("ddq_filtered") == way * 1e9


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_half_the_threshold_is_not_below_half(bench, way):
    bench.set_limits(spasm_tau=THRESHOLD)
    bench.tick(tau_measured=way * 0.5 * THRESHOLD)
    assert bench.interaction[0] == way * 0.5 * THRESHOLD
    assert bench.remembered("since_half_spasm") == DT
    bench.tick(tau_measured=way * math.nextafter(0.5 * THRESHOLD, 0.0))
    assert bench.remembered("since_half_spasm") == 0.0
