"""Conditions of a trial: what goes wrong with drives, bus, person and straps, and how it shows to the control."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robot.drive import Drive
from sim_models.virtual_patient.joints import JointName


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` s, counted from the plant's opening, for `duration` s; its end is not part of it."""

    start: float
    duration: float

    def holds(self, time: float) -> bool:
        """Whether `time` s is inside; a rounding error before the start or the end counts as past it."""
        return self.duration > 0.0 and -1e-9 <= time - self.start < self.duration - 1e-9


NEVER = Interval(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Pulse:
    """A person's torque at each of these `joints`, from `start` s for `duration` s.

    A share of the joint's healthy `strength`, that of the positive way above zero and that of the way back below.
    """

    start: float
    duration: float
    strength: float
    joints: tuple[JointName, ...]

    @property
    def interval(self) -> Interval:
        """When it acts."""
        return Interval(self.start, self.duration)


@dataclass(frozen=True, slots=True)
class Slip:
    """From `start` s on the straps sit `distance` m further down the limbs."""

    start: float
    distance: float


NO_PULSE = Pulse(math.inf, 0.0, 0.0, ())
NO_SLIP = Slip(math.inf, 0.0)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a plant suffers; the plain one suffers nothing. What is drawn at random is drawn from `seed`.

    On the way: `delay_s` is added between measurement and torque, and up to `jitter_s` more at random, each command for
    itself, none overtaking another. `lost_share` of the replies do not come. While `silence` holds, nothing passes on
    the bus in either direction.

    What drives measure: while `nonsense` holds, they reply, in time and valid in form, with what is not a number.
    `noise_rad` and `noise_rad_s` are standard deviations of angle and velocity, `bias_rad` stands on every angle;
    from `wrap_s` on the encoder tells one turn of the drive too little. `backlash_rad` is the joint's play that the
    encoder, on the drive's side of it, does not see; that no torque passes within the play is not modelled.

    What drives give: `torque_share` of what they are asked for, and `friction_share` of the friction that their
    description names. Somebody presses the emergency stop at `emergency_s`. From `power_lost_s` on there is no power:
    no torque, no current that keeps brakes open, no word on the bus.

    What the person does (`sim_models.upset`): a `spasm` turns its joints with its torque, at once and whatever the
    motion; somebody who `pushes_back` holds its joints where they were at that moment, with no more than its share of
    the weaker way's strength; from `lets_go_s` on the person's effort is nothing. The straps `slip`.
    The axes of the robot's and the limb's joint on the base are `misaligned` (x, z) by so many m from the beginning.
    """

    name: str
    delay_s: float = 0.0
    jitter_s: float = 0.0
    lost_share: float = 0.0
    silence: Interval = NEVER
    nonsense: Interval = NEVER
    noise_rad: float = 0.0
    noise_rad_s: float = 0.0
    bias_rad: float = 0.0
    wrap_s: float = math.inf
    backlash_rad: float = 0.0
    torque_share: float = 1.0
    friction_share: float = 1.0
    emergency_s: float = math.inf
    power_lost_s: float = math.inf
    spasm: Pulse = NO_PULSE
    pushes_back: Pulse = NO_PULSE
    lets_go_s: float = math.inf
    slip: Slip = NO_SLIP
    misaligned: tuple[float, float] = (0.0, 0.0)
    seed: int = 0

    @property
    def misleads(self) -> bool:
        """Whether what is measured is not what the encoders would tell, or does not always come."""
        return self.wrap_s < math.inf or any(
            (self.lost_share, self.noise_rad, self.noise_rad_s, self.bias_rad, self.backlash_rad)
        )

    @property
    def upsets(self) -> bool:
        """Whether person or straps do what they did not do before."""
        starts = self.spasm.start, self.pushes_back.start, self.lets_go_s, self.slip.start
        return min(starts) < math.inf

    @property
    def starts_s(self) -> float:
        """When what has a beginning begins; infinity where nothing has."""
        fixed = (one.start for one in (self.silence, self.nonsense) if one.duration > 0.0)
        return min([*fixed, self.wrap_s, self.emergency_s, self.power_lost_s])

    def is_silent(self, time: float) -> bool:
        """Whether nothing passes on the bus at `time` s."""
        return self.silence.holds(time) or time >= self.power_lost_s


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


class Sensing:
    """What the drives' encoders tell of the true motion under a condition; one for each run.

    Two of the same condition tell the same. `measured` is to be asked once a tick.
    """

    def __init__(self, condition: Condition, drives: Sequence[Drive]) -> None:
        self._condition = condition
        self._random = np.random.default_rng(condition.seed)
        self._turns = [2.0 * math.pi / (drive.gear * drive.direction) for drive in drives]
        self._played: list[float] | None = None

    def measured(self, time: float, q: Sequence[float], dq: Sequence[float]) -> tuple[list[float], list[float]]:
        """Angles in rad and velocities in rad/s as the encoders see them at `time` s."""
        condition, count = self._condition, len(self._turns)
        noise = self._random.standard_normal(2 * count).tolist()
        shaken = [
            one + condition.bias_rad + condition.noise_rad * n
            for one, n in zip(self._play(q), noise[:count], strict=True)
        ]
        if time >= condition.wrap_s:
            shaken = [one - turn for one, turn in zip(shaken, self._turns, strict=True)]
        return shaken, [one + condition.noise_rad_s * n for one, n in zip(dq, noise[count:], strict=True)]

    def lost(self) -> bool:
        """Whether this cycle's reply is lost."""
        share = self._condition.lost_share
        return share > 0.0 and self._random.random() < share

    def _play(self, q: Sequence[float]) -> list[float]:
        """The drive's side of a joint with play: it stays until the joint has taken up the play, then goes with it."""
        half = 0.5 * self._condition.backlash_rad
        last = q if self._played is None else self._played
        self._played = [min(max(side, joint - half), joint + half) for side, joint in zip(last, q, strict=True)]
        return self._played


class Delay:
    """Commands on their way to the drives: each arrives whole cycles after it was sent, none before an earlier one."""

    def __init__(self, condition: Condition, dt: float, first: list[int]) -> None:
        self._cycles = 1 + round(condition.delay_s / dt)
        self._more = round(condition.jitter_s / dt)
        self._random = np.random.default_rng([condition.seed, 1])
        self._sent = 0
        self._way: deque[tuple[int, list[int]]] = deque()
        self._arrived = first

    def passed(self, goal: list[int]) -> list[int]:
        """Send `goal`, and take the newest of those that have arrived by now."""
        way, due = self._way, self._sent + self._cycles
        if self._more:
            due += int(self._random.integers(self._more + 1))
            due = max(due, way[-1][0]) if way else due
        way.append((due, goal))
        while way[0][0] <= self._sent:  # the last one is never due at once
            self._arrived = way.popleft()[1]
        self._sent += 1
        return self._arrived
