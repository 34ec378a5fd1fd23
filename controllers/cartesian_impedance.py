"""Cartesian impedance of the robot's last link, with a posture in its null space."""

import casadi
from casadi import SX

from robot.law import Law, Measurement, Parameter, Reference
from robot.symbolic import SymbolicRobot


class CartesianImpedance(Law):
    """Springs and dampers between the last link and where the reference has it; what is left goes to the posture.

    τ = a (Jᵀ (K e + D (J_ref dq_ref − J dq)) + (I − Jᵀ (J Jᵀ + λ² I)⁻¹ J) (K_p (q_ref − q) + D_p (dq_ref − dq))), Hogan
    1985, with the assistance a and the pose of the reference's joints: e = x(q_ref) − x(q), and for the turn half the
    sum of n × n_ref over the three axes, the sine of the angle about its axis. The projector keeps the posture's torque
    from bearing on the link at rest, so that the link's stiffness is K alone. Gravity is for `gravity-compensation`. At
    a lever of 0.45 m the largest stiffness and damping are those of a joint.
    """

    stiffness = Parameter("N/m", at_least=0.0, at_most=2000.0, slew=100.0, per_joint=False, why="stiffest-lever")
    damping = Parameter("N·s/m", at_least=0.0, at_most=200.0, slew=10.0, per_joint=False, why="stiffest-lever")
    turn_stiffness = Parameter("N·m/rad", at_least=0.0, at_most=400.0, slew=20.0, per_joint=False, why="stiffest-joint")
    turn_damping = Parameter("N·m·s/rad", at_least=0.0, at_most=40.0, slew=2.0, per_joint=False, why="stiffest-joint")
    posture_stiffness = Parameter("N·m/rad", at_least=0.0, at_most=400.0, slew=20.0, why="stiffest-joint")
    posture_damping = Parameter("N·m·s/rad", at_least=0.0, at_most=40.0, slew=2.0, why="stiffest-joint")

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """Torque in N·m per joint."""
        jacobian = robot.jacobian(x.q)
        velocity = casadi.mtimes(robot.jacobian(reference.q), reference.dq) - casadi.mtimes(jacobian, x.dq)
        turn = _turn(robot.rotation(x.q), robot.rotation(reference.q))
        force = self.stiffness * (robot.position(reference.q) - robot.position(x.q)) + self.damping * velocity[:3]
        moment = self.turn_stiffness * turn + self.turn_damping * velocity[3:]
        posture = self.posture_stiffness * (reference.q - x.q) + self.posture_damping * (reference.dq - x.dq)
        wrench = casadi.vertcat(force, moment) - robot.tip_wrench(x.q, posture)
        return robot.assistance * (casadi.mtimes(jacobian.T, wrench) + posture)


def _turn(now: SX, wanted: SX) -> SX:
    """The turn from `now` to `wanted`, about its axis by the sine of its angle."""
    return 0.5 * sum((casadi.cross(now[:, axis], wanted[:, axis]) for axis in range(3)), SX.zeros(3))
