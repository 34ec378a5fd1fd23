"""A picture of one trial over time: angles, torques, cuff force, and what the guard did."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from robot.errors import DeviceError, InputError
from robot.guard import Flag
from robot.plan import Plan
from robot.tick import Array
from sim_models.trials.gates import Result
from sim_models.trials.measures import EXPECTED_FLAGS, stop_cause_s
from sim_models.trials.pictures import STYLE
from sim_models.trials.trial import Recording

FORMATS = (".png", ".svg")
_REFERENCE, _ENCODER, _LIMB, _ALLOWED = "#8a9099", "#0072B2", "#009E73", "#D55E00"


def check_format(file: Path) -> None:
    """Refuse a file whose name ends as no picture that can be drawn; raises `InputError`."""
    if file.suffix.lower() not in FORMATS:
        raise InputError("picture-format", field="--picture", known=", ".join(FORMATS))


def draw_trial(file: Path, recording: Recording, result: Result, plan: Plan) -> None:
    """Save the picture, PNG or SVG by the end of the file's name; raises `InputError`, or `DeviceError`."""
    check_format(file)
    joints = recording.layout.joints
    panels = [(joint, draw) for joint in joints for draw in (_angles, _torques)]
    forces = [_forces, *([_ground] if plan.limits.ground else [])]
    with mpl.rc_context(STYLE):
        count = len(panels) + len(forces)
        figure = Figure(figsize=(8.0, 1.6 + 1.7 * count), layout="constrained")
        axes = figure.subplots(count, 1, sharex=True)
        for axis, (joint, draw) in zip(axes, panels, strict=False):
            draw(axis, recording, joints.index(joint))
        for axis, draw_force in zip(axes[len(panels) :], forces, strict=True):
            draw_force(axis, recording, plan)
        for axis in axes:
            _mark(axis, recording, result)
        axes[-1].set_xlabel("time (s)")
        figure.suptitle(f"{result.patient}, {result.condition}: {result.end.replace('-', ' ')} ({result.reason})")
        try:
            figure.savefig(file, dpi=130, metadata={"Date": None} if file.suffix.lower() == ".svg" else None)
        except OSError as problem:
            raise DeviceError("picture-not-written", file=file, reason=problem.strerror or str(problem)) from problem


def _angles(axis: Axes, recording: Recording, index: int) -> None:
    """Reference, encoder and the limb's truth."""
    joint, time = recording.layout.joints[index], recording.field("time")[:, 0]
    axis.plot(time, np.degrees(recording.field("q_ref")[:, index]), color=_REFERENCE, dashes=(4, 2), label="reference")
    axis.plot(time, np.degrees(recording.field("q")[:, index]), color=_ENCODER, linewidth=1.0, label="encoder")
    limb = _truth_of(recording, joint, "limb_q_rad")
    if limb is not None:
        axis.plot(time, np.degrees(limb), color=_LIMB, label="limb (truth)")
    axis.set_title(f"{joint} angle (°)")
    _legend(axis)


def _torques(axis: Axes, recording: Recording, index: int) -> None:
    """What the drives were told, and what robot and limb give each other."""
    joint, time = recording.layout.joints[index], recording.field("time")[:, 0]
    interaction = _truth_of(recording, joint, "interaction_tau_Nm")
    axis.plot(time, recording.field("tau_command")[:, index], color=_ENCODER, linewidth=1.0, label="command")
    if interaction is not None:
        axis.plot(time, interaction, color=_LIMB, label="interaction (truth)")
    axis.axhline(0.0, color="#e4e7eb", linewidth=0.6)
    axis.set_title(f"{joint} torque (N·m)")
    _legend(axis)


def _forces(axis: Axes, recording: Recording, plan: Plan) -> None:
    """The hardest cuff, or the hardest contact, against the plan's limit."""
    time = recording.field("time")[:, 0]
    cuff, contact = plan.limits.cuff, plan.stop.contact
    forces = recording.every("cuff_force_N" if cuff else "contact_N")[: len(time)]
    allowed = cuff.force if cuff else contact.force if contact else 0.0
    axis.plot(time, forces.max(axis=1, initial=0.0), color=_LIMB, label="hardest (truth)")
    axis.axhline(allowed, color=_ALLOWED, dashes=(4, 2), linewidth=1.2, label="plan's limit")
    axis.set_ylim(bottom=0.0)
    axis.set_title("cuff force (N)" if cuff else "contact force (N)")
    _legend(axis)


def _ground(axis: Axes, recording: Recording, plan: Plan) -> None:
    """What each foot presses on the belt with, against the plan's limit."""
    time = recording.field("time")[:, 0]
    for side, color in (("left", _ENCODER), ("right", _LIMB)):
        axis.plot(time, recording.true(f"{side}_ground_up_N")[: len(time)], color=color, label=f"{side} foot (truth)")
    if plan.limits.ground:
        allowed = plan.limits.ground.force
        axis.axhline(allowed, color=_ALLOWED, dashes=(4, 2), linewidth=1.2, label="plan's limit")
    axis.set_ylim(bottom=0.0)
    axis.set_title("ground force, upwards (N)")
    _legend(axis)


def _truth_of(recording: Recording, joint: str, name: str) -> Array | None:
    """What is true of a joint's limb in each row; None where it carries none."""
    title = f"{joint}_{name}"
    if title not in recording.truth_columns:
        return None
    return recording.truth[: len(recording.rows), recording.truth_columns.index(title)]


def _legend(axis: Axes) -> None:
    axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _mark(axis: Axes, recording: Recording, result: Result) -> None:
    """Shade where the guard held a limit, and draw the cause of a stop."""
    time = recording.field("time")[:, 0]
    held = recording.field("flags")[:, 0].astype(int) & int(~EXPECTED_FLAGS & Flag(2 ** len(Flag) - 1)) > 0
    axis.fill_between(time, 0.0, 1.0, where=held, transform=axis.get_xaxis_transform(), color=_ALLOWED, alpha=0.15)
    if result.stop_ms is not None:
        axis.axvline(stop_cause_s(recording), color=_ALLOWED, linewidth=1.0)
