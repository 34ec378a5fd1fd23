"""The emergency stop's two channels, judged together, and the patient's hand switch.

One channel is a digital input that another process reads and publishes with its time; the other is the motors' power
as the drives show it: present, or cut (no answer, or too low a voltage). Either one alone takes the torque away. The
hand switch is one more digital input, and stops softly.
"""

import math
import time
from collections.abc import Callable
from enum import Enum

from robot.emergency_stop import EmergencyStop
from robot.runtime.mailbox import Mailbox
from robot.runtime.session import StopSource
from robot.runtime.session_state import Severity, State
from robot.tick import Array, Row

STATUS = ("asked_at_s", "closed", "hand_asked_at_s", "hand_closed")
"""What the process that reads the inputs publishes: when it asked, on the monotonic clock, and whether the contact was
closed (1 or 0); the same of the hand switch, NaN where there is none."""

EMERGENCY, HAND = 0, 2
"""Where an input's two numbers begin among them."""

VOLTAGE_ERROR = 1 << 0
"""Bit of a drive's hardware error, as DYNAMIXEL has it: its supply is outside of its limits."""


Clock = Callable[[], float]
"""A monotonic clock in s."""


class Said(Enum):
    """What one channel says."""

    RELEASED = "released"
    PRESSED = "pressed"
    SILENT = "silent"


def judge(digital: Said, rail: Said) -> tuple[Severity, str]:
    """The stop that the two channels ask for, with the code of its reason: either one alone takes the torque away."""
    if Said.PRESSED in (digital, rail):
        return Severity.OFF, "emergency-stop"
    if Said.SILENT in (digital, rail):
        return Severity.OFF, "stop-input-silent"
    return Severity.NONE, ""


def read_input(mailbox: Mailbox, silence_s: float, clock: Clock = time.monotonic, at: int = EMERGENCY) -> Said:
    """What the digital input says now whose word begins `at` a place in the status; does not wait."""
    before = clock()
    status = mailbox.status(len(STATUS))
    return input_said(None if status is None else status[at : at + 2], before, clock(), silence_s)


def input_said(status: Array | None, before: float, after: float, silence_s: float) -> Said:
    """What a digital input says by its part of `STATUS`, read between two moments (s); too old a word is silence.

    Age counts to the moment before: a reader that was halted between must not take that for silence. What is no number,
    or was asked after the reading, is no word.
    """
    if status is None or not all(map(math.isfinite, status)):
        return Said.SILENT
    asked, closed = float(status[0]), float(status[1])
    if before - asked > silence_s or asked > after:
        return Said.SILENT
    return {0.0: Said.PRESSED, 1.0: Said.RELEASED}.get(closed, Said.SILENT)


def rail_said(row: Row, silence_s: float) -> Said:
    """What the motors' power says in a tick: a drive that does not answer, or has too little voltage, is without.

    An armed session has no torque and still waits for its first answers: their absence is judged from then on.
    """
    if any(_supply_failed(error) for error in row.drive_error.tolist()):
        return Said.PRESSED
    silent = row.state[0] > State.ARMED and not row.age[0] <= silence_s
    return Said.PRESSED if silent else Said.RELEASED


def _supply_failed(error: float) -> bool:
    """Whether a drive's error bits say so; NaN is a drive without an answer, told by the row's age."""
    return bool(int(error) & VOLTAGE_ERROR) if math.isfinite(error) else error > 0.0


def volts_said(volts: tuple[float | None, ...], present_above: float) -> Said:
    """What the motors' power says by each drive's voltage in V, None for no answer; not all of one mind is silence."""
    live = {one is not None and one >= present_above for one in volts}
    return {frozenset({True}): Said.RELEASED, frozenset({False}): Said.PRESSED}.get(frozenset(live), Said.SILENT)


def emergency_stop(
    mailbox: Mailbox, described: EmergencyStop, bus_silence_s: float, clock: Clock = time.monotonic
) -> StopSource:
    """Asks for torque off as soon as either channel says pressed, or the input has been silent for too long."""
    return lambda row: judge(read_input(mailbox, described.silence_s, clock), rail_said(row, bus_silence_s))


def hand_switch(mailbox: Mailbox, silence_s: float, clock: Clock = time.monotonic) -> StopSource:
    """Asks for a soft stop as soon as the patient's switch says pressed, or has been silent for too long."""
    asked = {
        Said.RELEASED: (Severity.NONE, ""),
        Said.PRESSED: (Severity.SOFT, "hand-switch"),
        Said.SILENT: (Severity.SOFT, "hand-switch-silent"),
    }
    return lambda row: asked[read_input(mailbox, silence_s, clock, HAND)]
