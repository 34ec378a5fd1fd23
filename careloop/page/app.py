"""The page of a running session: large words on one screen, and keys that never wait."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Key
from textual.widgets import Static

from careloop.messages.language import Words
from careloop.page.driver import EndingDriver
from careloop.page.look import COLOURS, CSS, HINTS, SIGNS
from careloop.page.terminal import terminal_gone
from careloop.page.view import camera, guard, phase, tiles
from careloop.page.watched import Watched
from careloop.page.widgets import Figure, Picture
from careloop.page.wishes import PAUSE, STEPS, Note, Wishes
from careloop.session.status import Camera
from robot.runtime.session_state import State, Trial

LOOK_S = 0.05
"""The screen follows 20 times a second: as fast as an eye does."""

TILES = ("angle", "repetition", "left", "assistance", "speed", "effort")

FOOT = ("guard", "stops", "camera", "note")
"""Lines below the picture."""

KEYS = {
    **dict.fromkeys(" \u3000", "stop"),
    **dict.fromkeys("pPｐＰ", "pause"),
    **dict.fromkeys("+=＋＝", "assistance up"),
    **dict.fromkeys("-－−", "assistance down"),
    **dict.fromkeys("<,＜，《", "speed down"),
    **dict.fromkeys(">.＞。．》", "speed up"),
    **dict.fromkeys("mMｍＭ", "mark"),
    "enter": "enter",
}
"""What each key means by its sign, also a full-width one of a Chinese keyboard, or by its name."""

STEPPED = {
    "assistance up": ("assistance", 1),
    "assistance down": ("assistance", -1),
    "speed up": ("motion.speed", 1),
    "speed down": ("motion.speed", -1),
}


def meant(key: Key) -> str | None:
    """What a key stands for."""
    return KEYS.get(key.key) or KEYS.get(key.character or "")


class Page(App[None], inherit_bindings=False):
    """Shows a session until it ended and Enter was pressed; `interrupt` is what Ctrl-C does.

    Space before there is a session to ask interrupts as well.
    """

    TITLE = "careloop"
    ENABLE_COMMAND_PALETTE = False
    CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", priority=True, show=False)]
    VERTICAL_BREAKPOINTS = [(0, "-tight"), (34, "-roomy")]  # noqa: RUF012  (as Textual declares it)

    def __init__(self, watched: Watched, words: Words, interrupt: Callable[[], Note]) -> None:
        super().__init__(driver_class=EndingDriver)
        self.watched = watched
        self._words = words
        self._interrupt = interrupt
        self._wishes: Wishes | None = None
        self._note: Note | None = None
        self._places = {name: Static("", id=name, markup=False) for name in ("phase", *FOOT)}
        self._places["camera"].add_class("unused")
        self._figures = {name: Figure(id=name, classes="tile") for name in TILES}
        self._picture = Picture(watched.course, id="plot")

    def compose(self) -> ComposeResult:
        """One line of title, the band with the state, numbers, picture, and what guard, stops and keys say."""
        yield Static(self.watched.title, id="title", markup=False)
        yield self._places["phase"]
        yield Container(*self._figures.values(), id="tiles")
        yield Static(self._words("page-legend"), id="legend", markup=False)
        yield self._picture
        foot = (self._places[name] for name in FOOT)
        yield Container(*foot, Static(self._words("page-keys"), id="keys", markup=False), id="foot")

    def on_mount(self) -> None:
        """Begin to follow the session."""
        if isinstance(self._driver, EndingDriver):
            self._driver.at_once = self._stop_at_once
        self._follow()
        self.set_interval(LOOK_S, self._follow)

    def on_unmount(self) -> None:
        """Let go of the threads that ask."""
        if self._wishes is not None:
            self._wishes.close()

    def on_key(self, event: Key) -> None:
        """Do what a key stands for; keys that stand for nothing do nothing."""
        meaning = meant(event)
        if meaning is None:
            return
        event.stop()
        if self.watched.end is not None:
            if meaning == "enter":
                self.exit()
        elif self._wishes is None:
            if meaning == "stop":
                self.action_interrupt()
        else:
            self._wish(meaning, self._wishes)

    @property
    def failure(self) -> Exception | None:
        """What the page ended with, where it failed."""
        return self._exception

    def _fatal_error(self) -> None:
        """Leave without a word: whoever shows the page says what happened, in one line."""
        self._close_messages_no_wait()

    def _stop_at_once(self, key: Key) -> None:
        """Set the stop's latch where the key stands for it; the page then says so when it gets to it."""
        if meant(key) == "stop" and self._wishes is not None and self.watched.end is None:
            self._wishes.latch_stop()

    def action_interrupt(self) -> None:
        """As the terminal's interrupt does elsewhere."""
        self._tell(self._interrupt())

    def _wish(self, meaning: str, wishes: Wishes) -> None:
        status = self.watched.status
        if meaning == "stop":
            wishes.stop()
        elif meaning == "pause":
            wishes.toggle_pause(status.state if status is not None else State.IDLE)
        elif meaning == "mark":
            wishes.mark()
        elif meaning in STEPPED:
            wishes.step(*STEPPED[meaning])
        elif status is not None and (status.trial is Trial.DONE or status.camera is Camera.READY):
            wishes.go_on()
        else:
            self._tell(Note("page-nothing-to-go-on"))

    def _tell(self, note: Note) -> None:
        """Show a note; from any thread."""
        self._note = note
        self.call_later(self._show_note)

    def _show_note(self) -> None:
        if self._note is not None:
            self._put("note", self._note.said(self._words), refused=self._note.refused)

    def _follow(self) -> None:
        """Look at the session, and show it."""
        watched = self.watched
        watched.look()
        if watched.running is not None and self._wishes is None:
            self._wishes = Wishes(watched.running, self._tell)
        self._show_phase()
        shown = tiles(watched.status, watched.effort.value, self._targets(), self._words, watched.joint)
        for name, place in self._figures.items():
            place.show(shown[name])
        self._picture.show(watched.range_deg)
        if watched.status is not None and watched.stops is not None:
            self._put("guard", guard(watched.acting, self._words), acts=bool(watched.acting))
            said, acts = watched.stops.said(self._words)
            self._put("stops", said, acts=acts)
            said, acts = camera(watched.status.camera, self._words)
            self._put("camera", said, acts=acts, unused=not said)
        if watched.leave or (isinstance(self._driver, EndingDriver) and terminal_gone(self._driver.fileno)):
            self.exit()

    def _show_phase(self) -> None:
        """The band: what the session does, or how it ended, with what can be done now."""
        watched, words = self.watched, self._words
        end = watched.end
        if end is not None:
            code, said = ("page-completed" if end == "completed" else "page-ended"), words(end)
        elif watched.prompt is not None:
            code, said = "page-prompt", words(watched.prompt)
        else:
            pausing = self._wishes is not None and self._wishes.target(PAUSE) == 1.0
            code = phase(watched.status, pausing)
            said = words(code)
        sign, colours = SIGNS[code]
        hint = f" – {words(HINTS[code])}" if code in HINTS else ""
        self._put("phase", f"{sign}  {said}{hint}", **{one: one == colours for one in COLOURS})
        self.set_class(end is not None, "over")

    def _targets(self) -> dict[str, float]:
        """Where the values that keys change are on their way to; nowhere in a session that ends."""
        wishes, status = self._wishes, self.watched.status
        if wishes is None or self.watched.running is None or status is None or status.stopping:
            return {}
        return {name: wishes.target(name) for name in STEPS if name in self.watched.running.ranges}

    def _put(self, name: str, text: str, **classes: bool) -> None:
        """Say `text` in the place of that name, if it says something else, in the colours of its classes."""
        place = self._places[name]
        for one, wanted in classes.items():
            place.set_class(wanted, one)
        if str(place.content) != text:
            place.update(text)
