"""Admittance: the joint moves as a virtual mass would that the person pushes."""

import casadi
from casadi import SX

from robot.law import Law, Measurement, Memory, MemoryState, Parameter, Reference
from robot.symbolic import SymbolicRobot


class Admittance(Law):
    """A virtual mass, damper and spring about the reference, pushed by the person; a position loop follows it.

    M ÿ + D ẏ + K y = τ_i for the offset y from the reference, then τ = a (K_p (q_ref + y − q) + D_p (dq_ref + ẏ − dq)),
    with the assistance a. Discretised backward, ẏ⁺ = (M ẏ + T (τ_i − K y)) / (M + T D + T² K), y⁺ = y + T ẏ⁺: whatever
    the values, ½ M ẏ² + ½ K y² grows by no more than T τ_i ẏ⁺, so the virtual mass is passive. It ends at ± `reach`.

    The interaction torque is estimated: what the robot itself and that share of the limb need, less the motor's torque,
    τ_i = g + share g_limb + C dq + f(dq) + (M_robot + I_drive) ddq_ref − τ_measured. It lacks the torque that the
    offset's own acceleration needs, which the person feels as the robot's inertia on top of M, and which is why M is
    bounded from below. It is only as good as friction is known; a dead band of the drive's Coulomb friction keeps the
    rest out.
    """

    mass = Parameter("kg·m²", at_least=1.0, at_most=20.0, why="lightest-mass")
    damping = Parameter("N·m·s/rad", at_least=1.0, at_most=40.0, slew=2.0, why="virtual-damping")
    stiffness = Parameter("N·m/rad", at_least=0.0, at_most=400.0, slew=20.0, why="stiffest-joint")
    loop_stiffness = Parameter("N·m/rad", at_least=0.0, at_most=400.0, slew=20.0, why="stiffest-joint")
    loop_damping = Parameter("N·m·s/rad", at_least=0.0, at_most=40.0, slew=2.0, why="stiffest-joint")
    limb_share = Parameter("1", at_least=0.0, at_most=1.0, slew=0.2, why="share-of-all")
    reach = Parameter("rad", at_least=0.0, at_most=1.0, slew=0.05, why="offset-reach")
    offset = Memory("offset", "rad")
    velocity = Memory("velocity", "rad/s")

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        """Torque in N·m per joint, and the virtual mass after this tick."""
        pushed = self.interaction(robot, x, reference)
        momentum = self.mass * memory.velocity + dt * (pushed - self.stiffness * memory.offset)
        velocity = momentum / (self.mass + dt * self.damping + dt**2 * self.stiffness)
        offset = casadi.fmax(casadi.fmin(memory.offset + dt * velocity, self.reach), -self.reach)
        velocity = (offset - memory.offset) / dt
        spring = self.loop_stiffness * (reference.q + offset - x.q)
        torque = spring + self.loop_damping * (reference.dq + velocity - x.dq)
        return robot.assistance * torque, memory.next(offset=offset, velocity=velocity)

    def interaction(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """What the person pushes with, in N·m per joint, estimated and past the dead band."""
        weight = robot.gravity(x.q) + self.limb_share * robot.limb_gravity(x.q)
        moving = robot.coriolis(x.q, x.dq) + robot.friction(x.dq) + robot.inertia_torque(x.q, reference.ddq)
        pushed = weight + moving - x.tau
        return casadi.fmax(pushed - robot.coulomb, 0.0) + casadi.fmin(pushed + robot.coulomb, 0.0)
