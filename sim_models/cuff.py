"""The cuff: a compliant strap between a robot's bar and the limb beside it, as generalised forces.

Planar, in the base's axes (`sim_models.worn`). The strap stretches by ξ = Rᵀ(q_limb)(p_robot(q_robot) − o(q_limb)) − s,
in the limb's axes (along, across): `o` is the limb's joint, `s` where the strap was fastened. With energy V = ½ Σ k ξ²
and dissipation D = ½ c |ξ'|² its generalised forces are −∂V/∂q − ∂D/∂q', which is Jᵀ F, and conserves energy by
construction.
"""

from dataclasses import dataclass

import casadi
from casadi import SX


@dataclass(frozen=True, slots=True)
class Cuff:
    """Stiffness along and across the limb in N/m, damping in N·s/m, and the misalignment of the two joint axes in m.

    Stiffness as measured on the upper arm (Schiebl 2025, n = 21: 2.1 and 4.5 N/mm), taken for the leg too: assumed. The
    damping is assumed. `misalignment` (x, z) is from the axis of the robot's joint on its base to the limb's there; the
    axes further down are where the limbs' lengths put them.
    """

    stiffness_along: float = 2100.0
    stiffness_across: float = 4500.0
    damping: float = 60.0
    misalignment: tuple[float, float] = (0.0, 0.0)


SOLE_STIFFNESS, SOLE_DAMPING = 150.0, 1.5
"""N·m/rad and N·m·s/rad with which a plate turns the foot that stands on it and is strapped down. Assumed: a strap by
itself turns a limb by 1.7 N·m/rad (0.03 N·m/°, Schiebl 2025), which is left out at thigh and shank."""


def strap_forces(stretch: SX, stiffness: SX, damping: SX, q: SX, dq: SX) -> tuple[SX, SX]:
    """Generalised forces in N·m on the joints, and the strap's force in N along and across the limb.

    `stretch` (along, across in m; a foot's turn against its plate in rad) is an expression of the symbols `q`, the
    angles of the robot's and the limbs' joints; `stiffness` and `damping` of the same ways.
    """
    jacobian = casadi.jacobian(stretch, q)
    force = stiffness * stretch + damping * casadi.mtimes(jacobian, dq)
    return -casadi.mtimes(jacobian.T, force), force
