"""Coriolis compensation."""

from casadi import SX

from robot.law import Law, Measurement, Parameter, Reference
from robot.symbolic import SymbolicRobot


class CoriolisCompensation(Law):
    """Takes away what one moving joint of the robot does to the others, and to itself.

    τ = share · C(q, dq) dq, of the robot's own links, at the measured state (Siciliano and others, *Robotics*, chapter
    8: inverse dynamics; recalled). With gravity and friction gone too, M(q) ddq is all that is felt. Nothing at a robot
    of one joint. It grows with the square of the speed: more than all of it would drive the joints.
    """

    compensates = frozenset({"coriolis"})
    share = Parameter("1", at_least=0.0, at_most=1.0, slew=0.2, why="share-of-all")

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """Torque in N·m per joint."""
        return self.share * robot.coriolis(x.q, x.dq)
