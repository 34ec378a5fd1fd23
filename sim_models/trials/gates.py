"""What came of a trial, held against the gates."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import degrees, isfinite, radians, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from robot.guard import POSITION_MARGIN, VELOCITY_MARGIN
from robot.plan import Plan
from robot.runtime.session_state import State
from robot.tick import Array
from sim_models.trials.cases import Case
from sim_models.trials.matrix import Gates
from sim_models.trials.trial import Recording

SLACK = 0.01
"""N·m of a drive that count as no torque: two of the shipped drive's current counts."""

CAUSED_BY_CONDITION = {"bus-silent", "blind", "emergency-stop"}
"""Reasons of a stop whose cause is the condition's fault itself; of any other it is what the guard saw."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Result:
    """One trial's figures; `failures` names each gate that it did not keep. `stop_ms` is None where it completed."""

    patient: str
    height_m: float
    mass_kg: float
    condition: str
    changes: Mapping[str, float]
    expected: str
    end: str
    reason: str
    limb_rms_deg: float
    encoder_rms_deg: float
    peak_cuff_force_N: float  # noqa: N815  (the unit's own letter)
    peak_tau_Nm: float  # noqa: N815
    stop_ms: float | None
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it ended as expected and kept every gate."""
        return not self.failures

    @property
    def figures(self) -> dict[str, Any]:
        """Everything, as JSON knows it; null for what has no finite value, as an error before the exercise began."""
        figures = {**asdict(self), "failures": list(self.failures), "passed": self.passed}
        return {name: None if _is_not_finite(value) else value for name, value in figures.items()}


def judge(recording: Recording, case: Case, plan: Plan, gates: Gates) -> Result:
    """Measure a trial and hold it against the plan's limits and the gates."""
    end = _end(recording)
    limb_rms = _rms_deg(recording, recording.true("limb_q_rad")[: len(recording.rows)])
    stop_ms = None if end == "completes" else 1000.0 * _stop_time(recording, gates)
    failures = [*_limits_broken(recording, plan)]
    if end not in case.expected.split("-or-"):
        failures.append(f"ended as {end} ({recording.reason})")
    elif end == "completes":
        if not limb_rms <= gates.limb_rms_deg:
            failures.append(f"limb error {limb_rms:.1f}° over {gates.limb_rms_deg:g}°")
    elif stop_ms is not None and not stop_ms <= gates.stop_within_ms:
        stopped = f"stopped after {stop_ms:.0f} ms" if isfinite(stop_ms) else "not stopped when the trial ended"
        failures.append(f"{stopped}, over {gates.stop_within_ms:g} ms")
    return Result(
        patient=case.patient,
        height_m=case.person.height_m,
        mass_kg=case.person.mass_kg,
        condition=case.condition,
        changes=case.changes,
        expected=case.expected,
        end=end,
        reason=recording.reason,
        limb_rms_deg=limb_rms,
        encoder_rms_deg=_rms_deg(recording, recording.field("q")[:, 0]),
        peak_cuff_force_N=float(recording.true("cuff_force_N").max()),
        peak_tau_Nm=float(np.abs(recording.field("tau_command")).max()),
        stop_ms=stop_ms,
        failures=tuple(failures),
    )


def _is_not_finite(value: object) -> bool:
    return isinstance(value, float) and not isfinite(value)


def _end(recording: Recording) -> str:
    if recording.state is State.FAULT:
        return "faults"
    return "completes" if recording.reason == "completed" else "stops-safely"


def _rms_deg(recording: Recording, angle: Array) -> float:
    """RMS difference in degrees from the reference during the exercise at full torque; NaN measurements left out."""
    exercising = (recording.field("repetition")[:, 0] >= 1.0) & (recording.field("fade")[:, 0] == 1.0)
    error = (angle - recording.field("q_ref")[:, 0])[exercising]
    error = error[np.isfinite(error)]
    return degrees(sqrt(float(np.mean(error**2)))) if error.size else float("nan")


def _stop_time(recording: Recording, gates: Gates) -> float:
    """Seconds from the cause of a stop until the drives give no torque but to brake, or every joint is slow, for good.

    Braking counts where a damped end does it: torque against the motion. The cause is the start of the condition's
    fault, or the first tick in which the guard asked for the stop.
    """
    time = recording.field("time")[:, 0]
    dt = float(time[1] - time[0])
    asked = time[recording.field("severity")[:, 0] > 0.0]
    if isfinite(recording.condition.starts_s) and recording.reason in CAUSED_BY_CONDITION:
        cause = recording.condition.starts_s
    else:
        cause = float(asked[0]) if asked.size else float(time[-1])
    slack: Mask = np.abs(recording.motor_tau).max(axis=1) <= SLACK
    slow = np.abs(recording.true("limb_dq_rad_s")) < radians(gates.slow_deg_s)
    moving = np.flatnonzero(~(slack | slow | _braking(recording)))
    end = 0.0 if not moving.size else (int(moving[-1]) + 1) * dt
    return max(0.0, end - cause) if end < (len(slack) - 1) * dt else float("inf")


def _braking(recording: Recording) -> Mask:
    """Whether the drives did nothing but brake under the damping of a damped end, at each moment that was watched."""
    places = [index for index, one in enumerate(recording.layout.limits) if one.name.endswith(".settle_damping")]
    count = len(recording.rows)
    damped = recording.field("limits")[:, places].any(axis=1)
    against = (recording.motor_tau[:count] * recording.field("dq") <= 0.0).all(axis=1)
    braking: Mask = np.zeros(len(recording.motor_tau), np.bool_)
    braking[:count] = damped & against
    return braking


def _limits_broken(recording: Recording, plan: Plan) -> list[str]:
    """Which limits of the plan did not hold, at any moment and whatever the end."""
    broken = []
    cuff = float(recording.true("cuff_force_N").max())
    if not cuff <= plan.limits.cuff.force:
        broken.append(f"cuff {cuff:.0f} N over {plan.limits.cuff.force:g} N")
    # From a lost turn on the encoder tells nothing of the joint.
    true = recording.field("time")[:, 0] < recording.condition.wrap_s
    for index, (name, limits) in enumerate(plan.limits.joints.items()):
        tau = recording.field("tau_command")[:, index]
        if not np.isfinite(tau).all() or np.abs(tau).max() > limits.torque:
            broken.append(f"{name} torque over {limits.torque:g} N·m")
        low, high = (radians(value) for value in limits.range_deg)
        q = recording.field("q")[true, index]
        if np.nanmin(q) < low - POSITION_MARGIN or np.nanmax(q) > high + POSITION_MARGIN:
            broken.append(f"{name} angle outside {limits.range_deg[0]:g} to {limits.range_deg[1]:g}°")
        speed = np.nanmax(np.abs(recording.field("dq")[true, index]))
        if speed > VELOCITY_MARGIN * radians(limits.velocity_deg_s):
            broken.append(f"{name} speed over {limits.velocity_deg_s:g}°/s")
    return broken
