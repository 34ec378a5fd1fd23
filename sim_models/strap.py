"""A compliant strap in space: springs between a frame of the robot and the limb beside it.

With the robot's frame ahead of where it was fastened by ξ, in the limb's axes (x along it), and with lᵢ and rᵢ the axes
of limb and robot as they were fastened alike, the energy is

    V = ½ Σ kᵢ ξᵢ² + ½ Σ κᵢ (1 − lᵢ·rᵢ)

so the limb feels the force k ξ at the robot's frame and the moment ½ Σ κᵢ lᵢ × rᵢ, the robot the opposite, and dampers
beside each: what is not damped is conserved by construction. A small turn about an axis meets half the sum of the other
two κ.
"""

from dataclasses import dataclass

import casadi
from casadi import SX, cross

from sim_models.tree import Frame, Wrench


@dataclass(frozen=True, slots=True)
class Strap:
    """Stiffness along and across a limb in N/m, about it and in tilting in N·m/rad, and the dampings beside them."""

    along: SX
    across: SX
    about: float
    tilt: float
    damping: SX
    turn_damping: float

    def between(self, robot: Frame, limb: Frame, fastened: SX) -> tuple[Wrench, Wrench, SX]:
        """The wrenches on limb and robot, each in its frame, and the size of the force in N.

        The frames have to have had alike axes when the strap was fastened; `fastened` is where the robot's frame was
        then, in the limb's axes.
        """
        back = limb.turn.T
        away = back @ (robot.place - limb.place)
        velocity = back @ (robot.turn @ robot.velocity) - limb.velocity - cross(limb.turning, away)
        force = casadi.vertcat(self.along, self.across, self.across) * (away - fastened) + self.damping * velocity
        turn = back @ robot.turn
        moment = self._aligned(turn) + self.turn_damping * (turn @ robot.turning - limb.turning)
        on_robot = Wrench(-(turn.T @ force), -(turn.T @ moment))
        return Wrench(force, moment + cross(away, force)), on_robot, casadi.norm_2(force)

    def _aligned(self, turn: SX) -> SX:
        """What turns a limb towards axes that are the columns of `turn` in its own."""
        shares = (2.0 * self.tilt - self.about, self.about, self.about)
        axes = casadi.horzsplit(SX.eye(3))
        pulls = [
            0.5 * share * cross(axis, turn[:, index])
            for index, (share, axis) in enumerate(zip(shares, axes, strict=True))
        ]
        return pulls[0] + pulls[1] + pulls[2]
