"""The stops' inputs around a session: seen working before there is torque, and looked at again after a fault."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from careloop.session.files import STOP_INPUT
from careloop.session.hand_test import LOOK_S, PRESS_S, Ask, Step, hand_test
from careloop.session.supervision import start_process
from hardware.health import read_health
from hardware.link import SerialLink
from robot.description import RobotDescription
from robot.emergency_stop import Contact, EmergencyStop
from robot.errors import CareloopError, CheckFailed, DeviceError, InputError
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Event
from robot.runtime.stop_input import HAND, Said, judge, read_input, volts_said
from session_records.ending import End
from session_records.events import read_events, write_events
from session_records.folder import read_session

FIRST_WORD_S = 20.0
"""The watcher must have said something after so long: its start takes a second, and many on an overloaded machine."""

FOLLOW_S = 3.0
"""When one channel says pressed, how long the other may take: a supply's capacitors empty. Assumed."""

LOOKED_AT_AFTER = {"emergency-stop", "stop-input-silent", "bus-silent", "drive-error"}
"""Faults after which it is told whether the channels agree: any of them may be an emergency stop."""

RAIL = {Said.RELEASED: "live", Said.PRESSED: "cut", Said.SILENT: "unknown"}
"""What a channel says, in the words of the motors' power."""


@dataclass(frozen=True, slots=True)
class Look:
    """What both channels say at one moment, and the supply voltage in V at each drive, None where it is silent."""

    digital: Said
    rail: Said
    volts: tuple[float | None, ...]

    def both(self, said: Said) -> bool:
        """Whether both say it."""
        return self.digital is said and self.rail is said


@dataclass(frozen=True, slots=True)
class WorkingStop:
    """A robot's stop inputs, as they are read outside of a session's loop: both channels of the emergency stop, and
    the hand switch.

    `facts` say how they were seen working at this start; they are kept in the session's order.
    """

    robot: RobotDescription
    described: EmergencyStop
    ports: Mapping[str, str]
    mailbox: Mailbox
    facts: dict[str, Any]

    def digital(self) -> Said:
        """What the digital input says now, by the watcher."""
        return read_input(self.mailbox, self.described.silence_s)

    def hand(self) -> Said:
        """What the hand switch says now, by the watcher."""
        return read_input(self.mailbox, self.described.silence_s, at=HAND)

    def look(self) -> Look:
        """What both say now; torque is off then. Raises `DeviceError` where a bus cannot be opened."""
        volts = tuple(None if one is None else one.volts for one in read_health(self.robot, self.ports))
        return Look(self.digital(), volts_said(volts, self.described.supply_v), volts)

    def look_anyway(self) -> Look:
        """What both say now, where a bus that cannot be opened says nothing."""
        try:
            return self.look()
        except DeviceError:
            return Look(self.digital(), Said.SILENT, ())

    def settle(self, end: End, folder: Path) -> End:
        """How the session ended, by both channels: after a fault that may be theirs they are looked at once more.

        What they say is added to the session's events. Blocks for at most a second or so.
        """
        if end.reason not in LOOKED_AT_AFTER:
            return end
        time.sleep(2.0 * self.robot.silence_s)  # drives that missed the stop trip by silence: questions would feed them
        seen, code = look_again(self.look_anyway, self.described.disagree_s)
        at = time.monotonic() - read_session(folder).monotonic_start_s
        told = Event(at, "stop-channels", {"digital": seen.digital.value, "rail": RAIL[seen.rail]})
        write_events(folder, (*read_events(folder), told))
        settled = replace(end, reason=code or end.reason)
        settled.write(folder)
        return settled


@contextmanager
def working_stop(
    folder: Path, robot: RobotDescription, ports: Mapping[str, str], port: str, ask: Ask, interrupts: list[int]
) -> Iterator[WorkingStop]:
    """Start the watcher of the inputs at `port`, have button and hand switch pressed and released, and watch on.

    Raises `CheckFailed` or `DeviceError` with what does not react, `KeyboardInterrupt` when given up.
    """
    described = robot.emergency_stop
    if described is None:
        raise InputError("stop-input-not-described", field="--stop-input", robot=robot.name)
    with SerialLink(port, described.baud):
        pass  # a port that does not open is better told here than by the watcher
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mailbox = Mailbox.create(folder / STOP_INPUT)
    stop = WorkingStop(robot, described, ports, mailbox, {"port": port})
    contacts = [Contact(unit=one.unit, input=one.input) for one in (described, robot.hand_switch) if one is not None]
    words = (STOP_INPUT, port, str(described.baud), *(one.model_dump_json() for one in contacts))
    watcher = start_process(folder, "careloop.session.stop_watch", *words)
    places = [{"port": port, "baud": described.baud, **one.model_dump()} for one in contacts]
    try:
        _await_first_word(stop.digital, places[0])
        steps = start_test(stop.look, ask, lambda: bool(interrupts), places[0])
        if robot.hand_switch is not None:
            steps += hand_test(stop.hand, ask, lambda: bool(interrupts), places[1])
        yield replace(stop, facts={"port": port, "test": [asdict(step) for step in steps]})
    finally:
        watcher.kill()
        watcher.wait()


def start_test(
    look: Callable[[], Look],
    ask: Ask,
    given_up: Callable[[], bool],
    place: Mapping[str, object],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Step]:
    """Ask a person to press the button and to release it; both channels must have been seen to follow, each time.

    `place` says for an error where the input is. Raises as `working_stop` does.
    """

    def follow(said: Said) -> Step:
        code = "stop-press" if said is Said.PRESSED else "stop-release"
        ask(code)
        begun, half = clock(), None
        while not (seen := look()).both(said):
            if given_up():
                raise KeyboardInterrupt
            if said is Said.PRESSED and half is None and said in (seen.digital, seen.rail):
                half = clock()
            if clock() - begun > PRESS_S or (half is not None and clock() - half > FOLLOW_S):
                raise _refusal(said, seen, place)
            sleep(LOOK_S)
        return Step(code, clock() - begun, seen.volts)

    wanted = [Said.PRESSED, Said.RELEASED]
    return [follow(said) for said in (wanted if look().both(Said.RELEASED) else [Said.RELEASED, *wanted])]


def look_again(
    look: Callable[[], Look],
    disagree_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Look, str]:
    """What the channels say once they agree or have differed for too long, with the code of what it means, if any."""
    differing_since: float | None = None
    while True:
        seen, now = look(), clock()
        if seen.both(Said.PRESSED):
            return seen, judge(seen.digital, seen.rail)[1]
        if {seen.digital, seen.rail} != {Said.PRESSED, Said.RELEASED}:
            return seen, ""
        differing_since = now if differing_since is None else differing_since
        if now - differing_since > disagree_s:
            return seen, "stop-channels-disagree"
        sleep(LOOK_S)


def _await_first_word(digital: Callable[[], Said], place: Mapping[str, object]) -> None:
    until = time.monotonic() + FIRST_WORD_S
    while digital() is Said.SILENT:
        if time.monotonic() > until:
            raise DeviceError("stop-input-unread", **place)
        time.sleep(LOOK_S)


def _refusal(wanted: Said, seen: Look, place: Mapping[str, object]) -> CareloopError:
    """The channel that did not follow, with its remedy."""
    if seen.digital is Said.SILENT:
        return DeviceError("stop-input-unread", **place)
    if seen.digital is not wanted and seen.rail is not wanted and wanted is Said.PRESSED:
        return CheckFailed("stop-not-pressed", seconds=PRESS_S)
    if seen.digital is not wanted:
        return CheckFailed("stop-input-closed" if wanted is Said.PRESSED else "stop-input-open", **place)
    volts = ", ".join("no answer" if one is None else f"{one:g} V" for one in seen.volts)
    return CheckFailed("stop-rail-live" if wanted is Said.PRESSED else "stop-rail-cut", volts=volts)
