"""Voluntary effort: the person carries a share of what their own limb's motion takes.

The person knows their own limb and nothing of the controller, so the same patient can sit in another process than the
law: the torque is a share of the inverse dynamics at the limb's *actual* state,

    τ = share · (G(q) − M_passive(q) + I a),    a = (dq − v)/T,    dv/dt = a

with G the torque that holds the limb against gravity, M_passive the passive moment, and `a` the limb's acceleration as
felt through a first-order lag of T: causal, and without an algebraic loop. With the actual instead of the intended
motion the person helps a movement that happens but never corrects it; the error stays the robot's to reduce.
"""

from typing import Any

LAG_S = 0.05
"""Lag in s of the felt acceleration: the order of a long-loop reflex; assumed."""


def felt_acceleration(dq: Any, felt_dq: Any) -> Any:
    """Acceleration in rad/s² as felt at limb velocity `dq` with `felt_dq`, the lagged velocity, both in rad/s."""
    return (dq - felt_dq) / LAG_S


def effort_torque(share: Any, gravity: Any, passive: Any, inertia: Any, acceleration: Any) -> Any:
    """Voluntary torque in N·m, flexion positive.

    `share` 0…1, `gravity` the holding torque in N·m, `passive` the passive moment in N·m, `inertia` of the limb about
    the joint in kg·m², `acceleration` as felt in rad/s².
    """
    return share * (gravity - passive + inertia * acceleration)
