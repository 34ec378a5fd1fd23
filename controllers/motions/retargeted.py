"""A target that may change at any moment, followed within limits of velocity, acceleration and jerk (ruckig)."""

from collections.abc import Mapping, Sequence
from math import isfinite, radians

from ruckig import ControlInterface, InputParameter, Ruckig, RuckigError, Synchronization, Trajectory

from controllers.motions.approach import APPROACH_AT_LEAST_S
from controllers.motions.joint_pace import JointPace
from controllers.motions.quintic import Sampled
from robot.tick import Row

TARGET = "motion.target_deg."
"""How the name of a joint's target begins; the joint follows."""


class RetargetedMotion:
    """Every joint goes to its target as fast as its pace allows, and on to another one whenever that changes.

    Each joint takes the least time from its state of the moment to rest at its target (Berscheid and Kröger 2021), by
    itself: so it brakes at once where it has to turn, and never leaves the range of where it began and of its targets.
    A pause or a stop leads to rest in the least time. It stands where it began while the torque fades in; then targets
    are taken up for `lasts_s`, without pauses, and the way to the last one is ended. `targets_deg` and `pace` have the
    joints in the row's order.

    Where ruckig finds no way, the joints keep to the one that they are on, and it is asked again in the next tick.
    """

    def __init__(self, targets_deg: Mapping[str, float], pace: Sequence[JointPace], lasts_s: float, dt: float) -> None:
        self._targets = {f"{TARGET}{joint}": radians(value) for joint, value in targets_deg.items()}
        self._lasts_s = lasts_s
        self._dt = dt
        self._solver = Ruckig(len(pace))
        self._asked = _asked(pace)
        self.begin(list(self._targets.values()))

    def begin(self, q: Sequence[float]) -> None:
        """Start from joint angles `q` in rad, at rest, with the targets as they are; a pause or stop is forgotten."""
        self._still = [0.0] * len(self._targets)
        self._state: Sampled = ([float(one) for one in q], self._still, self._still)
        self._way: Trajectory | None = None
        self._way_from_s = 0.0
        self._led_to: list[float] | None = None
        self._ticks = self._held_ticks = 0
        self._paused = self._resting = self._over = False
        self._stands = True

    @property
    def duration_s(self) -> float:
        """How long from `begin` to rest in s, if nothing more changes: it grows while paused."""
        arrives_s = self._way_from_s + (self._way.duration if self._way else 0.0)
        return arrives_s if self._resting else max(self._ends_s, arrives_s)

    @property
    def _ends_s(self) -> float:
        """From when on no new target is taken up."""
        return APPROACH_AT_LEAST_S + self._lasts_s + self._held_ticks * self._dt

    @property
    def speed(self) -> float:
        """1: its pace is not adjusted."""
        return 1.0

    def pause(self) -> None:
        """Slow down without a jump and hold, until `resume`."""
        self._paused = True

    def resume(self) -> None:
        """Go on to the targets, from wherever a pause has got to."""
        self._paused = False

    @property
    def held(self) -> bool:
        """Whether the reference stands still because of a pause."""
        return self._paused and self._led_to is None and self._stands and not self.at_rest

    def adjust(self, name: str, value: float) -> None:
        """Go over to another `motion.target_deg.JOINT` (°)."""
        if name not in self._targets or not isfinite(value):
            raise ValueError(f"{name} cannot be adjusted to {value}")
        self._targets[name] = radians(value)

    def come_to_rest(self) -> None:
        """From the next tick on, slow down and stay; calling it again changes nothing."""
        self._resting = True

    @property
    def at_rest(self) -> bool:
        """Whether the exercise is over and the reference stands still."""
        return self._over or (self._resting and self._led_to is None and self._stands)

    def sample(self, row: Row) -> None:
        """Write this tick's reference into the row and go on by one tick."""
        time = self._ticks * self._dt
        since = time - self._held_ticks * self._dt - APPROACH_AT_LEAST_S
        stop = self._paused or self._resting
        wanted = None if stop or since < 0.0 else list(self._targets.values())
        if wanted != self._led_to and not self._over and (stop or time <= self._ends_s):
            self._lead(time, wanted)
        self._state = self._state_at(time)
        row.q_ref[:], row.dq_ref[:], row.ddq_ref[:] = self._state
        row.phase[0] = min(1.0, max(0.0, since / self._lasts_s))
        row.repetition[0] = float(since >= 0.0)
        self._stands = self._way is None or time >= self._way_from_s + self._way.duration
        self._over = self._over or (self._stands and not stop and time > self._ends_s)
        self._held_ticks += self._paused
        self._ticks += 1

    def _state_at(self, time: float) -> Sampled:
        """Where the joints are on their way, exactly at rest at its end."""
        if self._way is None:
            return self._state
        since = time - self._way_from_s
        q, dq, ddq = self._way.at_time(min(since, self._way.duration))
        return (q, self._still, self._still) if since >= self._way.duration else (q, dq, ddq)

    def _lead(self, time: float, wanted: list[float] | None) -> None:
        """Set out for the wanted targets, or for rest, from the state at `time`."""
        asked, way = self._asked, Trajectory(len(self._still))
        asked.current_position, asked.current_velocity, asked.current_acceleration = self._state_at(time)
        asked.control_interface = ControlInterface.Position if wanted else ControlInterface.Velocity
        asked.target_position = wanted or asked.current_position
        try:
            self._solver.calculate(asked, way)
        except RuckigError:
            return
        self._way, self._way_from_s, self._led_to = way, time, wanted


def quickest_s(start: Sequence[float], target: Sequence[float], pace: Sequence[JointPace]) -> float:
    """The least time in s in which every joint can get from rest at `start` to rest at `target` (rad)."""
    way = Trajectory(len(pace))
    asked = _asked(pace)
    asked.current_position, asked.target_position = list(start), list(target)
    Ruckig(len(pace)).calculate(asked, way)
    return float(way.duration)


def _asked(pace: Sequence[JointPace]) -> InputParameter:
    """What ruckig is asked, as far as it does not change: each joint by itself, within its limits."""
    asked = InputParameter(len(pace))
    asked.synchronization = Synchronization.No
    asked.max_velocity = [one.velocity for one in pace]
    asked.max_acceleration = [one.acceleration for one in pace]
    asked.max_jerk = [one.jerk for one in pace]
    return asked
