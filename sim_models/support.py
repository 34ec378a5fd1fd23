"""What carries a resting person: seat, floor, armrest or mattress under knees, heels, elbows and wrists.

Each is level and fitted to the person: it begins where that part of them is in their posture. It pushes up, never
pulls, and rubs, smoothly about rest: the law of `sim_models.contact`.
"""

from collections.abc import Mapping

import casadi
from casadi import SX

from sim_models.contact import pressing_of
from sim_models.tree import Frame, Wrench
from sim_models.virtual_patient.joints import SIDES

SUPPORTED = tuple(f"{side}_{link}" for side in SIDES for link in ("shank", "foot", "ulna", "hand"))
"""The links at whose origins a person rests: knees, ankles, elbows and wrists."""

STIFFNESS = 6000.0
"""N/m under each, as a firm cushion. Synthetic."""

DAMPING = 4.0
"""By how much of itself it is stiffer for each m/s downwards (Hunt and Crossley 1975), in s/m. Synthetic."""

FRICTION, CREEP = 0.5, 0.02
"""Coulomb's μ of skin and cloth on a cover, synthetic; below `CREEP` m/s the friction fades, so something creeps."""


def pressed(frames: Mapping[str, Frame], heights: SX) -> list[tuple[str, Wrench]]:
    """What each support does to its link, with its surface at this height in m."""
    nowhere = SX(3, 1)
    found = list[tuple[str, Wrench]]()
    for name, height in zip(SUPPORTED, casadi.vertsplit(heights), strict=True):
        frame = frames[name]
        velocity = frame.velocity_of(nowhere)
        force = pressing_of(height - frame.place[2], -velocity[2], STIFFNESS, DAMPING)
        along = velocity[:2]
        rubs = -FRICTION * force * along / casadi.sqrt(casadi.sumsqr(along) + CREEP**2)
        found.append((name, frame.pushed(nowhere, casadi.vertcat(rubs, force))))
    return found
