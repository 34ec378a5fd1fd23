"""Passive joint moments of a leg: skin, ligaments and slack muscles, Riener & Edrich 1999.

Riener R., Edrich T. (1999), "Identification of passive elastic joint moments in the lower extremities", J. Biomechanics
32(5). Degrees in, N·m out; flexion and dorsiflexion positive, in the angles and in the moments; healthy adults. Every
function takes numbers or symbolic expressions alike.
"""

from typing import Any

import casadi

HIP_RANGE_DEG = (-20.0, 130.0)
KNEE_RANGE_DEG = (-10.0, 140.0)
ANKLE_RANGE_DEG = (-50.0, 40.0)
"""Where the inputs are clipped: the exponentials are fitted inside the joints' ranges and explode outside. The bounds
are assumed, from common ranges of motion, not from the paper."""


def _clipped(angle_deg: Any, bounds: tuple[float, float]) -> Any:
    return casadi.fmin(casadi.fmax(angle_deg, bounds[0]), bounds[1])


def _inside(hip_deg: Any, knee_deg: Any, ankle_deg: Any) -> tuple[Any, Any, Any]:
    return (
        _clipped(hip_deg, HIP_RANGE_DEG),
        _clipped(knee_deg, KNEE_RANGE_DEG),
        _clipped(ankle_deg, ANKLE_RANGE_DEG),
    )


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
