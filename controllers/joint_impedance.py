"""Joint impedance."""

from casadi import SX

from robot.law import Law, Measurement, Parameter, Reference
from robot.symbolic import SymbolicRobot


class JointImpedance(Law):
    """Spring and damper between a joint and its reference, as much as the assistance a asks for.

    τ = a (K (q_ref − q) + D (dq_ref − dq)), Hogan 1985. A spring that stiffens under a stretch e gives the limb the
    power ½ K' e²: by its slew 0.1 W at 6°, the most that a limb may be off in a trial.
    """

    stiffness = Parameter("N·m/rad", at_least=0.0, at_most=400.0, slew=20.0, why="stiffest-joint")
    damping = Parameter("N·m·s/rad", at_least=0.0, at_most=40.0, slew=2.0, why="stiffest-joint")

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """Torque in N·m per joint."""
        return robot.assistance * (self.stiffness * (reference.q - x.q) + self.damping * (reference.dq - x.dq))


def passive_damping(stiffness: float, damping: float, period_s: float, delay_s: float) -> float:
    """Physical damping in N·m·s/rad above which a sampled spring and damper cannot make energy.

    b > K (T/2 + t_d) + |B|, Colgate and Schenkel 1997 with the delay t_d from measurement to torque put into their
    condition, K N·m/rad, B N·m·s/rad and the period T in s; `docs/science/wall.md` tries it. Sufficient, and strict:
    below it nothing is guaranteed, and much still works.
    """
    return stiffness * (0.5 * period_s + delay_s) + abs(damping)
