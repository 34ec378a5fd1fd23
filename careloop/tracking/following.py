"""Frame after frame through a tracker, and what came of it."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from patient_vision.boards import Array
from patient_vision.camera import Frame, Source
from patient_vision.markers import MarkerTracker
from patient_vision.observation import Observation, Tracker
from patient_vision.zero import zero_pose
from robot.errors import CheckFailed
from robot.vision import Fault, sight_code


@dataclass(frozen=True, slots=True)
class JointSeen:
    """A joint over all the frames that are not degraded, in degrees; `std_deg` is the median standard deviation."""

    joint: str
    least_deg: float
    largest_deg: float
    std_deg: float


@dataclass(frozen=True, slots=True)
class Followed:
    """What a tracker saw: frames, the share of them that was degraded, and each joint. `seconds` are of the source."""

    frames: int
    seconds: float
    degraded_share: float
    reprojection_px: float
    joints: tuple[JointSeen, ...]


Watch = Callable[[Frame, Observation], None]
"""Is shown each frame with what was seen in it."""


def frames_until(source: Source, seconds: float | None) -> Generator[Frame]:
    """The source's frames, at most so many seconds of them."""
    first = None
    for frame in source:
        first = frame.captured_s if first is None else first
        if seconds is not None and frame.captured_s - first > seconds:
            return
        yield frame


def until_interrupted(frames: Iterable[Frame], work: Callable[[Frame], None]) -> None:
    """Give every frame to `work`. Ctrl-C ends the frames and not the command: it is how a camera's are ended."""
    try:
        for frame in frames:
            work(frame)
    except KeyboardInterrupt:
        return


def follow(frames: Iterable[Frame], tracker: Tracker, watch: Watch) -> list[Observation]:
    """Every frame's observation, until the frames end or Ctrl-C; each is shown to `watch` at once."""
    seen: list[Observation] = []

    def look(frame: Frame) -> None:
        observed = tracker.observe(frame)
        watch(frame, observed)
        seen.append(observed)

    until_interrupted(frames, look)
    return seen


def zero_from(frames: Iterator[Frame], tracker: MarkerTracker, seconds: float, watch: Watch) -> dict[str, Array]:
    """The zero pose of every joint, from the first seconds of the frames, in which the limb is held at zero."""
    relatives: dict[str, list[Array]] = {joint: [] for joint in tracker.joints}
    first = None
    for frame in frames:
        first = frame.captured_s if first is None else first
        watch(frame, tracker.observe(frame))
        for joint, found in relatives.items():
            relative = tracker.relative(joint)
            if relative is not None:
                found.append(relative)
        if frame.captured_s - first >= seconds:
            break
    return zero_pose(relatives)


def summary(joints: Sequence[str], seen: Sequence[Observation]) -> Followed:
    """The figures of all that was seen; CheckFailed where there is nothing to tell."""
    good = [one for one in seen if not one.degraded]
    if not good:
        faults = Counter(fault for one in seen for fault in one.faults)
        usual = faults.most_common(1)[0][1] if faults else 0
        why = sight_code(Fault(sum(fault for fault, count in faults.items() if 2 * count >= usual)))
        raise CheckFailed("track-nothing", frames=len(seen), why=why)
    return Followed(
        frames=len(seen),
        seconds=seen[-1].captured_s - seen[0].captured_s,
        degraded_share=1.0 - len(good) / len(seen),
        reprojection_px=float(np.median([one.reprojection_px for one in good])),
        joints=tuple(_over_all(joint, place, good) for place, joint in enumerate(joints)),
    )


def _over_all(joint: str, place: int, good: Sequence[Observation]) -> JointSeen:
    angles = np.degrees([one.angles_rad[place] for one in good])
    std = np.degrees(np.median([one.std_rad[place] for one in good]))
    return JointSeen(joint, float(angles.min()), float(angles.max()), float(std))
