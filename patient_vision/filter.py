"""What lies between one frame and the next: a Kalman filter for those who decide, a One-Euro filter for those who look.

The Kalman filter is stamped at the capture of a frame, and its answer is predicted to the reader's own time: what the
camera and the tracker take until a frame is understood is then no delay, as far as the limb goes on as it went.
"""

import math

from robot.observed_angle import ObservedAngle

ACCELERATION = 10.0
"""The power spectral density of a limb's angular acceleration in rad²/s³: that of a swing of ±30° at 0.7 Hz, whose mean
square of 50 rad²/s⁴ stays the same for about a fifth of a second. Assumed."""

UNKNOWN_RATE = 3.0
"""The standard deviation in rad/s of the rate before anything is known of it. Assumed."""

LEAST_STD = 1e-6
"""A deviation in rad below which none can be meant."""

FORGET_S = 0.5
"""After so long without an angle nothing is left to go on from, and the next one begins anew."""


class AngleFilter:
    """A constant-velocity Kalman filter of one angle; `latest` is what it knows, None before its first angle."""

    def __init__(self, acceleration: float = ACCELERATION) -> None:
        self._acceleration = acceleration
        self.latest: ObservedAngle | None = None

    def update(self, captured_s: float, angle: float, std: float, at_most: float = math.inf) -> float:
        """Take an angle (rad) with its standard deviation; returns the innovation in standard deviations of itself.

        0 where the angle is the first, or the first for long; one beyond `at_most` is told and not taken. What is no
        number, is more than a turn, has no deviation or was not captured after the one before is left out too, and its
        innovation is infinite: it can never pass for expected.
        """
        if not all(map(math.isfinite, (captured_s, angle, std))):
            return math.inf
        if abs(angle) > math.tau or not LEAST_STD <= std <= math.tau:
            return math.inf
        latest = self.latest
        if latest is not None and captured_s <= latest.captured_s:
            return math.inf
        if latest is None or captured_s - latest.captured_s > FORGET_S:
            self.latest = ObservedAngle(captured_s, angle, 0.0, std**2, 0.0, UNKNOWN_RATE**2, self._acceleration)
            return 0.0
        expected = latest.at(captured_s)
        off, variance = angle - expected.angle, expected.var_angle + std**2
        innovation = abs(off) / math.sqrt(variance)
        if innovation <= at_most:
            self.latest = _corrected(expected, off, variance)
        return innovation


def _corrected(expected: ObservedAngle, off: float, variance: float) -> ObservedAngle:
    """x⁺ = x + K y, P⁺ = (1 − K H) P with K = P Hᵀ / S, the angle being what is measured."""
    gain_angle, gain_rate = expected.var_angle / variance, expected.covar / variance
    return ObservedAngle(
        expected.captured_s,
        expected.angle + gain_angle * off,
        expected.rate + gain_rate * off,
        (1.0 - gain_angle) * expected.var_angle,
        (1.0 - gain_angle) * expected.covar,
        expected.var_rate - gain_rate * expected.covar,
        expected.acceleration,
    )


class OneEuro:
    """A low-pass whose cutoff rises with speed, for a picture or a number that people look at: calm, and not slow.

    Casiez, Roussel, Vogel, CHI 2012. `cutoff_hz` holds at rest, `per_rate` (Hz for 1 rad/s) raises it. Both assumed.
    """

    RATE_CUTOFF_HZ = 1.0

    def __init__(self, cutoff_hz: float = 1.0, per_rate: float = 1.0) -> None:
        self._cutoff_hz, self._per_rate = cutoff_hz, per_rate
        self._captured_s = -math.inf
        self._angle = self._rate = 0.0

    def __call__(self, captured_s: float, angle: float) -> float:
        """The angle (rad) to be shown; NaN where nothing was seen, and the next one begins anew."""
        dt = captured_s - self._captured_s
        if not math.isfinite(angle) or not dt > 0.0:
            self._captured_s = -math.inf
            return math.nan
        if math.isinf(dt):
            self._angle, self._rate = angle, 0.0
        else:
            self._rate += _share(self.RATE_CUTOFF_HZ, dt) * ((angle - self._angle) / dt - self._rate)
            cutoff = self._cutoff_hz + self._per_rate * abs(self._rate)
            self._angle += _share(cutoff, dt) * (angle - self._angle)
        self._captured_s = captured_s
        return self._angle


def _share(cutoff_hz: float, dt: float) -> float:
    """How much of a step a first-order low-pass takes over within `dt` s."""
    return 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff_hz * dt))
