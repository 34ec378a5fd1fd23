"""Resistance to train against: isotonic, viscous, elastic. The person gives the energy; assistance has no say in it."""

import casadi
from casadi import SX

from robot.law import Law, Measurement, MemoryState, Parameter, Reference
from robot.symbolic import SymbolicRobot

FULL_SPEED = 0.25
"""Speed in rad/s (14°/s) over which an isotonic resistance comes in, so that it does not chatter at rest. Our choice:
its slope there, torque over speed, is at most 40 N·m·s/rad, the largest damping of an impedance."""

MOST_ISOTONIC = 10.0
"""N·m: 40 N·m·s/rad times `FULL_SPEED`."""


class IsotonicResistance(Law):
    """The same torque against every movement, as of a weight stack that is always lifted.

    τ = −R tanh(dq / ε). Its power τ · dq is never positive: it only takes.
    """

    resistance = Parameter("N·m", at_least=0.0, at_most=MOST_ISOTONIC, why="isotonic-slope")

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """Torque in N·m per joint."""
        return -self.resistance * casadi.tanh(x.dq / FULL_SPEED)


class ViscousResistance(Law):
    """A torque that grows with speed, as in water.

    τ = −B dq. Its power τ · dq is never positive: it only takes.
    """

    damping = Parameter("N·m·s/rad", at_least=0.0, at_most=40.0, slew=2.0, why="stiffest-joint")

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """Torque in N·m per joint."""
        return -self.damping * x.dq


class ElasticResistance(Law):
    """A spring about a resting angle, as an elastic band: it gives back what it got, and no more.

    τ = −K (q + dq T/2 − rest). A torque that is held for the period T acts where the joint is on average, half a period
    ahead; without that half a sampled spring gives back K T/2 ∫ dq² more than it got (Colgate and Schenkel 1997). What
    is stored while it is stretched at the start comes on top, and so does K'/2 e² where the stiffness is raised.
    """

    stiffness = Parameter("N·m/rad", at_least=0.0, at_most=400.0, slew=20.0, why="stiffest-joint")
    rest = Parameter("rad", at_least=-6.3, at_most=6.3, slew=0.05, why="rest-in-a-turn")

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        """Torque in N·m per joint; it remembers nothing, and needs the period."""
        return -self.stiffness * (x.q + 0.5 * dt * x.dq - self.rest), memory
