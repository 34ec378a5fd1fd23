"""Conditions of a trial: what goes wrong between the drives and the control."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` s, counted from the plant's opening, for `duration` s; its end is not part of it."""

    start: float
    duration: float

    def holds(self, time: float) -> bool:
        """Whether `time` s is inside; a rounding error before the start or the end counts as past it."""
        return -1e-9 <= time - self.start < self.duration - 1e-9


NEVER = Interval(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a plant suffers; the plain one suffers nothing.

    `delay_s` is added between measurement and torque. While `nonsense` holds, drives reply, in time and valid in form,
    with angles, velocities and torques that are not a number. While `silence` holds, nothing passes on the bus in
    either direction.
    """

    name: str
    delay_s: float = 0.0
    nonsense: Interval = NEVER
    silence: Interval = NEVER


NOMINAL = Condition("nominal")


def more_delay(delay_s: float = 0.020) -> Condition:
    """Torque comes `delay_s` later than it should, all the time."""
    return Condition("more-delay", delay_s=delay_s)


def nonsense_measurement(start_s: float, duration_s: float = 0.010) -> Condition:
    """Drives measure NaN for a while."""
    return Condition("nan-measurement", nonsense=Interval(start_s, duration_s))


def silent_bus(start_s: float, duration_s: float = 0.100) -> Condition:
    """The bus is torn for a while."""
    return Condition("bus-silence", silence=Interval(start_s, duration_s))
