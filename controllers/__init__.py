"""Control laws and reference motions. A law is one file here and one line in `LAWS`."""

from controllers.adaptive_assistance import AdaptiveAssistance
from controllers.admittance import Admittance
from controllers.cartesian_impedance import CartesianImpedance
from controllers.coriolis import CoriolisCompensation
from controllers.error_based_assistance import ErrorBasedAssistance
from controllers.feed_forward import FeedForward
from controllers.friction import FrictionCompensation
from controllers.gravity import GravityCompensation
from controllers.iterative_torque import IterativeTorque
from controllers.joint_impedance import JointImpedance
from controllers.path_control import PathControl
from controllers.phase_impedance import PhaseImpedance
from controllers.phase_torque import PhaseTorque
from controllers.resistance import ElasticResistance, IsotonicResistance, ViscousResistance
from controllers.transparent import TransparentMode
from controllers.walking_states import WalkingStates
from robot.law import Law

_ALL: tuple[type[Law], ...] = (
    JointImpedance,
    GravityCompensation,
    FeedForward,
    CoriolisCompensation,
    FrictionCompensation,
    TransparentMode,
    IsotonicResistance,
    ViscousResistance,
    ElasticResistance,
    PhaseImpedance,
    ErrorBasedAssistance,
    AdaptiveAssistance,
    PathControl,
    Admittance,
    CartesianImpedance,
    PhaseTorque,
    WalkingStates,
    IterativeTorque,
)

LAWS: dict[str, type[Law]] = {law.name: law for law in _ALL}
"""The laws that a plan can name."""
