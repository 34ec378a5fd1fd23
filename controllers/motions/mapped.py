"""A closed curve mapped onto the joints' ranges, as one compiled function of the moment.

One function for every curve of as many joints and harmonics: amplitudes, ranges and speeds are inputs. The arithmetic
of a reference costs a tick less than a microsecond so, however many joints there are.
"""

from functools import cache
from math import pi

import casadi
from casadi import SX

from robot.compile import Compiled, compile_function

MOMENT = ("phase", "turning", "change", "rate", "rate_change", "leading", "lead", "lead_1", "lead_2")
"""What a moment is told by: the `phase` 0…1 of the curve, its rate and the rate's change by the script's time; that
time's own rate and change (1/s); whether the joints are still on their way to the curve (0 or 1), and the unit step
that leads them, with both of its derivatives."""

END = ("value", "slope", "bend")
"""What an end of a joint's range is told by, in rad, rad/s, rad/s²: first the low one, then the high one."""

AMPLITUDE = ("value", "slope", "bend")
"""What each power of z has for a joint: the complex coefficients of the curve and of both derivatives by phase."""


@cache
def compiled_reference(joints: int, powers: int) -> Compiled:
    """The function (moment, ends, start, amplitudes) → (q, dq, ddq) in rad, rad/s, rad/s².

    `start` is where the joints were, in rad. The amplitudes are those of z = exp(2πi · phase), for each joint and
    power, the highest first, each as real and imaginary part.
    """
    moment = SX.sym("moment", len(MOMENT))
    ends = SX.sym("ends", 2 * len(END), joints)
    start = SX.sym("start", joints)
    amplitudes = SX.sym("amplitudes", 2 * len(AMPLITUDE) * powers, joints)
    of = dict(zip(MOMENT, casadi.vertsplit(moment), strict=True))
    found = []
    for joint in range(joints):
        curve = _series(of["phase"], casadi.vertsplit(amplitudes[:, joint]))
        mapped = _mapped(curve, casadi.vertsplit(ends[:, joint]), of["turning"], of["change"])
        led = _led(mapped, start[joint], of["lead"], of["lead_1"], of["lead_2"])
        q, dq, ddq = (casadi.if_else(of["leading"], one, other) for one, other in zip(led, mapped, strict=True))
        rate, rate_change = of["rate"], of["rate_change"]
        found.append((q, dq * rate, ddq * rate * rate + dq * rate_change))
    given = [moment, casadi.vec(ends), start, casadi.vec(amplitudes)]
    return compile_function("reference", given, [casadi.vertcat(*each) for each in zip(*found, strict=True)])


def _series(phase: SX, amplitudes: list[SX]) -> tuple[SX, ...]:
    """Curve, slope and bend by phase: the real parts of three polynomials in z, by Horner's rule."""
    angle = 2.0 * pi * phase
    z_re, z_im = casadi.cos(angle), casadi.sin(angle)
    width = 2 * len(AMPLITUDE)
    sums = [(SX(0.0), SX(0.0))] * len(AMPLITUDE)
    for power in range(0, len(amplitudes), width):
        of_power = amplitudes[power : power + width]
        sums = [
            (re * z_re - im * z_im + a_re, re * z_im + im * z_re + a_im)
            for (re, im), a_re, a_im in zip(sums, of_power[::2], of_power[1::2], strict=True)
        ]
    return tuple(re for re, _ in sums)


def _mapped(curve: tuple[SX, ...], ends: list[SX], turning: SX, change: SX) -> tuple[SX, ...]:
    """Angle, velocity and acceleration by the script's time, between the ends of the joint's range."""
    x, slope, bend = curve
    begins, begins_1, begins_2, ends_0, ends_1, ends_2 = ends
    x_1, x_2 = slope * turning, bend * turning * turning + slope * change
    span, span_1 = ends_0 - begins, ends_1 - begins_1
    return (
        begins + span * x,
        begins_1 + span_1 * x + span * x_1,
        begins_2 + (ends_2 - begins_2) * x + 2.0 * span_1 * x_1 + span * x_2,
    )


def _led(mapped: tuple[SX, ...], start: SX, lead: SX, lead_1: SX, lead_2: SX) -> tuple[SX, ...]:
    """The same, led over from `start` to the curve's first point, which may be moving."""
    q, dq, ddq = mapped
    way = q - start
    return start + way * lead, dq * lead + way * lead_1, ddq * lead + 2.0 * dq * lead_1 + way * lead_2
