"""Feed-forward of friction and inertia along the reference."""

from casadi import SX

from robot.law import Law, Measurement, Parameter, Reference
from robot.symbolic import SymbolicRobot


class FeedForward(Law):
    """What drive and limb need to follow the reference: friction along its velocity, inertia along its acceleration.

    τ = share_f · f(dq_ref) + share_i · (M_robot(q_ref) + I_drive + a · M_limb(q_ref)) ddq_ref, with the assistance a:
    to move the limb is for the patient, to move itself is not. Along the reference and not along the measurement: a
    measured velocity would feed friction back and could push the joint by itself.
    """

    compensates = frozenset({"friction", "inertia"})
    friction_share = Parameter("1", at_least=0.0, at_most=1.0, slew=0.2, why="share-of-all")
    inertia_share = Parameter("1", at_least=0.0, at_most=1.0, slew=0.2, why="share-of-all")

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """Torque in N·m per joint."""
        limb = robot.assistance * robot.limb_inertia_torque(reference.q, reference.ddq)
        inertia = robot.inertia_torque(reference.q, reference.ddq) + limb
        return self.friction_share * robot.friction(reference.dq) + self.inertia_share * inertia
