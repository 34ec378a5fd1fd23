"""An angle that was observed some time ago: what it is by now, and how far that can be relied on.

It stands in the ground floor because only its reader knows what the time is, and control may be one.
"""

import math
from dataclasses import dataclass

HORIZON_S = 0.15
"""An angle is predicted over at most this long: a limb may turn around within it."""


@dataclass(frozen=True, slots=True)
class ObservedAngle:
    """What is known of an angle at `captured_s` (s): a constant velocity that white acceleration disturbs.

    `angle` rad and `rate` rad/s with their covariance `var_angle` (rad²), `covar` (rad²/s), `var_rate` (rad²/s²);
    `acceleration` is the disturbance's power spectral density in rad²/s³.
    """

    captured_s: float
    angle: float
    rate: float
    var_angle: float
    covar: float
    var_rate: float
    acceleration: float

    def at(self, time_s: float) -> "ObservedAngle":
        """The same, predicted to a later `time_s`: x⁺ = F x, P⁺ = F P Fᵀ + Q, with the exact Q of that disturbance.

        Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation, 2001, 6.2.2 (recalled).
        """
        dt, q = time_s - self.captured_s, self.acceleration
        angle, var_angle = self._after(dt)
        return ObservedAngle(
            time_s,
            angle,
            self.rate,
            var_angle,
            self.covar + dt * self.var_rate + q * dt**2 / 2.0,
            self.var_rate + q * dt,
            q,
        )

    def seen_from(self, now_s: float) -> tuple[float, float]:
        """Angle and its standard deviation at `now_s`; both NaN where it is older than `HORIZON_S`, from the future, or
        of a variance that cannot be."""
        if not 0.0 <= now_s - self.captured_s <= HORIZON_S:
            return math.nan, math.nan
        angle, var_angle = self._after(now_s - self.captured_s)
        return (angle, math.sqrt(var_angle)) if var_angle >= 0.0 else (math.nan, math.nan)

    def _after(self, dt: float) -> tuple[float, float]:
        """The angle and its variance `dt` s later: that part of `at` alone, which control asks for in every tick."""
        spread = dt * (2.0 * self.covar + dt * self.var_rate) + self.acceleration * dt**3 / 3.0
        return self.angle + dt * self.rate, self.var_angle + spread
