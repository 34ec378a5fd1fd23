"""Each thing that can speak against a frame does so alone, and a leg that moves as legs do has nothing against it."""

import math
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from patient_vision.gate import LENGTH_TIME_S, FrameJudge
from patient_vision.observation import Observation
from robot.vision import Fault, FrameLimits

PERIOD = 1.0 / 30.0
STD = math.radians(0.5)
LIMITS = FrameLimits(posture_deg={"knee": (-10.0, 100.0)})
THIGH, SHANK = 200.0, 180.0


def leg(frame: int, knee: float | None = None) -> Observation:
    """A leg that swings: knee ±30° about 45° at 0.7 Hz, the hip at rest, with half a degree of noise."""
    random = np.random.default_rng(frame)
    at = frame * PERIOD
    angle = math.radians(45.0 + 30.0 * math.sin(2.0 * math.pi * 0.7 * at)) if knee is None else knee
    hip, knee = 0.3 + STD * random.normal(), angle + STD * random.normal()
    thigh = (100.0, 100.0, 100.0 + THIGH, 100.0)
    shank = (*thigh[2:], thigh[2] + SHANK * math.cos(knee), thigh[3] + SHANK * math.sin(knee))
    return Observation(at, (hip, knee), (STD, STD), Fault(0), 0.3, {"thigh": thigh, "shank": shank})


def after(frames: int) -> FrameJudge:
    judge = FrameJudge(("hip", "knee"), LIMITS)
    for frame in range(frames):
        assert judge.judge(leg(frame)).faults == Fault(0)
    return judge


def test_nothing_speaks_against_a_leg_that_swings() -> None:
    after(1000)


def test_its_angles_are_those_that_the_filters_know() -> None:
    judged = after(100).judge(leg(100))
    truth = math.radians(45.0 + 30.0 * math.sin(2.0 * math.pi * 0.7 * 100 * PERIOD))
    knee = judged.angles[1]
    assert knee is not None
    assert abs(knee.angle - truth) < 4.0 * STD
    assert knee.captured_s == judged.captured_s


NEXT = leg(60)
ONE_FRAME = PERIOD * math.radians(LIMITS.angular_rate_deg_s)


@pytest.mark.parametrize(
    ("observation", "fault"),
    [
        (replace(NEXT, faults=Fault.OUT_OF_FRAME), Fault.OUT_OF_FRAME),
        (replace(NEXT, faults=Fault.UNCERTAIN), Fault.UNCERTAIN),
        (replace(NEXT, angles_rad=(math.nan, math.nan)), Fault.ABSENT),
        (replace(NEXT, angles_rad=(0.3, math.inf)), Fault.ABSENT),
        (replace(NEXT, captured_s=math.nan), Fault.INVALID),
        (replace(NEXT, captured_s=leg(59).captured_s), Fault.INVALID),
        (replace(NEXT, captured_s=leg(30).captured_s), Fault.INVALID),
        (replace(NEXT, angles_rad=leg(59).angles_rad), Fault.FROZEN),
        (replace(NEXT, reprojection_px=3.1), Fault.REPROJECTION),
        (replace(NEXT, reprojection_px=math.nan), Fault.REPROJECTION),
        (replace(NEXT, angles_rad=(0.3, leg(59).angles_rad[1] + 1.01 * ONE_FRAME)), Fault.ANGULAR_RATE),
        (replace(NEXT, angles_rad=(0.3, leg(59).angles_rad[1] + 0.95 * ONE_FRAME)), Fault.INNOVATION),
        (replace(NEXT, std_rad=(STD, math.nan)), Fault.INNOVATION),
        (replace(NEXT, segments_px={**NEXT.segments_px, "shank": (0.0, 0.0, 0.0, 1.35 * SHANK)}), Fault.SEGMENT_LENGTH),
        (replace(NEXT, segments_px={**NEXT.segments_px, "thigh": (0.0, 0.0, 0.0, 0.65 * THIGH)}), Fault.SEGMENT_LENGTH),
        (replace(NEXT, segments_px={**NEXT.segments_px, "thigh": (math.nan, 0.0, 0.0, THIGH)}), Fault.SEGMENT_LENGTH),
    ],
)
def test_each_fault_is_told_alone(observation: Observation, fault: Fault) -> None:
    assert after(60).judge(observation).faults == fault


def test_a_posture_outside_its_envelope_is_told_and_its_angle_still_followed() -> None:
    judge = after(60)
    knee, told = leg(59).angles_rad[1], []
    for frame in range(60, 160):
        knee += math.radians(1.0)
        told.append(judge.judge(leg(frame, knee)))
    outside = [one for one in told if one.faults]
    assert {one.faults for one in outside} == {Fault.POSTURE}
    last = told[-1].angles[1]
    assert last is not None
    assert last.angle == pytest.approx(knee, abs=4.0 * STD)


def test_an_angle_that_was_not_expected_is_not_believed() -> None:
    judge = after(60)
    before = judge.judge(replace(NEXT, angles_rad=(0.3, leg(59).angles_rad[1] + 0.95 * ONE_FRAME))).angles[1]
    assert before is not None
    assert before.captured_s == leg(59).captured_s


def test_other_lengths_are_learnt_after_a_second_without_a_good_frame() -> None:
    judge = after(60)

    def nearer(frame: int) -> Fault:
        one = leg(frame)
        lines = {name: tuple(1.5 * number for number in line) for name, line in one.segments_px.items()}
        return judge.judge(replace(one, segments_px=lines)).faults

    within = [nearer(frame) for frame in range(60, 59 + round(LENGTH_TIME_S / PERIOD))]
    assert set(within) == {Fault.SEGMENT_LENGTH}
    assert not any(nearer(frame) for frame in range(62 + round(LENGTH_TIME_S / PERIOD), 200))


def test_a_length_that_changes_slowly_is_followed() -> None:
    judge = after(1)
    for frame in range(1, 300):
        one, scale = leg(frame), 1.0 + 0.004 * frame
        lines = {name: tuple(scale * number for number in line) for name, line in one.segments_px.items()}
        assert judge.judge(replace(one, segments_px=lines)).faults == Fault(0)


def test_one_stamp_from_far_in_the_future_makes_no_later_frame_wrong() -> None:
    judge = after(60)
    assert judge.judge(replace(leg(60), captured_s=1e6)).captured_s == 1e6  # whether it can be is for its reader to say
    assert judge.judge(leg(61)).faults == Fault.INVALID
    assert not any(judge.judge(leg(frame)).faults for frame in range(62, 100))


ANY = some.floats()
OBSERVATIONS = some.builds(
    Observation,
    captured_s=ANY,
    angles_rad=some.tuples(ANY, ANY),
    std_rad=some.tuples(ANY, ANY),
    faults=some.integers(0, 2 * max(Fault) - 1).map(Fault),
    reprojection_px=ANY,
    segments_px=some.dictionaries(some.sampled_from(["thigh", "shank"]), some.tuples(ANY, ANY, ANY, ANY)),
)


@given(some.lists(OBSERVATIONS, max_size=20))
def test_whatever_comes_it_answers_with_numbers_and_forgives_nothing(observations: list[Observation]) -> None:
    judge = FrameJudge(("hip", "knee"), LIMITS)
    for observation in observations:
        judged = judge.judge(observation)
        assert judged.faults & observation.faults == observation.faults
        numbers = [*observation.angles_rad, observation.captured_s, observation.reprojection_px]
        assert judged.faults or all(map(math.isfinite, numbers))
        assert all(map(math.isfinite, [number for one in judged.angles if one for number in astuple(one)]))
