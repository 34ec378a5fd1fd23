"""What control makes of a camera: columns, a share of the assistance, a stop; on a clock that is made."""

import math
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from robot.observed_angle import ObservedAngle
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Event, Severity
from robot.runtime.sight import ANGLES, Sight
from robot.tick import Row, TickLayout
from robot.vision import Fault, Vision
from robot.vision import Sight as Level

JOINTS = ("hip", "knee")
VISION = Vision(camera="0", tracker="markers", calibration="room-1", side="right", joints={"knee": "knee"})
FRAME_S, TICK_S, LATENCY_S = 0.033, 0.002, 0.05


class Bench:
    """A sight with its row, on a clock that only it moves; the knee's encoder says 0.5 rad."""

    def __init__(self, folder: Path) -> None:
        (folder / "vision").unlink(missing_ok=True)
        self.mailbox = Mailbox.create(folder / "vision")
        self.now = 100.0
        self.row = Row(TickLayout(JOINTS, observed=("knee",)))
        self.row.q[:] = 0.1, 0.5
        for unseen in (self.row.observed_q, self.row.observed_std, self.row.vision_age, self.row.vision_sight):
            unseen[:] = math.nan
        self.told: list[Event] = []
        self.sight = Sight(self.mailbox, VISION, JOINTS, self.told.append, lambda: self.now)

    def publish(self, angle: float = 0.5, faults: float = 0.0, at: float | None = None) -> None:
        captured = self.now - LATENCY_S if at is None else at
        known = ObservedAngle(captured, angle, 0.0, 1e-6, 0.0, 1e-4, 1e-3)
        self.mailbox.publish(np.array([captured, faults, *astuple(known)]))

    def tick(self) -> tuple[Severity, str]:
        self.now += TICK_S
        return self.sight(self.row)

    def frames(self, count: int, **what: Any) -> tuple[Severity, str]:
        """Frames at their rate, with the ticks between them; the last tick's stop."""
        for _ in range(count):
            self.publish(**what)
            for _ in range(round(FRAME_S / TICK_S)):
                stop = self.tick()
        return stop

    @property
    def level(self) -> float:
        return float(self.row.vision_sight[0])


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_patient_who_is_seen_changes_nothing_and_is_in_the_row(bench: Bench) -> None:
    assert bench.frames(30, angle=0.45) == (Severity.NONE, "")
    assert bench.sight.share == 1.0
    assert bench.level == Level.TRACKING
    assert bench.row.observed_q[0] == pytest.approx(0.45)
    assert 0.0 < bench.row.observed_std[0] < 0.01
    assert LATENCY_S < bench.row.vision_age[0] <= LATENCY_S + FRAME_S + 1e-9
    assert not bench.told


def test_a_watcher_that_falls_silent_is_sight_lost_after_150_ms(bench: Bench) -> None:
    bench.frames(5)
    last = bench.now - bench.row.vision_age[0]
    while bench.tick() == (Severity.NONE, ""):
        assert bench.now <= last + 0.150 + TICK_S
    assert bench.now - last > 0.150
    assert bench.sight(bench.row) == (Severity.SOFT, "vision-lost")
    assert math.isnan(bench.row.observed_q[0])
    assert bench.sight.share == 0.0


def test_one_that_never_said_anything_is_sight_lost_at_once(bench: Bench) -> None:
    assert bench.tick() == (Severity.SOFT, "vision-lost")


def test_an_old_frame_at_the_first_tick_is_sight_lost(bench: Bench) -> None:
    bench.publish(at=bench.now - 2.0)
    assert bench.tick() == (Severity.SOFT, "vision-lost")


def test_bad_frames_lower_the_assistance_until_good_ones_and_somebody_who_goes_on(bench: Bench) -> None:
    bench.frames(5)
    assert bench.frames(2, faults=float(Fault.UNCERTAIN)) == (Severity.NONE, "")
    assert bench.sight.share == 1.0
    bench.frames(1, faults=float(Fault.UNCERTAIN))
    assert bench.sight.share == VISION.gate.degraded_share
    bench.sight.hear(1.0)  # too early, and forgotten
    bench.tick()
    bench.frames(20)
    assert bench.sight.share == VISION.gate.degraded_share
    bench.sight.hear(1.0)
    bench.tick()
    assert bench.sight.share == VISION.gate.degraded_share
    bench.sight.hear(2.0)
    bench.tick()
    assert bench.sight.share == 1.0


def test_an_unsafe_posture_stops_softly(bench: Bench) -> None:
    bench.frames(5)
    assert bench.frames(3, faults=float(Fault.POSTURE)) == (Severity.SOFT, "vision-unsafe-pose")


def test_an_encoder_that_says_otherwise_is_told_once_and_degrades(bench: Bench) -> None:
    most = math.radians(VISION.frame.disagreement_deg)
    bench.frames(5, angle=0.5 + 0.99 * most)
    assert bench.level == Level.TRACKING
    bench.frames(4, angle=0.5 - 1.05 * most)
    assert bench.level == Level.DEGRADED
    bench.frames(3, angle=0.5 + 0.8 * most)
    bench.frames(3, angle=0.5 + 1.05 * most)
    assert [event.code for event in bench.told] == ["encoder-disagrees"]
    assert bench.told[0].values == {"name": "knee", "degrees": pytest.approx(1.05 * VISION.frame.disagreement_deg)}
    bench.frames(1, angle=0.5 + 0.4 * most)
    bench.frames(1, angle=0.5 + 1.05 * most)
    assert len(bench.told) == 2


def led(bench: Bench, share: float, frames: int = 40, noise: float = 0.0) -> list[tuple[Severity, str]]:
    """The robot leads the knee by 20° and back, and what is seen makes this share of its way."""
    bench.frames(5)
    random, stops = np.random.default_rng(0), []
    for way in np.radians(20.0) * np.sin(np.linspace(0.0, np.pi, frames)):
        bench.row.q[1] = 0.5 + way
        stops.append(bench.frames(1, angle=0.5 + share * way + noise * random.standard_normal()))
    return stops


@pytest.mark.parametrize("share", [0.0, 0.2, -1.0])
def test_a_limb_that_is_seen_but_does_not_follow_is_no_patient(bench: Bench, share: float) -> None:
    assert (Severity.SOFT, "vision-lost") in led(bench, share, noise=math.radians(0.5))
    unmoved = [event for event in bench.told if event.code == "limb-unmoved"]
    assert unmoved[0].values == {"name": "knee", "degrees": pytest.approx(15.0, abs=2.0)}


@pytest.mark.parametrize("share", [0.5, 1.0, 1.4])
def test_a_limb_that_follows_is_the_patients_also_where_it_is_seen_askew(bench: Bench, share: float) -> None:
    assert set(led(bench, share, noise=math.radians(0.5))) == {(Severity.NONE, "")}
    assert not bench.told


def test_a_robot_that_does_not_move_says_nothing_against_a_picture(bench: Bench) -> None:
    assert bench.frames(60, angle=0.45) == (Severity.NONE, "")


def test_a_lost_reply_is_not_the_cameras_matter(bench: Bench) -> None:
    bench.row.q[:] = math.nan
    assert bench.frames(5) == (Severity.NONE, "")
    assert bench.level == Level.TRACKING


@pytest.mark.parametrize("faults", [math.nan, math.inf, -1.0, 2.0 * max(Fault)])
def test_faults_that_cannot_be_are_sight_lost(bench: Bench, faults: float) -> None:
    bench.frames(5)
    assert bench.frames(3, faults=faults) == (Severity.SOFT, "vision-lost")


@pytest.mark.parametrize("angle", [math.nan, math.inf])
def test_a_good_frame_without_an_angle_cannot_be(bench: Bench, angle: float) -> None:
    bench.frames(5)
    assert bench.frames(3, angle=angle) == (Severity.SOFT, "vision-lost")


ANYTHING = some.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=some.lists(
        some.tuples(some.lists(ANYTHING, max_size=ANGLES + 7), some.floats(0.0, 0.2) | ANYTHING, some.floats(0.0, 3.0)),
        max_size=40,
    )
)
def test_nothing_that_is_published_raises_the_share_or_takes_back_a_stop(bench: Bench, steps: Any) -> None:
    bench.__init__(bench.mailbox._path.parent)  # type: ignore[misc]  (a bench of its own for every example)
    share, stopping = bench.sight.share, Severity.NONE
    for numbers, passed, _ in steps:
        bench.mailbox.publish(np.array(numbers, float))
        bench.now += passed
        severity, _ = bench.sight(bench.row)
        assert bench.sight.share <= share
        assert severity >= stopping
        assert severity <= Severity.SOFT
        share, stopping = bench.sight.share, severity
