"""Control laws and reference motions. A law is one file here and one line in `LAWS`."""

from controllers.feed_forward import FeedForward
from controllers.gravity import GravityCompensation
from controllers.joint_impedance import JointImpedance
from robot.law import Law

LAWS: dict[str, type[Law]] = {law.name: law for law in (JointImpedance, GravityCompensation, FeedForward)}
"""The laws that a plan can name."""
