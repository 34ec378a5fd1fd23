"""The cuff: a compliant strap between a robot's bar and the limb beside it, as generalised forces.

Planar, in the frame of the link that carries both joints: +x forward, +z up, rotation about +y, flexion positive. The
strap stretches by ξ = Rᵀ(q_limb)(p_robot(q_robot) − o) − s, in the limb's axes (along, across): `o` is where the limb's
joint stands from the robot's, `s` where the strap was fastened. With energy V = ½ Σ k ξ² and dissipation D = ½ c |ξ'|²
its generalised forces are −∂V/∂q − ∂D/∂q', which is Jᵀ F, and conserves energy by construction.
"""

import math
from dataclasses import dataclass

import casadi
from casadi import SX


@dataclass(frozen=True, slots=True)
class Cuff:
    """Stiffness along and across the limb in N/m, damping in N·s/m, and the misalignment of the two joint axes in m.

    Stiffness as measured on the upper arm (Schiebl 2025, n = 21: 2.1 and 4.5 N/mm), taken for the shank too: assumed.
    The damping is assumed. `misalignment` (x, z) is from the robot's axis to the limb's.
    """

    stiffness_along: float = 2100.0
    stiffness_across: float = 4500.0
    damping: float = 60.0
    misalignment: tuple[float, float] = (0.0, 0.0)

    def fastened(self, height: float, q: float) -> tuple[float, float]:
        """Where on the limb, in its axes in m, the strap lies unstretched: both joints at `q` rad, bar `height` m."""
        x, z = height * math.cos(q) - self.misalignment[0], -height * math.sin(q) - self.misalignment[1]
        return x * math.cos(q) - z * math.sin(q), x * math.sin(q) + z * math.cos(q)


@dataclass(frozen=True, slots=True)
class CuffSymbols:
    """A cuff as symbols: `stiffness` (along, across), `damping`, `misalignment` (x, z), `strap` (along, across)."""

    stiffness: SX
    damping: SX
    misalignment: SX
    strap: SX


def cuff_forces(cuff: CuffSymbols, height: float, q: SX, dq: SX) -> tuple[SX, SX]:
    """Generalised forces in N·m on (robot joint, limb joint), and the strap's force in N along and across the limb.

    `q` and `dq` hold the angles and velocities of both joints, `height` in m is from the robot's axis to the cuff.
    """
    robot, limb = q[0], q[1]
    x = height * casadi.cos(robot) - cuff.misalignment[0]
    z = -height * casadi.sin(robot) - cuff.misalignment[1]
    along = x * casadi.cos(limb) - z * casadi.sin(limb)
    across = x * casadi.sin(limb) + z * casadi.cos(limb)
    stretch = casadi.vertcat(along, across) - cuff.strap
    jacobian = casadi.jacobian(stretch, q)
    force = cuff.stiffness * stretch + cuff.damping * casadi.mtimes(jacobian, dq)
    return -casadi.mtimes(jacobian.T, force), force
