"""Friction compensation along the measured velocity."""

from casadi import SX

from robot.law import Law, Measurement, Parameter, Reference
from robot.symbolic import SymbolicRobot

MOST_FRICTION = 0.8
"""Largest share of friction that is compensated along a measured velocity: above 1 the joint drives itself, and what is
left below has to bear that real friction changes with heat and load. Assumed: by no more than a fifth."""


class FrictionCompensation(Law):
    """Lightens drive and gear for a person who moves by himself.

    τ = share · f(dq), f(dq) = f_c tanh(dq / ε) + b dq as the robot's description has it. Torque and velocity point the
    same way, so this law gives energy: no more than friction takes while the share is below 1. That is why the share is
    bounded, and why `feed-forward`, which goes along the reference, is the one to use where there is a reference.
    """

    compensates = frozenset({"friction"})
    share = Parameter("1", at_least=0.0, at_most=MOST_FRICTION, slew=0.2, why="over-compensation")

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """Torque in N·m per joint."""
        return self.share * robot.friction(x.dq)
