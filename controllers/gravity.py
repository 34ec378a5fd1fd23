"""Gravity compensation of the robot and of the person's limb."""

from casadi import SX

from robot.law import Law, Measurement, Parameter, Reference
from robot.symbolic import SymbolicRobot


class GravityCompensation(Law):
    """Carries the robot's own links, and a share of the limb's weight as height and mass predict it.

    τ = g_robot(q) + a · share · g_limb(q; height, mass), with the assistance a. The share matters more than stiffness
    does: an impedance that has to hold the limb by its spring alone stands off the reference by weight over stiffness.
    """

    compensates = frozenset({"gravity"})
    limb_share = Parameter("1", at_least=0.0, at_most=1.0, slew=0.2, why="share-of-all")

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """Torque in N·m per joint, at the measured posture."""
        return robot.gravity(x.q) + robot.assistance * self.limb_share * robot.limb_gravity(x.q)
