"""What came of a trial, held against the gates."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from math import inf, isfinite, radians
from typing import Any

import numpy as np

from robot.guard import POSITION_MARGIN, VELOCITY_MARGIN
from robot.plan import Plan
from robot.runtime.session_state import State
from sim_models.trials.cases import Case
from sim_models.trials.matrix import Gates
from sim_models.trials.measures import (
    aside_errors,
    limited_by,
    overshoot_deg,
    rms_deg,
    stop_distance_deg,
    stop_distance_mm,
    stop_s,
    tool_errors,
    tool_rms_mm,
)
from sim_models.trials.task_gates import task_outcome
from sim_models.trials.trial import Recording


@dataclass(frozen=True, slots=True)
class Result:
    """One trial's figures; `failures` names each gate that it did not keep.

    Of a robot that carries limbs are the limb's figures and the cuff's; `peak_interaction_Nm` is the largest torque
    that robot and limb give each other, before the stop where there is one, at the `interaction_joint` where that is
    the most of what the spasm stop has for it. Of one that carries none is `tool_rms_mm`,
    how far the last link is from its reference, where it presses by intent aside of that alone; `stop_mm`, how far it
    went from a stop's cause on until all was over; and `peak_contact_N`, the hardest that anybody was pressed. Of a
    care `task` are its own figures, and `undone`: what it missed though the trial completed. The others' are None.
    `stop_ms` and `stop_deg`, from a stop's cause to the stop, are None where the trial completed.
    """

    patient: str
    height_m: float
    mass_kg: float
    condition: str
    changes: Mapping[str, float]
    expected: str
    end: str
    reason: str
    encoder_rms_deg: float
    peak_tau_Nm: float  # noqa: N815  (the unit's own letter)
    stop_ms: float | None
    stop_deg: float | None
    failures: tuple[str, ...] = ()
    limb_rms_deg: float | None = None
    peak_cuff_force_N: float | None = None  # noqa: N815
    interaction_joint: str | None = None
    peak_interaction_Nm: float | None = None  # noqa: N815
    overshoot_deg: float | None = None
    tool_rms_mm: float | None = None
    stop_mm: float | None = None
    peak_contact_N: float | None = None  # noqa: N815
    task: Mapping[str, float] | None = None
    undone: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it ended as expected and kept every gate."""
        return not self.failures

    @property
    def figures(self) -> dict[str, Any]:
        """Everything, as JSON knows it; null for what has no finite value, as an error before the exercise began."""
        figures = {**asdict(self), "failures": list(self.failures), "undone": list(self.undone), "passed": self.passed}
        return {name: None if _is_not_finite(value) else value for name, value in figures.items()}


def judge(recording: Recording, case: Case, plan: Plan, gates: Gates) -> Result:
    """Measure a trial and hold it against the plan's limits and the gates."""
    end = _end(recording)
    stopped = end != "completes"
    result = Result(
        patient=case.patient,
        height_m=case.person.height_m,
        mass_kg=case.person.mass_kg,
        condition=case.condition,
        changes=case.changes,
        expected=case.expected,
        end=end,
        reason=recording.reason,
        encoder_rms_deg=rms_deg(recording, recording.field("q")),
        peak_tau_Nm=float(np.abs(recording.field("tau_command")).max()),
        stop_ms=1000.0 * stop_s(recording, gates.slow_deg_s) if stopped else None,
        stop_deg=stop_distance_deg(recording, gates.slow_deg_s) if stopped else None,
        **(_of_limbs(recording, plan) if plan.posture else _of_tool(recording, plan, stopped)),
    )
    broken = _completion_broken if end == "completes" else _stop_broken
    failures = [*_limits_broken(recording, plan)]
    if plan.task:
        outcome = task_outcome(recording, plan.task, end == "completes")
        result = replace(result, task=outcome.figures, undone=outcome.undone)
        failures += outcome.missed
    if end in case.expected.split("-or-"):
        failures += broken(result, recording, plan, gates)
    else:
        failures.append(f"ended as {end} ({recording.reason})")
    return replace(result, failures=tuple(failures))


def _of_limbs(recording: Recording, plan: Plan) -> dict[str, Any]:
    """The figures of straps and limbs."""
    count = len(recording.rows)
    peaks = np.abs(recording.limbs("interaction_tau_Nm")[:count]).max(axis=0)
    joints, spasm = recording.layout.joints, plan.stop.spasm
    allowed = [spasm.of(name) if spasm else inf for name in joints]
    nearest = int(np.argmax(peaks / allowed))
    return {
        "limb_rms_deg": rms_deg(recording, recording.limbs("limb_q_rad")[:count]),
        "peak_cuff_force_N": float(recording.every("cuff_force_N").max()),
        "interaction_joint": joints[nearest],
        "peak_interaction_Nm": float(peaks[nearest]),
        "overshoot_deg": overshoot_deg(recording),
    }


def _of_tool(recording: Recording, plan: Plan, stopped: bool) -> dict[str, float | None]:
    """The figures of a last link that nothing is strapped to."""
    errors = aside_errors if plan.task and plan.task.presses else tool_errors
    return {
        "tool_rms_mm": tool_rms_mm(recording, errors(recording)),
        "stop_mm": stop_distance_mm(recording) if stopped else None,
        "peak_contact_N": float(recording.every("contact_N").max(initial=0.0)),
    }


def interaction_gate(result: Result, plan: Plan) -> float:
    """The most in N·m that robot and limb may give each other at the result's joint; infinite where there is none."""
    return plan.stop.spasm.of(result.interaction_joint) if plan.stop.spasm and result.interaction_joint else inf


def _over(value: float | None, allowed: float) -> bool:
    """Whether a figure that there is did not stay within its gate; NaN did not."""
    return value is not None and not value <= allowed


def _completion_broken(result: Result, recording: Recording, plan: Plan, gates: Gates) -> Iterator[str]:
    """Which gates a trial that completed did not keep."""
    if _over(result.limb_rms_deg, gates.limb_rms_deg):
        yield f"limb error {result.limb_rms_deg:.1f}° over {gates.limb_rms_deg:g}°"
    if _over(result.overshoot_deg, gates.overshoot_deg):
        yield f"limb {result.overshoot_deg:.1f}° beyond its motion, over {gates.overshoot_deg:g}°"
    bearable = interaction_gate(result, plan)
    if _over(result.peak_interaction_Nm, bearable):
        joint = result.interaction_joint
        yield f"{joint} interaction torque {result.peak_interaction_Nm:.1f} N·m over {bearable:g} N·m"
    if _over(result.tool_rms_mm, gates.tool_rms_mm):
        yield f"tool error {result.tool_rms_mm:.1f} mm over {gates.tool_rms_mm:g} mm"
    limits = limited_by(recording)
    if limits:
        yield f"the guard had to act: {', '.join(limits)}"


def _stop_broken(result: Result, recording: Recording, plan: Plan, gates: Gates) -> Iterator[str]:
    """Which gates a trial that stopped did not keep."""
    taken, way = result.stop_ms or 0.0, result.stop_deg or 0.0
    if not taken <= gates.stop_within_ms:
        said = f"stopped after {taken:.0f} ms" if isfinite(taken) else "not stopped when the trial ended"
        yield f"{said}, over {gates.stop_within_ms:g} ms"
    elif not way <= gates.stop_within_deg:
        yield f"stopped after {way:.1f}°, over {gates.stop_within_deg:g}°"
    if _over(result.stop_mm, gates.stop_within_mm):
        yield f"tool went {result.stop_mm:.1f} mm from a stop's cause on, over {gates.stop_within_mm:g} mm"


def _is_not_finite(value: object) -> bool:
    return isinstance(value, float) and not isfinite(value)


def _end(recording: Recording) -> str:
    if recording.state is State.FAULT:
        return "faults"
    return "completes" if recording.reason == "completed" else "stops-safely"


def _limits_broken(recording: Recording, plan: Plan) -> list[str]:
    """Which limits of the plan did not hold, at any moment and whatever the end."""
    broken = []
    if plan.limits.cuff:
        cuff = float(recording.every("cuff_force_N").max())
        if not cuff <= plan.limits.cuff.force:
            broken.append(f"cuff {cuff:.0f} N over {plan.limits.cuff.force:g} N")
    if plan.limits.ground:
        pressed = float(recording.every("ground_up_N").max())
        if not pressed <= plan.limits.ground.force:
            broken.append(f"foot on the ground {pressed:.0f} N over {plan.limits.ground.force:g} N")
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
