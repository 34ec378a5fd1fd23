"""The session that a page looks at: what others say of it, and what was read from its mailbox."""

import math
from dataclasses import dataclass, field
from pathlib import Path

from careloop.page.course import Course, Effort
from careloop.page.stops import StopInputs
from careloop.session.files import MAILBOX, Order
from careloop.session.status import Status
from careloop.session.steering import Running
from robot.guard import Flag
from robot.runtime.mailbox import Mailbox

FLAG_SHOWN_S = 1.0
"""A limit that acted stays on the page for so long: one tick of it could not be read. Our choice."""


@dataclass
class Watched:
    """A session on a page. Other threads set what stands first here; the page's own calls `look`.

    `end` is the code of its end once there is one; `leave` says that there is nothing to show any more; `prompt` is the
    code of what a person is asked for while it is being started. `running` is None until it can be asked.
    """

    title: str
    folder: Path | None = None
    prompt: str | None = None
    end: str | None = None
    leave: bool = False
    running: Running | None = None
    status: Status | None = None
    stops: StopInputs | None = None
    joint: str = ""
    range_deg: tuple[float, float] = (0.0, 90.0)
    course: Course = field(default_factory=Course)
    effort: Effort = field(default_factory=Effort)
    _acted_s: dict[Flag, float] = field(default_factory=dict)

    def begin(self, folder: Path) -> None:
        """There is a session now, in this folder."""
        self.folder = folder

    def ask(self, code: str) -> None:
        """A person is asked for what a code stands for."""
        self.prompt = code

    def look(self) -> None:
        """Read the latest status, if it is a new one."""
        if self.running is None:
            self._attach()
            return
        status = Status.read(self.running.mailbox)
        if status is None or (self.status is not None and status.time_s == self.status.time_s):
            return
        self.status = status
        self.course.add(status.time_s, math.degrees(status.q_ref), math.degrees(status.q))
        self.effort.advance(status.time_s, status.tau_interaction, status.dq_ref)
        self._acted_s |= dict.fromkeys(status.flags, status.time_s)

    @property
    def acting(self) -> list[Flag]:
        """The guard's limits that act now, or acted just now."""
        now = self.status.time_s if self.status is not None else 0.0
        return [flag for flag, at in self._acted_s.items() if now - at <= FLAG_SHOWN_S]

    def _attach(self) -> None:
        """Begin to read, once the session's mailbox holds what it starts with."""
        if self.folder is None:
            return
        try:
            mailbox = Mailbox.attach(self.folder / MAILBOX)
        except (FileNotFoundError, ValueError):  # not made yet, or half
            return
        if not mailbox.wished:
            return
        order = Order.read(self.folder)
        exercise = order.exercise()
        self.joint = exercise.plan.first_joint
        self.range_deg = exercise.range_deg[self.joint]
        self.stops = StopInputs.of(self.folder, order)
        ranges = {name: (low, high) for name, (low, high) in order.plan["adjustable"].items()}
        self.prompt, self.running = None, Running(self.folder.name, self.folder, mailbox, ranges)
