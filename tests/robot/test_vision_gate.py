"""The gate: when it trips, when it can be armed again, and that no input makes it say more than was allowed."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError

from robot.runtime.session_state import Severity
from robot.vision import Fault, FrameLimits, GateLimits, Sight, Vision, enveloped, level_of
from robot.vision_gate import Gate, Look

PERIOD = 1.0 / 30.0
LATENCY = 0.06
USUAL = GateLimits()
ANY_TIME = some.floats(-1.0, 10.0) | some.sampled_from([math.nan, math.inf, -math.inf, 1e300])
ANY_FAULTS = some.integers(0, 2 * max(Fault) - 1).map(Fault)
FEW_FAULTS = some.sampled_from([Fault(0)] * 8 + list(Fault))


def tracking(limits: GateLimits = USUAL) -> tuple[Gate, float]:
    """A gate that was armed, and the time at which the next frame arrives."""
    gate = Gate(limits)
    for frame in range(limits.rearm_frames):
        now = frame * PERIOD + LATENCY
        gate = gate.after(now, Look(frame * PERIOD, Fault(0)))
    gate = gate.after(now, None, acknowledged=True)
    assert gate.sight is Sight.TRACKING
    return gate, now + PERIOD


def seen(gate: Gate, now: float, faults: Fault) -> Gate:
    return gate.after(now, Look(now - LATENCY, faults))


@pytest.mark.parametrize("fault", Fault)
def test_it_trips_with_the_third_bad_frame_and_not_before(fault: Fault) -> None:
    gate, now = tracking()
    fast = 0.01
    sights = [(gate := seen(gate, now + frame * fast, fault)).sight for frame in range(3)]
    assert sights == [Sight.TRACKING, Sight.TRACKING, level_of(fault)]


@pytest.mark.parametrize("fault", Fault)
def test_it_trips_150_ms_after_the_last_good_capture_where_frames_are_rare(fault: Fault) -> None:
    gate, now = tracking()
    good_until = gate.captured_s
    gate = seen(gate, now, fault)
    assert gate.after(good_until + 0.149, None).sight is Sight.TRACKING
    gate = seen(gate, good_until + 0.149, fault)
    assert gate.after(good_until + 0.151, None).sight is level_of(fault)


def test_no_frame_for_150_ms_is_sight_lost_whatever_was_seen_before() -> None:
    gate, _ = tracking()
    assert gate.after(gate.captured_s + 0.149, None).sight is Sight.TRACKING
    assert gate.after(gate.captured_s + 0.151, None).sight is Sight.LOST


def test_a_camera_with_one_frame_a_second_is_never_more_than_lost() -> None:
    gate = Gate(USUAL)
    for tick in range(60 * 30):
        now = tick * PERIOD
        look = Look(now - LATENCY, Fault(0)) if tick % 30 == 0 else None
        gate = gate.after(now, look, acknowledged=True)
        assert gate.sight is Sight.LOST


def test_single_bad_frames_are_borne() -> None:
    gate, now = tracking()
    for frame in range(100):
        gate = seen(gate, now + frame * PERIOD, Fault.ABSENT if frame % 2 else Fault(0))
        assert gate.sight is Sight.TRACKING


def test_it_is_armed_again_by_an_acknowledgement_after_fifteen_good_frames_and_by_nothing_else() -> None:
    gate, now = tracking()
    for frame in range(3):
        gate = seen(gate, now + frame * PERIOD, Fault.POSTURE)
    now += 3 * PERIOD
    for frame in range(15):
        assert not gate.ready
        assert gate.after(gate.now_s, None, acknowledged=True).sight is Sight.UNSAFE_POSE
        gate = seen(gate, now + frame * PERIOD, Fault(0))
    assert gate.ready
    assert gate.after(gate.now_s, None).sight is Sight.UNSAFE_POSE
    assert gate.after(gate.now_s, None, acknowledged=True).sight is Sight.TRACKING


def test_one_bad_frame_among_the_good_ones_starts_the_count_again() -> None:
    gate, now = tracking()
    faults = [Fault.UNCERTAIN] * 3 + [Fault(0)] * 14 + [Fault.UNCERTAIN] + [Fault(0)] * 14
    for frame, fault in enumerate(faults):
        gate = seen(gate, now + frame * PERIOD, fault)
    assert not gate.ready
    assert seen(gate, now + len(faults) * PERIOD, Fault(0)).ready


def test_a_frame_from_the_future_or_from_before_the_last_one_brings_no_time() -> None:
    gate, now = tracking()
    for wrong in (now + 1.0, gate.captured_s, gate.captured_s - 1.0, math.nan, math.inf):
        after = gate.after(now, Look(wrong, Fault(0)))
        assert after.captured_s == gate.captured_s
        assert after.good == 0


@pytest.mark.parametrize("jump", [math.nan, math.inf, -math.inf, -1.0, 3600.0])
def test_a_clock_that_jumps_is_sight_lost(jump: float) -> None:
    gate, now = tracking()
    assert gate.after(now + jump, None).sight is Sight.LOST


def test_what_is_left_of_the_assistance_and_the_stop_that_is_asked_for() -> None:
    gates = {sight: Gate(USUAL, sight) for sight in Sight}
    assert [gate.share for gate in gates.values()] == [1.0, 0.5, 0.0, 0.0]
    assert [gate.stop for gate in gates.values()] == [
        (Severity.NONE, ""),
        (Severity.NONE, ""),
        (Severity.SOFT, "vision-lost"),
        (Severity.SOFT, "vision-unsafe-pose"),
    ]


@pytest.mark.parametrize(
    ("kind", "looser"),
    [
        (GateLimits, {"trip_frames": 4}),
        (GateLimits, {"trip_ms": 151.0}),
        (GateLimits, {"trip_ms": math.nan}),
        (GateLimits, {"rearm_frames": 14}),
        (GateLimits, {"degraded_share": 0.6}),
        (FrameLimits, {"innovation": 5.1}),
        (FrameLimits, {"disagreement_deg": math.inf}),
    ],
)
def test_a_description_can_only_be_stricter_than_the_defaults(kind: type, looser: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        kind(**looser)


@dataclass(frozen=True)
class Step:
    now: float
    look: Look | None
    acknowledged: bool
    more: Fault


ANY_STEP = some.builds(
    Step,
    now=ANY_TIME,
    look=some.none() | some.builds(Look, captured_s=ANY_TIME, faults=ANY_FAULTS),
    acknowledged=some.booleans(),
    more=ANY_FAULTS,
)


@some.composite
def likely_steps(draw: some.DrawFn) -> list[Step]:
    """Mostly a camera that runs, so that gates trip and are armed again within one sequence."""
    steps, now = [], 0.0
    for _ in range(draw(some.integers(20, 80))):
        now += draw(some.sampled_from([PERIOD] * 12 + [0.1, 0.2, -0.01, math.nan]))
        look = Look(now - LATENCY, draw(FEW_FAULTS)) if draw(some.integers(0, 12)) else None
        steps.append(Step(now, look, draw(some.booleans()), draw(FEW_FAULTS)))
        now = now if math.isfinite(now) else 0.0
    return steps


STEPS = some.lists(ANY_STEP, max_size=40) | likely_steps()


@given(STEPS, some.builds(GateLimits, trip_frames=some.integers(1, 3)))
def test_only_an_acknowledgement_after_good_frames_gives_more(steps: list[Step], limits: GateLimits) -> None:
    gate = Gate(limits)
    for step in steps:
        before, gate = gate, gate.after(step.now, step.look, acknowledged=step.acknowledged)
        assert 0.0 <= gate.share <= 1.0
        assert gate.stop[0] in {Severity.NONE, Severity.SOFT}
        if gate.share > before.share or gate.stop[0] < before.stop[0]:
            assert gate.sight is Sight.TRACKING
            assert step.acknowledged
            assert gate.good >= limits.rearm_frames
            assert math.isfinite(gate.captured_s)


@given(STEPS)
def test_more_faults_never_give_more(steps: list[Step]) -> None:
    one, worse = Gate(USUAL), Gate(USUAL)
    for step in steps:
        look = step.look and Look(step.look.captured_s, step.look.faults | step.more)
        one = one.after(step.now, step.look, acknowledged=step.acknowledged)
        worse = worse.after(step.now, look, acknowledged=step.acknowledged)
        assert worse.sight >= one.sight
        assert worse.share <= one.share
        assert worse.stop[0] >= one.stop[0]


def test_without_an_envelope_a_posture_that_the_robot_cannot_reach_is_unsafe() -> None:
    vision = Vision(camera="0", tracker="markers", calibration="room-1", side="right", joints={"left_knee": "knee"})
    assert enveloped(vision, {"left_knee": (-5.0, 120.0)}).frame.posture_deg == {"knee": (-35.0, 150.0)}
    own = vision.model_copy(update={"frame": FrameLimits(posture_deg={"knee": (0.0, 75.0)}, disagreement_deg=10.0)})
    assert enveloped(own, {"left_knee": (-5.0, 120.0)}) == own
