"""Minimum jerk from rest to rest."""

PEAK_VELOCITY = 1.875
"""Largest velocity of a unit step in unit time (at half of it): 30/16, closed form."""


def minimum_jerk(s: float) -> tuple[float, float, float]:
    """Position, velocity and acceleration of a unit step at unit time `s`; outside 0…1 it stands still.

    10 s³ − 15 s⁴ + 6 s⁵, Flash and Hogan 1985.
    """
    if s <= 0.0:
        return 0.0, 0.0, 0.0
    if s >= 1.0:
        return 1.0, 0.0, 0.0
    return (
        s**3 * (10.0 - 15.0 * s + 6.0 * s * s),
        30.0 * s * s * (1.0 - s) ** 2,
        60.0 * s * (1.0 - s) * (1.0 - 2.0 * s),
    )


def minimum_jerk_integral(s: float) -> float:
    """The area under the unit step's position from 0 to `s`: 2.5 s⁴ − 3 s⁵ + s⁶, and one for one after its end."""
    if s <= 0.0:
        return 0.0
    if s >= 1.0:
        return s - 0.5
    return s**4 * (2.5 - 3.0 * s + s * s)
