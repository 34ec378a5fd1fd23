"""Pictures of the session page: `python -m tests.pictures FOLDER` draws every scene, in each language and size.

`python -m tests.pictures` draws the ones that the documents show, into docs/pictures. What they show was made up: a
knee that follows its reference.
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

from rich.cells import cell_len

from careloop.messages.language import Words
from careloop.page.watched import Watched
from careloop.session.status import Camera
from robot.guard import Flag
from robot.runtime.session_state import Severity, State, Trial
from tests.careloop.page_kit import CHINESE, ENGLISH, RUNNING, Stage, page, stage

SIZES = (80, 24), (120, 40)
PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SHOWN = (
    ("held", ENGLISH, (80, 24)),
    ("running", ENGLISH, (120, 40)),
    ("camera", ENGLISH, (80, 24)),
    ("stopped", CHINESE, (80, 24)),
)
"""What the documents show."""

CELL = 12.2
"""Width of a cell in the pictures, as Rich draws them."""

TRIAL = replace(RUNNING, trial=Trial.RUNNING, repetition=0, assistance=0.8, speed=0.2, time_s=8.0, tau_interaction=-2.4)
HELD = replace(TRIAL, state=State.PAUSED, trial=Trial.DONE, dq_ref=0.0, tau_interaction=0.0, time_s=21.0)


def prompt(shown: Stage) -> None:
    shown.watched = Watched(shown.watched.title, prompt="stop-press")


def stopped(shown: Stage) -> None:
    shown.move(replace(RUNNING, state=State.FAULT, stopping=Severity.OFF))
    shown.watched.end = "emergency-stop"


def unseen(shown: Stage) -> None:
    shown.move(replace(RUNNING, state=State.STOPPED, stopping=Severity.SOFT, camera=Camera.LOST))
    shown.watched.end = "vision-lost"


def completed(shown: Stage) -> None:
    shown.move(replace(RUNNING, state=State.STOPPED, stopping=Severity.FINISH, repetition=10, time_s=500.0))
    shown.watched.end = "completed"


SCENES: dict[str, tuple[Callable[[Stage], None], tuple[str, ...]]] = {
    "prompt": (prompt, ()),
    "trial": (lambda shown: shown.move(TRIAL, 8.0), ()),
    "held": (lambda shown: shown.move(HELD), ()),
    "running": (lambda shown: shown.move(RUNNING), ("minus",)),
    "paused": (lambda shown: shown.move(replace(RUNNING, state=State.PAUSED, dq_ref=0.0)), ()),
    "most": (lambda shown: shown.move(RUNNING), ("plus",)),
    "guard": (lambda shown: shown.move(replace(RUNNING, flags=Flag.TORQUE | Flag.POWER, tau_interaction=6.0)), ()),
    "camera": (lambda shown: shown.move(replace(RUNNING, camera=Camera.READY, assistance=0.45)), ()),
    "camera-tracking": (lambda shown: shown.move(replace(RUNNING, camera=Camera.TRACKING)), ()),
    "camera-degraded": (lambda shown: shown.move(replace(RUNNING, camera=Camera.DEGRADED, assistance=0.45)), ()),
    "camera-lost": (lambda shown: shown.move(replace(RUNNING, camera=Camera.LOST, stopping=Severity.SOFT)), ()),
    "camera-ended": (unseen, ()),
    "stopping": (lambda shown: shown.move(replace(RUNNING, stopping=Severity.SOFT)), ("space",)),
    "stopped": (stopped, ()),
    "completed": (completed, ()),
}
"""Each scene: what control tells, and the keys that are pressed then."""


async def draw(scene: str, words: Words, size: tuple[int, int]) -> str:
    """One scene as SVG."""
    tell, keys = SCENES[scene]
    with tempfile.TemporaryDirectory() as folder:
        shown = stage(Path(folder) / "session", f"KNEE-20261121-0001 · P-7F3K9Q · {words('side-left')}")
        shown.mailbox.acknowledge(100, taken=True)
        tell(shown)
        drawn = page(shown, words)
        async with drawn.run_test(size=size) as pilot:
            await pilot.press(*keys)
            await pilot.pause()
            return at_home(wide(drawn.export_screenshot()))


def wide(svg: str) -> str:
    """Chinese signs at two cells each: Rich gives a text as many cells as it has signs."""

    def mended(found: re.Match[str]) -> str:
        text = unescape(found[3])
        return found[0] if text.isascii() else f"{found[1]}{CELL * cell_len(text):g}{found[2]}{found[3]}</text>"

    return re.sub(r'(<text[^>]*textLength=")[^"]*("[^>]*>)([^<]*)</text>', mended, svg)


def at_home(svg: str) -> str:
    """Without fonts from elsewhere: the reader's own are good enough."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def main(folder: Path | None) -> None:
    """Draw all scenes into `folder`, or those of the documents into theirs."""
    every = [(scene, words, size) for scene in SCENES for words in (ENGLISH, CHINESE) for size in SIZES]
    target = folder or PICTURES
    target.mkdir(parents=True, exist_ok=True)
    for scene, words, size in SHOWN if folder is None else every:
        name = f"session-{scene}" if folder is None else f"{scene}-{words.language}-{size[0]}"
        (target / f"{name}.svg").write_text(asyncio.run(draw(scene, words, size)), encoding="utf-8")
        print(target / f"{name}.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
