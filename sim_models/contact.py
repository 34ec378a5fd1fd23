"""Contact between balls of a tool and parts of a body: pushed apart as deep as they are in each other, rubbed beside.

    F_n = k d max(0, 1 + a v)        d depth in m, v its rate in m/s: Hunt and Crossley 1975, with the exponent one
    F_t = −μ F_n v_t / √(|v_t|² + v_s²)        Coulomb's friction, regularised: below v_s it creeps

It never pulls, is nothing outside of contact and has no jump where contact begins. Every function takes numbers or
symbolic expressions alike; all points, velocities and forces are in one frame, in m, m/s and N.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import casadi
from casadi import SX

REGION_STIFFNESS: Mapping[str, float] = MappingProxyType(
    {
        **{"skull": 150e3, "face": 75e3, "neck": 50e3, "back-and-shoulder": 35e3, "chest": 25e3, "abdomen": 10e3},
        **{"pelvis": 25e3, "upper-arm": 30e3, "forearm": 40e3, "hand": 75e3},
        **{"thigh-and-knee": 50e3, "lower-leg": 60e3},
    }
)
"""How stiff the body's regions are in N/m: the spring constants of ISO/TS 15066, recalled and not checked."""

DAMPING = 5.0
"""The a of the formula in s/m: at 0.1 m/s half as much again on the way in, and half on the way out. Assumed."""

CREEP = 0.02
"""The v_s of the formula in m/s: what lies still on a slope creeps by less. Our choice, for steps of a millisecond."""

TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Surface:
    """What presses and rubs: `stiffness` in N/m of both sides in series, and the `friction` coefficient."""

    stiffness: float
    friction: float


def padded(padding: float, region: str, friction: float) -> Surface:
    """A padding of so many N/m on a region of the body: two springs in a row."""
    return Surface(1.0 / (1.0 / padding + 1.0 / REGION_STIFFNESS[region]), friction)


@dataclass(frozen=True, slots=True)
class Meeting:
    """How a ball meets a part: `depth` in m, negative outside; the `normal` from the part to the ball, length one.

    `place` is where they meet, on the part's surface.
    """

    depth: Any
    normal: Any
    place: Any


def ball_on_capsule(ball: Any, radius: Any, start: Any, end: Any, thickness: Any) -> Meeting:
    """A ball and a round-ended cylinder of radius `thickness` between two points."""
    along = end - start
    share = casadi.dot(ball - start, along) / casadi.fmax(casadi.sumsqr(along), TINY)
    nearest = start + casadi.fmin(casadi.fmax(share, 0.0), 1.0) * along
    return _met(ball - nearest, radius + thickness, nearest, thickness)


def ball_on_ball(ball: Any, radius: Any, centre: Any, other: Any) -> Meeting:
    """A ball and another of radius `other`."""
    return _met(ball - centre, radius + other, centre, other)


def ball_in_box(ball: Any, radius: Any, centre: Any, turn: Any, half: Any) -> Meeting:
    """A ball and a box whose axes are the columns of `turn`, with its half edges; its middle stays outside the box.

    Where that is inside, the depth is the ball's radius and there is no normal: too deep for what a box here is for.
    """
    there = casadi.mtimes(turn.T, ball - centre)
    nearest = casadi.fmin(casadi.fmax(there, -half), half)
    return _met(casadi.mtimes(turn, there - nearest), radius, centre + casadi.mtimes(turn, nearest), 0.0)


def _met(away: Any, reach: Any, nearest: Any, thickness: Any) -> Meeting:
    distance = casadi.sqrt(casadi.sumsqr(away))
    normal = away / casadi.fmax(distance, TINY)
    return Meeting(reach - distance, normal, nearest + thickness * normal)


def pressing_of(depth: Any, sinking: Any, stiffness: float, damping: float) -> Any:
    """F_n in N, never negative, at a `depth` in m that grows by `sinking` m/s."""
    return stiffness * casadi.fmax(depth, 0.0) * casadi.fmax(1.0 + damping * sinking, 0.0)


def pressed(at: Meeting, velocity: Any, surface: Surface) -> tuple[Any, Any]:
    """The force in N on the ball, and how much of it presses; `velocity` is the ball's against the part, at `place`."""
    leaving = casadi.dot(at.normal, velocity)
    pressing = pressing_of(at.depth, -leaving, surface.stiffness, DAMPING)
    sliding = velocity - leaving * at.normal
    rubbing = surface.friction * pressing / casadi.sqrt(casadi.sumsqr(sliding) + CREEP**2)
    return pressing * at.normal - rubbing * sliding, pressing


def outside(opening_half: SX, there: SX) -> SX:
    """1 where a point beside an opening is outside of it, else 0: both across it, in the frame of the opening."""
    return 1.0 - casadi.logic_and(casadi.fabs(there[0]) < opening_half[0], casadi.fabs(there[1]) < opening_half[1])
