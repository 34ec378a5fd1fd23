"""Joint impedance whose stiffness varies along the phase."""

import casadi
from casadi import SX

from controllers.phase_basis import hats
from robot.law import Law, Measurement, Parameter, Reference
from robot.symbolic import SymbolicRobot


def _stiffness() -> Parameter:
    return Parameter("N·m/rad", at_least=0.0, at_most=400.0, slew=20.0, why="stiffest-joint")


class PhaseImpedance(Law):
    """Spring and damper whose stiffness goes through four values at 0, 25, 50 and 75 % of the cycle, straight between.

    τ = a (K(phase) (q_ref − q) + D (dq_ref − dq)), K = Σ K_i h_i(phase), with the assistance a: impedance control
    (Hogan 1985) whose gains go with the phase, as those of walking do. With four equal values it is `joint-impedance`.
    A spring that stiffens under a stretch e gives the limb ½ K' e²: from 0 to 400 N·m/rad in a quarter of a cycle of 4
    s that is 2 W at 6°. The guard's energy budget counts it.
    """

    stiffness_0 = _stiffness()
    stiffness_25 = _stiffness()
    stiffness_50 = _stiffness()
    stiffness_75 = _stiffness()
    damping = Parameter("N·m·s/rad", at_least=0.0, at_most=40.0, slew=2.0, why="stiffest-joint")

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """Torque in N·m per joint."""
        nodes = casadi.horzcat(self.stiffness_0, self.stiffness_25, self.stiffness_50, self.stiffness_75)
        stiffness = casadi.mtimes(nodes, hats(reference.phase, 4).T)
        return robot.assistance * (stiffness * (reference.q - x.q) + self.damping * (reference.dq - x.dq))
