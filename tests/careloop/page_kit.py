"""A session as its page sees it: a real mailbox and order in a folder, and whoever publishes and answers in control's
place."""

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from textual.pilot import Pilot

from careloop.build import load_exercise
from careloop.messages.language import Words
from careloop.page.app import Page
from careloop.page.watched import Watched
from careloop.page.wishes import Note
from careloop.session.files import MAILBOX, Order
from careloop.session.status import Camera, Status
from robot.guard import Flag
from robot.runtime.live import first_wish
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Severity, State, Trial
from session_records.folder import SESSION

ENGLISH, CHINESE = Words("en", "en"), Words("zh", "zh")

RUNNING = Status(
    time_s=100.0,
    duration_s=500.0,
    state=State.RUNNING,
    stopping=Severity.NONE,
    trial=Trial.NONE,
    repetition=3,
    repetitions=10,
    assistance=0.9,
    speed=0.3,
    flags=Flag(0),
    bus_misses=0,
    overruns=0,
    q=math.radians(43.0),
    q_ref=math.radians(45.0),
    dq_ref=0.3,
    tau_interaction=-1.8,
    tau_command=5.0,
    camera=Camera.NONE,
)


def numbers(status: Status) -> np.ndarray:
    """A status as it lies in a mailbox."""
    return np.array([float(getattr(status, name)) for name in Status.__dataclass_fields__])


@dataclass
class Stage:
    """A session's folder, its mailbox, and the page that watches it."""

    folder: Path
    mailbox: Mailbox
    watched: Watched

    def tell(self, status: Status) -> None:
        """Control says this; the page looks at it at once."""
        self.mailbox.publish(numbers(status))
        self.watched.look()

    def move(self, last: Status, seconds: float = 20.0) -> None:
        """Twenty seconds of a knee that lags behind its reference a little, up to `last`."""
        for before in np.arange(seconds, 0.0, -0.05):
            at = last.time_s - before
            self.tell(replace(last, time_s=at, q_ref=knee(at), q=knee(at - 0.12) - 0.02, dq_ref=slope(at)))
        self.tell(last)


def knee(time_s: float) -> float:
    """20° to 65° and back in 7 s, in rad."""
    return math.radians(42.5 - 22.5 * math.cos(2.0 * math.pi * time_s / 7.0))


def slope(time_s: float) -> float:
    """The reference's speed in rad/s."""
    return math.radians(22.5 * 2.0 * math.pi / 7.0 * math.sin(2.0 * math.pi * time_s / 7.0))


def stage(folder: Path, title: str = "KNEE-20261121-0001") -> Stage:
    """A session of the shipped plan that has just got its mailbox, in `folder`."""
    exercise = load_exercise("knee-walking")
    controller = exercise.controller()
    plan, robot = exercise.plan.content, exercise.robot.model_dump(mode="json")
    order = Order("f", plan, robot, {"height_m": 1.7, "mass_kg": 70.0}, {}, {"sim": "passive"}, None, None)
    folder.mkdir(parents=True)
    (folder / SESSION).write_text(json.dumps(order.facts))
    mailbox = Mailbox.create(folder / MAILBOX)
    first_wish(mailbox, controller.adjustables)
    watched = Watched(title)
    watched.begin(folder)
    watched.look()
    return Stage(folder, mailbox, watched)


def page(shown: Stage, words: Words, interrupt: Callable[[], Note] = lambda: Note("page-key-interrupt")) -> Page:
    """The page of a stage, to be run by a pilot."""
    return Page(shown.watched, words, interrupt)


def lines(shown: Page) -> list[str]:
    """What stands on a page's screen."""
    return [strip.text for strip in shown.screen._compositor.render_strips(shown.size)]


def on_page(shown: Page, then: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (80, 24)) -> None:
    """Do something on a page that is shown in a terminal of this size."""

    async def go() -> None:
        async with shown.run_test(size=size) as pilot:
            await then(pilot)

    asyncio.run(go())


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    """Let the page go on until something is true of it, for two minutes at most: a machine may have much else to do."""
    patience = time.monotonic() + 120.0
    while not true():
        assert time.monotonic() < patience, "\n".join(lines(pilot.app))
        await pilot.pause(0.01)


async def reads(pilot: Pilot[None], text: str) -> None:
    """Let the page go on until a text stands on it."""
    await until(pilot, lambda: text in "\n".join(lines(pilot.app)))
