"""Transparent mode: the least interaction torque."""

from casadi import SX

from controllers.friction import MOST_FRICTION
from robot.law import Law, Measurement, Memory, MemoryState, Parameter, Reference
from robot.symbolic import SymbolicRobot

FILTER_S = 0.02
"""Time constant of the acceleration's low-pass: at the PH54's velocity step of 0.001 rad/s and 2 ms a step is 0.05
rad/s² after it. Our choice."""

MOST_INERTIA = 0.5
"""Largest share of the inertia that is compensated: half of a light drive is felt as another light drive, and the rest
keeps a margin of 2 to the share of 1 at which nothing is left to hold the loop. Our choice."""


class TransparentMode(Law):
    """The robot carries itself and gets out of the way: what a person feels of it is as little as it knows how.

    τ = g(q) + C(q, dq) dq + s_f f(dq) + s_i (M(q) + I_drive) a, with the acceleration a estimated as a low-passed
    difference of the velocity: a' = a + T/(T_f + T) ((dq − dq') / T − a). What is left to feel: (1 − s_f) of friction
    and, below the low-pass's 8 Hz, (1 − s_i) of the inertia. With s_i < 1 and a low-pass that never amplifies, the loop
    through the drive's own acceleration has a gain below 1. Nothing in it knows the reference, the person or the
    assistance. It stands alone: gravity, Coriolis and friction are already in it.
    """

    compensates = frozenset({"gravity", "coriolis", "friction", "inertia"})
    friction_share = Parameter("1", at_least=0.0, at_most=MOST_FRICTION, slew=0.2, why="over-compensation")
    inertia_share = Parameter("1", at_least=0.0, at_most=MOST_INERTIA, slew=0.2, why="over-inertia")
    velocity = Memory("velocity", "rad/s")
    acceleration = Memory("acceleration", "rad/s²")

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        """Torque in N·m per joint, and velocity and acceleration for the next tick."""
        share = dt / (FILTER_S + dt)
        acceleration = memory.acceleration + share * ((x.dq - memory.velocity) / dt - memory.acceleration)
        own = robot.gravity(x.q) + robot.coriolis(x.q, x.dq)
        lightened = self.friction_share * robot.friction(x.dq)
        lightened += self.inertia_share * robot.inertia_torque(x.q, acceleration)
        return own + lightened, memory.next(velocity=x.dq, acceleration=acceleration)
