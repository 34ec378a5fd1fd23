"""Path control: a virtual tunnel about the path, with a moving window and a flow along it (Duschau-Wicke 2010)."""

import casadi
from casadi import SX

from robot.law import Law, Measurement, Parameter, Reference
from robot.symbolic import SymbolicRobot

SLOW = 0.02
"""Speed of the reference in rad/s below which it has no direction, and the flow ceases; our choice."""

RIM = 0.02
"""Depth in rad (1°) over which the wall's damping comes in, so that entering it is no blow. Our choice."""

TINY = 1e-12


class PathControl(Law):
    """Free to move near the path and near the moment; a spring and a damper hold beyond.

    Duschau-Wicke and others 2010 (recalled). With e = q − q_ref, the nearest point of the path within the window is at
    δ = clip(dq_refᵀ e / |dq_ref|², ± window) seconds from the reference, the way off it is o = e − δ dq_ref, its depth
    d = max(|o| − width, 0), and with n = o / |o| τ = a (−K n d − D n nᵀ (dq − dq_ref) min(d / 1°, 1) + flow · ½ (1 − δ
    / window) dq_ref / |dq_ref|). Inside of the tunnel the first two are zero exactly. The flow carries whoever is
    behind, and ceases for one who is ahead by the whole window. The path is taken for straight inside of the window,
    since a law sees the reference alone: that stands off by window² |ddq_ref| / 2, which is why the window is bounded.
    At one joint the path is a line, and the tunnel is the window and `width` at its ends.
    """

    stiffness = Parameter("N·m/rad", at_least=0.0, at_most=400.0, slew=20.0, why="stiffest-joint")
    damping = Parameter("N·m·s/rad", at_least=0.0, at_most=40.0, slew=2.0, why="stiffest-joint")
    width = Parameter("rad", at_least=0.0, at_most=0.35, slew=0.01, per_joint=False, why="tunnel-width")
    window = Parameter("s", at_least=0.0, at_most=0.3, slew=0.03, per_joint=False, why="straight-window")
    flow = Parameter("N·m", at_least=0.0, at_most=10.0, slew=1.0, per_joint=False, why="flow-alone")

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """Torque in N·m per joint."""
        error, along = x.q - reference.q, reference.dq
        speed = casadi.sumsqr(along)
        wanted = casadi.dot(along, error) / casadi.fmax(speed, TINY)
        shift = casadi.fmax(casadi.fmin(wanted, self.window), -self.window)
        off = error - shift * along
        away = casadi.sqrt(casadi.sumsqr(off))
        depth = casadi.fmax(away - self.width, 0.0)
        outward = off / casadi.fmax(away, TINY)
        leaving = casadi.dot(outward, x.dq - along) * casadi.fmin(depth / RIM, 1.0)
        wall = outward * (self.stiffness * depth + self.damping * leaving)
        behind = 0.5 - 0.5 * shift / casadi.fmax(self.window, TINY)
        carried = self.flow * behind * along / casadi.sqrt(speed + SLOW**2)
        return robot.assistance * (carried - wall)
