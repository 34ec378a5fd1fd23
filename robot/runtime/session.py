"""A session's course: armed, running, paused, stopped or fault; when torque fades, and why it ended."""

from collections.abc import Callable, Sequence

from robot.description import Brakes
from robot.guard import STOPPING_FLAGS, Flag
from robot.motion import Motion
from robot.runtime.braking import Braking
from robot.runtime.session_state import TRANSITIONS, Event, Severity, State, TransitionRefused
from robot.runtime.settling import Settling
from robot.tick import Fields, Numbers, Row

ARMING_TICKS = 25
"""Good measurements in a row before torque may rise: 50 ms at 500 Hz, longer than any single lost reply."""

ARMING_LIMIT_S = 2.0
"""Without them after this long, *fault*."""

FADE_IN_S = 1.0
FADE_OUT_S = 1.0
"""Torque rises and falls over a second at ordinary starts and ends: the limb is taken over and let go, not grabbed."""

SOFT_FADE_S = 0.06
"""A soft stop asks for zero torque within this; the guard's rate limit may stretch it, 100 ms is the gate."""

SOFT_STOP_LIMIT_S = 0.3
"""A stop whose torque should be gone and is not after this, three times what the gate allows, becomes torque off."""

PAUSE_LIMIT_S = 600.0
"""A pause that is longer becomes a FINISH: ten minutes, so that nobody is held in a posture, and no drive kept warm,
without being looked after. Assumed."""

LOST_ROWS_LIMIT_S = 2.0
"""Rows may be lost to a full ring for this long before control stops softly."""

ZERO_TORQUE = 1e-6
"""N·m that count as no torque."""

StopSource = Callable[[Row], tuple[Severity, str]]
"""Looks at a tick's row, or beyond it, and gives the stop that it asks for with the code of its reason."""


class Session:
    """What state a session is in and what follows from each tick; only named transitions exist.

    Every one of the `sources` is asked once a tick; the loop sets `lost_row` when the ring had no room; `pause_wished`
    is set from outside, at any time. `events` collects what happened.
    """

    def __init__(
        self,
        motion: Motion,
        dt: float,
        silence_s: float,
        sources: Sequence[StopSource] = (),
        settling: Settling | None = None,
        brakes: Brakes | None = None,
    ) -> None:
        self.state = State.IDLE
        self.reason = ""
        self.events: list[Event] = []
        self.lost_row = False
        self.pause_wished = False
        self.stopping = Severity.NONE
        self.ended = False
        """Whether no torque will follow."""
        self._moving = False
        self._motion = motion
        self.dt = dt
        self._silence_s = silence_s
        self._sources = tuple(sources)
        self._settling, self._braking = settling or Settling(), Braking(brakes)
        self._free = not self._braking.present
        self._fade = 0.0
        self._slowed = False
        self._let_go_since = 0.0
        self._paused_since = 0.0
        self._good_ticks = 0
        self._lost_s = 0.0
        self._time = 0.0

    def arm(self) -> None:
        """Ready to measure, without torque."""
        self._go(State.ARMED)

    def before_law(self, row: Row) -> None:
        """Set reference, fade and state for this tick from what was measured."""
        numbers = row.numbers
        self._time = numbers.time[0]
        if not self._moving and self.state is State.ARMED:
            row.q_ref[:] = row.q
            self._arming(row)
        if self._moving:
            if (self.pause_wished or self._slowed) and not self.stopping:
                self._heed_pause()
            # Until brakes are open a reference that moved on would be a spring that is let go.
            if self._free:
                self._motion.sample(row)
            # In by far most ticks the torque is there and stays.
            if self._fade < 1.0 or self.stopping or not self._free or self._motion.at_rest:
                self._advance_fade(row)
        numbers.fade[0] = self._smooth(self._fade) if self._fade < 1.0 else 1.0
        numbers.state[0] = self.state

    def after_guard(self, row: Row) -> None:
        """Act on what the guard asked for and on what was asked from outside; may end the session.

        At a fault the row's command is set to zero: what is recorded is what was sent.
        """
        numbers = row.numbers
        self._lost_s = self._lost_s + self.dt if self.lost_row else 0.0
        # Every source is heard in every tick: a weaker stop that lasts must not hide a stronger one.
        self._heed_drives(numbers)
        if numbers.severity[0]:
            self._heed_guard(row)
        if self._lost_s > LOST_ROWS_LIMIT_S:
            self.stop(Severity.SOFT, "rows-lost")
        for source in self._sources:
            severity, reason = source(row)
            if severity:
                self.stop(severity, reason)
        if self.stopping:
            self._limit_letting_go()
            if not self.ended and self._is_slack(row):
                self._go(State.STOPPED)
            if self.state is State.FAULT:
                row.tau_command[:] = 0.0
                row.brake[:] = 1.0
        else:
            self._let_go_since = self._time
        numbers.state[0] = self.state

    def stop(self, severity: Severity, reason: str, **values: float | str) -> None:
        """Stop at least this strongly; a weaker request than the present one changes nothing."""
        if severity <= self.stopping or self.ended:
            return
        self.stopping, self._let_go_since = severity, self._time
        self.reason = reason
        self.events.append(Event(self._time, reason, values))
        if severity is Severity.OFF:
            self._fade = 0.0
            self._go(State.FAULT)
        else:
            self._motion.come_to_rest()

    def _heed_drives(self, numbers: Fields[Numbers]) -> None:
        """Torque off where no drive answers for too long, or one tells of an error."""
        age = numbers.age[0]
        if age > self._silence_s and self._good_ticks:
            self.stop(Severity.OFF, "bus-silent", age_ms=1000.0 * age)
        worst = 0.0
        for error in numbers.drive_error:
            if error > worst:
                worst = error
        if worst:
            self.stop(Severity.OFF, "drive-error", bits=int(worst))

    def _heed_guard(self, row: Row) -> None:
        flags = Flag(int(row.flags[0])) & STOPPING_FLAGS
        # An armed session still waits for measurements: without them it ends in a fault, see `_arming`.
        if self.state is not State.ARMED or flags != Flag.BLIND:
            self.stop(Severity(int(row.severity[0])), self._first_of(flags))

    def _heed_pause(self) -> None:
        """Slow down, hold and go on as is wished; never once a stop was asked for."""
        if self.pause_wished:
            self._slowed = True
            self._motion.pause()
            if self.state is State.RUNNING and self._motion.held:
                self._paused_since = self._time
                self._go(State.PAUSED)
            if self.state is State.PAUSED and self._time - self._paused_since > PAUSE_LIMIT_S:
                self.stop(Severity.FINISH, "paused-too-long")
        else:
            self._slowed = False
            self._motion.resume()
            if self.state is State.PAUSED:
                self._go(State.RUNNING)

    def _arming(self, row: Row) -> None:
        self._good_ticks = self._good_ticks + 1 if row.age[0] == 0.0 and (row.q == row.q).all() else 0
        if self._good_ticks >= ARMING_TICKS and not self.stopping:
            self._motion.begin([float(value) for value in row.q])
            self._go(State.RUNNING)
        elif self._time > ARMING_LIMIT_S:
            self.stop(Severity.OFF, "no-measurement")

    def _advance_fade(self, row: Row) -> None:
        if self.stopping is Severity.SOFT:
            step = -self.dt / SOFT_FADE_S
        elif self._motion.at_rest:
            self.stopping = max(self.stopping, Severity.FINISH)
            self.reason = self.reason or "completed"
            step = -self.dt / FADE_OUT_S
        else:
            step = self.dt / FADE_IN_S
        if step < 0.0 and self._fade > 0.0 and not self._braking.hold(row):
            return  # what nothing holds yet would fall
        self._fade = min(max(self._fade + step, 0.0), 1.0)
        if self._fade >= 1.0 and step > 0.0:
            self._free = self._braking.free(row)
        if step < 0.0:
            self._settling.advance(row, faded=self._fade <= 0.0)

    def _limit_letting_go(self) -> None:
        """Torque off where a stop does not let go, whatever keeps it."""
        fading = self.stopping is not Severity.SOFT and self._fade > 0.0
        if fading or self._settling.active:
            self._let_go_since = self._time
        elif self._time - self._let_go_since > SOFT_STOP_LIMIT_S:
            self.stop(Severity.OFF, "soft-stop-too-slow")

    @staticmethod
    def _smooth(fade: float) -> float:
        return fade**3 * (10.0 - 15.0 * fade + 6.0 * fade * fade)

    def _is_slack(self, row: Row) -> bool:
        released = self._fade <= 0.0 and not self._settling.active
        return released and bool(abs(row.tau_command).max() < ZERO_TORQUE)

    @staticmethod
    def _first_of(flags: Flag) -> str:
        """The reason's code: the flag with the lowest bit, where several ask for the stop at once."""
        return next(flag.name.lower().replace("_", "-") for flag in flags if flag.name)

    def _go(self, after: State) -> None:
        if after not in TRANSITIONS[self.state]:
            raise TransitionRefused(self.state, after)
        self.state = after
        self._moving = after in {State.RUNNING, State.PAUSED}
        self.ended = after in {State.STOPPED, State.FAULT}
        self.events.append(Event(self._time, f"state-{after.name.lower()}", {}))
