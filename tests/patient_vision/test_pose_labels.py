"""The pose network's knees and ankles beside those that were labelled by hand; see labelled_legs.md."""

import csv
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from patient_vision.camera import VideoFile
from patient_vision.pose.angles import Side, View
from patient_vision.pose.tracker import PoseTracker
from robot.vision import Fault
from tests.patient_vision.material import SPORTS, beam, material, models_home
from tests.patient_vision.test_pose_tracker import BEAM, LAWN

LABELS = Path(__file__).with_name("labelled_legs.csv")
SIDES: tuple[Side, Side] = ("left", "right")
ENDS = ("knee", "ankle")


@dataclass(frozen=True)
class Leg:
    """A leg in one frame: its ends as labelled and as found (2, 2), NaN where hidden; its length, and the faults."""

    video: str
    frame: int
    side: Side
    labelled: np.ndarray
    found: np.ndarray
    faults: Fault

    @property
    def errors_px(self) -> np.ndarray:
        return np.linalg.norm(self.found - self.labelled, axis=1)


def labels() -> list[dict[str, str]]:
    with LABELS.open(newline="") as file:
        return list(csv.DictReader(file))


@cache
def legs() -> tuple[Leg, ...]:
    """Every labelled leg with what the tracker says of it, in the frames in which it says anything."""
    rows, found = labels(), []
    for video in dict.fromkeys(row["video"] for row in rows):
        wanted = {int(row["frame"]): row for row in rows if row["video"] == video}
        for side in SIDES:
            found += _followed(video, side, wanted)
    return tuple(found)


def _followed(video: str, side: Side, wanted: dict[int, dict[str, str]]) -> list[Leg]:
    number = int(video[-1]) if video.startswith("beam") else None
    view = LAWN if number is None else BEAM[number]
    path = material(*SPORTS) if number is None else material(*beam(number))
    tracker = PoseTracker.of(View(side, view.facing, view.region), models_home())
    width = 1768 if number is None else 1080 if number < 3 else 1088  # a frame is fitted, its labels are not
    found = []
    for frame in VideoFile(path):
        seen = tracker.observe(frame)
        if frame.index in wanted and "shank" in seen.segments_px:
            row, scale = wanted[frame.index], frame.image.shape[1] / width
            numbers = [float(row[f"{side}_{end}_{axis}"] or "nan") for end in ENDS for axis in "xy"]
            shank = np.array(seen.segments_px["shank"]).reshape(2, 2)
            found.append(Leg(video, frame.index, side, scale * np.reshape(numbers, (2, 2)), shank, seen.faults))
        if frame.index >= max(wanted):
            break
    return found


def test_fifty_frames_are_labelled_and_a_left_leg_is_not_where_the_right_one_is() -> None:
    rows = labels()
    assert len({(row["video"], row["frame"]) for row in rows}) == 50
    hidden = sum(not row[f"{side}_{end}_x"] for row in rows for side in SIDES for end in ENDS)
    assert hidden <= 0.06 * 4 * len(rows)


@pytest.mark.sweep
def test_no_leg_is_taken_for_the_other_one_where_nothing_speaks_against_the_frame() -> None:
    found = {(leg.video, leg.frame, leg.side): leg for leg in legs() if not leg.faults}
    judged = 0
    for (video, frame, side), left in found.items():
        right = found.get((video, frame, "right"))
        if side == "right" or right is None:
            continue
        # Each labelled point, and how far from it is that of its own leg, and that of the other one.
        own = np.concatenate([left.errors_px, right.errors_px])
        other = np.linalg.norm(np.vstack([right.found - left.labelled, left.found - right.labelled]), axis=1)
        assert np.nansum(own) < np.nansum(other), (video, frame)
        judged += 1
    assert judged >= 30


@pytest.mark.sweep
@pytest.mark.parametrize("video", ["lawn", "beam"])
def test_knees_and_ankles_are_found_within_a_share_of_the_shank(video: str) -> None:
    some = [leg for leg in legs() if leg.video.startswith(video) and not leg.faults]
    shank = float(np.nanmedian([math.dist(*leg.labelled) for leg in some]))
    errors = np.concatenate([leg.errors_px for leg in some])
    errors = errors[np.isfinite(errors)]
    print(
        f"{video}: {len(errors)} points, median {np.median(errors):.1f} px, 90 % within "
        f"{np.quantile(errors, 0.9):.1f} px; a shank has {shank:.0f} px"
    )
    assert np.median(errors) <= 0.15 * shank
    assert np.quantile(errors, 0.9) <= 0.25 * shank
