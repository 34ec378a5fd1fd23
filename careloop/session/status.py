"""What control tells of a running session, about every 20 ms, to whoever looks."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Self, get_type_hints

import numpy as np

from careloop.session.dose import Dose
from robot.controller import Controller
from robot.guard import Flag
from robot.law import ASSISTANCE
from robot.motion import Motion
from robot.runtime.live import Live
from robot.runtime.mailbox import Mailbox
from robot.runtime.session import Session
from robot.runtime.session_state import Severity, State, Trial
from robot.runtime.sight import Sight
from robot.tick import Row
from robot.vision import Sight as Level

PUBLISH_EVERY = 10
"""Ticks between two words: 20 ms at 500 Hz, faster than a screen."""


class Camera(IntEnum):
    """What the camera makes of the patient; `READY` where that was bad and is good again: going on restores it."""

    NONE = 0
    TRACKING = 1
    DEGRADED = 2
    READY = 3
    LOST = 4
    UNSAFE_POSE = 5


_CAMERAS = {
    Level.TRACKING: Camera.TRACKING,
    Level.DEGRADED: Camera.DEGRADED,
    Level.LOST: Camera.LOST,
    Level.UNSAFE_POSE: Camera.UNSAFE_POSE,
}


def camera_of(sight: Sight | None) -> Camera:
    """The camera's state, `NONE` where nobody looks."""
    if sight is None:
        return Camera.NONE
    return Camera.READY if sight.ready else _CAMERAS[sight.level]


@dataclass(frozen=True, slots=True)
class Status:
    """A session at one tick; the joint's figures are those of the plan's first joint in motion.

    `time_s` on the session's grid and `duration_s` in all, if nothing more changes. `repetition` of `repetitions`, as
    people count them: 0 in the approach and until the `trial` is gone on from. `assistance` 0…1 as it is now, `speed`
    what the motion has or goes over to, as a share of the recorded one. `flags` of the guard since the last word,
    `stopping` how strongly a stop is being made. `q`, `q_ref` in rad, NaN where not measured; `dq_ref` in rad/s.
    `tau_interaction` (estimated) is what the robot gives the person, `tau_command` what the motors are asked for, N·m.
    `camera` is what the patient's camera makes of the patient.
    """

    time_s: float
    duration_s: float
    state: State
    stopping: Severity
    trial: Trial
    repetition: int
    repetitions: int
    assistance: float
    speed: float
    flags: Flag
    bus_misses: int
    overruns: int
    q: float
    q_ref: float
    dq_ref: float
    tau_interaction: float
    tau_command: float
    camera: Camera

    @property
    def paused(self) -> bool:
        """Whether it is held, after the trial or because somebody asked."""
        return self.state is State.PAUSED

    @classmethod
    def read(cls, mailbox: Mailbox) -> Self | None:
        """The latest in a session's mailbox, None while control has said nothing; never waits."""
        numbers = mailbox.status(len(STATUS))
        if numbers is None:
            return None
        told = zip(_KINDS.values(), numbers.tolist(), strict=True)
        return cls(*(kind(number if kind is float else int(number)) for kind, number in told))


_KINDS = get_type_hints(Status)
STATUS = tuple(_KINDS)
"""The order of the numbers in the mailbox."""


def publisher(
    mailbox: Mailbox,
    controller: Controller,
    session: Session,
    live: Live,
    motion: Motion,
    dose: Dose,
    sight: Sight | None = None,
) -> Callable[[Row], None]:
    """Publishes the status; to be called with each tick's row, when it is recorded. `sight` is the patient's camera."""
    joint = controller.robot.joint_names.index(controller.plan.first_joint)
    assistance = [column.name for column in controller.layout.parameters].index(ASSISTANCE.name)
    status, flags = np.zeros(len(STATUS)), 0

    def publish(row: Row) -> None:
        nonlocal flags
        flags |= int(row.flags[0])
        if int(row.tick[0]) % PUBLISH_EVERY == 0:
            status[:] = (
                row.time[0],
                motion.duration_s,
                row.state[0],
                session.stopping,
                live.trial,
                0.0 if live.trial else max(row.repetition[0] - dose.trial, 0.0),
                dose.repetitions,
                row.parameters[assistance],
                motion.speed,
                flags,
                row.bus_misses[0],
                row.overruns[0],
                row.q[joint],
                row.q_ref[joint],
                row.dq_ref[joint],
                row.tau_interaction[joint],
                row.tau_command[joint],
                camera_of(sight),
            )
            mailbox.publish(status)
            flags = 0

    return publish
