"""The patient's hand switch, seen working before there is torque."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from robot.errors import CareloopError, CheckFailed, DeviceError
from robot.runtime.stop_input import Said

PRESS_S = 30.0
"""How long a person may take to press or to release. Assumed."""

LOOK_S = 0.05

Ask = Callable[[str], None]
"""Asks a person for what a code stands for: `stop-press`, `stop-release`, `hand-press` or `hand-release`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a start test: what was asked for and came after so many seconds.

    With the supply voltages in V then, where they are looked at, None for a drive that is silent.
    """

    asked: str
    after_s: float
    volts: tuple[float | None, ...] = ()


def hand_test(
    look: Callable[[], Said],
    ask: Ask,
    given_up: Callable[[], bool],
    place: Mapping[str, object],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Step]:
    """Have the patient press the switch and release it; it must have been seen to follow, each time.

    `place` says for an error where the input is. Raises `CheckFailed` or `DeviceError` where it does not follow,
    `KeyboardInterrupt` when given up.
    """

    def follow(said: Said) -> Step:
        code = "hand-press" if said is Said.PRESSED else "hand-release"
        ask(code)
        begun = clock()
        while (seen := look()) is not said:
            if given_up():
                raise KeyboardInterrupt
            if clock() - begun > PRESS_S:
                raise _refusal(said, seen, place)
            sleep(LOOK_S)
        return Step(code, clock() - begun)

    wanted = [Said.PRESSED, Said.RELEASED]
    return [follow(said) for said in (wanted if look() is not Said.PRESSED else [Said.RELEASED, *wanted])]


def _refusal(wanted: Said, seen: Said, place: Mapping[str, object]) -> CareloopError:
    if seen is Said.SILENT:
        return DeviceError("hand-input-unread", **place)
    return CheckFailed("hand-not-pressed" if wanted is Said.PRESSED else "hand-not-released", **place)
