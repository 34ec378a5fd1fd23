"""Passive joint moments: skin, ligaments and slack muscles.

Hip, knee and ankle: Riener R., Edrich T. (1999), "Identification of passive elastic joint moments in the lower
extremities", J. Biomechanics 32(5); healthy adults. All the other joints are synthetic: a spring about an angle of rest
and, towards the ends of the range, two exponentials.

Degrees in, N·m out; the joint's positive way is positive, in the angles and in the moments. Every function takes
numbers or symbolic expressions alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import casadi

from sim_models.virtual_patient.joints import JOINTS, JointName

STOP_STIFFNESS = 2.0
"""N·m per degree beyond a person's own range, where a contracture ends it or the joint itself does. Synthetic."""

STOP_DAMPING = 0.3
"""By how much of itself the stop is stiffer for each rad/s outwards, in s/rad. Synthetic."""

END_MOMENT, END_WIDTH_DEG = 4.0, 10.0
"""What an exponential of a synthetic joint gives at the end of the range, and in how many degrees it falls by e."""


@dataclass(frozen=True, slots=True)
class Spring:
    """A synthetic joint's angle of rest in degrees and its stiffness in N·m per degree."""

    rest_deg: float
    stiffness: float


SPRINGS: Mapping[JointName, Spring] = MappingProxyType(
    {
        "shoulder_flexion": Spring(20.0, 0.02),
        "shoulder_abduction": Spring(10.0, 0.02),
        "shoulder_rotation": Spring(20.0, 0.01),
        "elbow": Spring(60.0, 0.01),
        "forearm": Spring(0.0, 0.005),
        "neck": Spring(0.0, 0.15),
    }
)
"""Synthetic: no published curve was taken."""


def _clipped(angle_deg: Any, joint: JointName) -> Any:
    """The exponentials are fitted inside the joints' ranges and explode outside."""
    low, high = JOINTS[joint].range_deg
    return casadi.fmin(casadi.fmax(angle_deg, low), high)


def _inside(hip_deg: Any, knee_deg: Any, ankle_deg: Any) -> tuple[Any, Any, Any]:
    return _clipped(hip_deg, "hip"), _clipped(knee_deg, "knee"), _clipped(ankle_deg, "ankle")


def hip_moment(hip_deg: Any, knee_deg: Any, ankle_deg: Any) -> Any:
    """Passive flexion moment in N·m at the hip."""
    h, k, _ = _inside(hip_deg, knee_deg, ankle_deg)
    return casadi.exp(1.4655 - 0.0034 * k - 0.0750 * h) - casadi.exp(1.3403 - 0.0226 * k + 0.0305 * h) + 8.072


def knee_moment(hip_deg: Any, knee_deg: Any, ankle_deg: Any) -> Any:
    """Passive flexion moment in N·m at the knee."""
    h, k, a = _inside(hip_deg, knee_deg, ankle_deg)
    return (
        casadi.exp(1.800 + 0.0460 * a - 0.0352 * k + 0.0217 * h)
        - casadi.exp(-3.971 + 0.0004 * a + 0.0495 * k - 0.0128 * h)
        - 4.820
        + casadi.exp(2.220 - 0.150 * k)
    )


def ankle_moment(hip_deg: Any, knee_deg: Any, ankle_deg: Any) -> Any:
    """Passive dorsiflexion moment in N·m at the ankle."""
    _, k, a = _inside(hip_deg, knee_deg, ankle_deg)
    return casadi.exp(-7.9763 - 0.1949 * a + 0.0008 * k) - casadi.exp(2.1016 + 0.0843 * a - 0.0176 * k) + 1.792


def synthetic_moment(joint: JointName, angle_deg: Any) -> Any:
    """Passive moment in N·m of a joint of `SPRINGS`."""
    spring, (low, high), angle = SPRINGS[joint], JOINTS[joint].range_deg, _clipped(angle_deg, joint)
    ends = casadi.exp((low - angle) / END_WIDTH_DEG) - casadi.exp((angle - high) / END_WIDTH_DEG)
    return END_MOMENT * ends - spring.stiffness * (angle - spring.rest_deg)


def stop_moment(angle_deg: Any, low_deg: Any, high_deg: Any, dq: Any = 0.0) -> Any:
    """What drives a joint back into the person's own range, in N·m; zero inside.

    At a velocity `dq` in rad/s it gives more on the way out than back, as Hunt and Crossley have it (1975), so that
    nobody bounces off the end of their range; it never pulls.
    """
    below, above = casadi.fmax(0.0, low_deg - angle_deg), casadi.fmax(0.0, angle_deg - high_deg)
    stiff_below = casadi.fmax(0.0, 1.0 - STOP_DAMPING * dq)
    stiff_above = casadi.fmax(0.0, 1.0 + STOP_DAMPING * dq)
    return STOP_STIFFNESS * (below * stiff_below - above * stiff_above)


def passive_moment(joint: JointName, angles_deg: Mapping[JointName, Any]) -> Any:
    """Passive moment in N·m of a joint, the stop aside; a leg's joint needs the angles of hip, knee and ankle."""
    if joint in SPRINGS:
        return synthetic_moment(joint, angles_deg[joint])
    of_leg = {"hip": hip_moment, "knee": knee_moment, "ankle": ankle_moment}[joint]
    return of_leg(angles_deg["hip"], angles_deg["knee"], angles_deg["ankle"])
