"""What the page says of a session's status, in words and numbers; nothing here knows a screen."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from careloop.messages.language import UNKNOWN, Words
from careloop.session.status import Camera, Status
from robot.guard import Flag
from robot.runtime.session_state import Severity, State, Trial
from session_records.done import NOTICED_EFFORT_NM

MEANINGS = {
    Flag.MEASUREMENT_NOT_FINITE: "now-measurement-not-finite",
    Flag.MEASUREMENT_STALE: "now-measurement-stale",
    Flag.LAW_NOT_FINITE: "now-law-not-finite",
    Flag.LIMITS_NOT_FINITE: "now-limits-not-finite",
    Flag.MEMORY_NOT_FINITE: "now-memory-not-finite",
    Flag.POSITION: "now-position",
    Flag.VELOCITY: "now-velocity",
    Flag.SPASM: "now-spasm",
    Flag.RATE: "now-rate",
    Flag.TORQUE: "now-torque",
    Flag.BLIND: "now-blind",
    Flag.POSITION_STOP: "now-position-stop",
    Flag.VELOCITY_STOP: "now-velocity-stop",
    Flag.POWER: "now-power",
    Flag.ENERGY: "now-energy",
    Flag.THERMAL: "now-thermal",
    Flag.CONTACT: "now-contact",
    Flag.CONTACT_STOP: "now-contact-stop",
    Flag.THERMAL_STOP: "now-thermal-stop",
    Flag.ESCALATED: "now-escalated",
    Flag.TOOL_FORCE: "now-tool-force",
}
"""What the guard does now, in few words; a flag of long ago is told in the past, by its own sentence."""

CAMERAS = {
    Camera.TRACKING: "page-camera-tracking",
    Camera.DEGRADED: "page-camera-degraded",
    Camera.READY: "page-camera-ready",
    Camera.LOST: "page-camera-lost",
    Camera.UNSAFE_POSE: "page-camera-unsafe",
}

CAMERAS_ELSEWHERE = {**CAMERAS, Camera.READY: "camera-ready-elsewhere"}
"""The same where there is no page, and so no key."""

LOWERED = {Camera.DEGRADED, Camera.READY}
"""While the camera says so, the assistance is less than what is set."""

_STOPPING = {Severity.FINISH: "page-finishing", Severity.SOFT: "page-stopping", Severity.OFF: "page-off"}


@dataclass(frozen=True, slots=True)
class Tile:
    """A number to be read from afar, and above it what it is."""

    label: str
    number: str


def phase(status: Status | None, pausing: bool) -> str:
    """The code of what the session does; `pausing` says whether a pause is wished."""
    if status is None:
        return "page-preparing"
    if status.state in {State.STOPPED, State.FAULT}:
        return "page-ending"
    if status.stopping:
        return _STOPPING[status.stopping]
    if status.state in {State.IDLE, State.ARMED}:
        return "page-armed"
    if status.state is State.PAUSED:
        return "page-held" if status.trial is Trial.DONE else "page-paused"
    if pausing or status.trial is Trial.DONE:
        return "page-pausing"
    if status.trial is Trial.RUNNING:
        return "page-trial"
    return "page-running" if status.repetition else "page-approach"


def tiles(
    status: Status | None, effort: float, targets: Mapping[str, float], words: Words, joint: str
) -> dict[str, Tile]:
    """The large numbers, by the names of their places; a dash for what is not known yet, nothing for an unknown joint.

    An effort is known from the exercise on: before it the limb's weight has not cancelled over a way there and back.

    `targets` are where the adjustable values are on their way to.
    """
    if status is None:
        reference, angle = UNKNOWN, UNKNOWN
        repetition, many, left, assistance, speed = UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN
    else:
        reference, angle = _whole(math.degrees(status.q_ref)), _whole(math.degrees(status.q))
        repetition, many = f"{status.repetition}", f"{status.repetitions}"
        left = minutes(status.duration_s - status.time_s)
        assistance, speed = _whole(100.0 * status.assistance), _whole(100.0 * status.speed)
    return {
        "angle": Tile(words("page-angle", joint=words.joint(joint), reference=reference) if joint else "", angle),
        "repetition": Tile(words("page-repetition", many=many), repetition),
        "left": Tile(words("page-left"), left),
        "assistance": Tile(_aimed(words, _assistance(status), assistance, targets.get("assistance")), assistance),
        "speed": Tile(_aimed(words, ("page-speed", "page-speed-toward"), speed, targets.get("motion.speed")), speed),
        "effort": _effort(effort if status is not None and status.repetition else math.nan, words),
    }


def minutes(seconds: float) -> str:
    """Minutes and seconds, e.g. 6:40; none are left below zero."""
    if not math.isfinite(seconds):
        return UNKNOWN
    whole = math.ceil(max(seconds, 0.0))
    return f"{whole // 60}:{whole % 60:02}"


def guard(flags: Iterable[Flag], words: Words) -> str:
    """What the guard limits now."""
    acting = [words(MEANINGS[flag]) for flag in flags]
    return words("page-guard-acts", what=words.listed(acting)) if acting else words("page-guard-quiet")


def camera(seen: Camera, words: Words) -> tuple[str, bool]:
    """What the patient's camera says, and whether anything has to be minded; nothing where there is no camera."""
    return ("", False) if seen is Camera.NONE else (words(CAMERAS[seen]), seen is not Camera.TRACKING)


def camera_news(before: Camera, now: Camera, words: Words) -> str:
    """A line for where there is no page: what the camera says, where it is something else, and nothing at the start."""
    unworthy = now in {before, Camera.NONE} or (before, now) == (Camera.NONE, Camera.TRACKING)
    return "" if unworthy else words(CAMERAS_ELSEWHERE[now])


def _effort(effort: float, words: Words) -> Tile:
    if not math.isfinite(effort):
        return Tile(words("page-effort"), UNKNOWN)
    code = "page-effort" if abs(effort) < NOTICED_EFFORT_NM else "page-helps" if effort > 0.0 else "page-resists"
    return Tile(words(code), words.number(abs(effort), 1))


def _assistance(status: Status | None) -> tuple[str, str]:
    """The labels of the assistance: what is set is not on its way while the camera lowers it."""
    lowered = status is not None and status.camera in LOWERED
    return "page-assistance", "page-assistance-lowered" if lowered else "page-assistance-toward"


def _aimed(words: Words, codes: tuple[str, str], shown: str, target: float | None) -> str:
    """A label; the second one, which says what is aimed at, where its number is not there."""
    aim = _whole(100.0 * target) if target is not None else shown
    return words(codes[0]) if aim in {shown, UNKNOWN} else words(codes[1], target=aim)


def _whole(value: float) -> str:
    """A whole number; a dash for what is none."""
    return f"{round(value)}" if math.isfinite(value) else UNKNOWN
