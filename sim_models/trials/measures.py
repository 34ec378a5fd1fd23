"""What is measured on a trial's recording: errors from the simulation's truth, stops, and what the guard did."""

from math import degrees, inf, radians, sqrt

import numpy as np
import numpy.typing as npt

from robot.guard import Flag
from robot.tick import Array
from sim_models.trials.trial import Recording

DRIVEN_J = 0.05
"""What the drives may still give to motion in all, in J, while they brake: it lifts a leg of 5 kg by 1 mm. Damping acts
on the speed of some cycles ago, and at a turn of the motion it goes along with it for as long."""

SLACK = 0.01
"""N·m of a drive that count as no torque: two of the shipped drive's current counts."""

CAUSED_BY_CONDITION = {"bus-silent", "blind", "emergency-stop"}
"""Reasons of a stop whose cause is the condition's fault itself; of any other it is what the guard saw."""

EXPECTED_FLAGS = Flag.MEASUREMENT_NOT_FINITE | Flag.MEASUREMENT_STALE | Flag.RATE
"""Flags that a sound exercise may raise: what a condition does to the measurement, and what the rate limit smooths."""

Mask = npt.NDArray[np.bool_]


def rms_deg(recording: Recording, angles: Array) -> float:
    """The largest of the joints' RMS differences in degrees from the reference, during the exercise at full torque.

    `angles` in rad has a column for each joint; measurements that are no numbers are left out, NaN where none is left.
    """
    errors = (angles - recording.field("q_ref"))[exercising(recording)]
    means = [float(np.mean(error**2)) for error in (one[np.isfinite(one)] for one in errors.T) if error.size]
    return degrees(sqrt(max(means))) if means else float("nan")


def tool_errors(recording: Recording) -> Array:
    """How far in m the last link's frame is from its reference, x, y, z, at each row."""
    away: Array = recording.places("tool")[: len(recording.rows)] - recording.tool_reference
    return away


def aside_errors(recording: Recording) -> Array:
    """The same without what lies along the tool: the error of one that presses, which goes ahead less than asked."""
    away, points = tool_errors(recording), recording.tool_points
    aside: Array = away - (away * points).sum(axis=1, keepdims=True) * points
    return aside


def tool_rms_mm(recording: Recording, errors: Array) -> float:
    """The RMS length in mm of such errors, during the exercise at full torque."""
    away = errors[exercising(recording)]
    return 1000.0 * sqrt(float((away**2).sum(axis=1).mean())) if len(away) else float("nan")


def exercising(recording: Recording) -> Mask:
    """The ticks of the exercise in which the torque is not faded."""
    mask: Mask = (recording.field("repetition")[:, 0] >= 1.0) & (recording.field("fade")[:, 0] == 1.0)
    return mask


def overshoot_deg(recording: Recording) -> float:
    """How far in degrees a limb went beyond the range of its reference during the exercise; 0 where none did."""
    during = exercising(recording)
    if not during.any():
        return 0.0
    limb, reference = recording.limbs("limb_q_rad")[: len(during)][during], recording.field("q_ref")[during]
    above, below = limb.max(axis=0) - reference.max(axis=0), reference.min(axis=0) - limb.min(axis=0)
    return degrees(max(0.0, float(above.max()), float(below.max())))


def limited_by(recording: Recording) -> tuple[str, ...]:
    """Which limits the guard had to hold in the exercise, by their flags' names."""
    flags = recording.field("flags")[exercising(recording), 0].astype(int)
    raised = Flag(int(np.bitwise_or.reduce(flags))) if flags.size else Flag(0)
    return tuple((one.name or "").lower().replace("_", "-") for one in Flag if one in raised & ~EXPECTED_FLAGS)


def stop_cause_s(recording: Recording) -> float:
    """When the cause of a stop began in s: the condition's fault, or the first tick in which the guard asked for it."""
    time = recording.field("time")[:, 0]
    begun = recording.condition.starts_s
    if begun < inf and recording.reason in CAUSED_BY_CONDITION:
        return begun
    asked = time[recording.field("severity")[:, 0] > 0.0]
    return float(asked[0]) if asked.size else float(time[-1])


def stop_s(recording: Recording, slow_deg_s: float) -> float:
    """Seconds from a stop's cause until the drives give no torque but to brake, or every limb is slow, for good.

    Braking counts where a damped end does it: it hardly drives the motion any more. Where brakes hold the robot it has
    to stand: without torque it would fall. Infinity where it did not come.
    """
    stopped: Mask = _standing(recording, slow_deg_s)
    if not recording.layout.brakes:
        slack = np.abs(recording.motor_tau).max(axis=1) <= SLACK
        stopped = stopped | slack | _braking(recording)
    moving = np.flatnonzero(~stopped)
    end = 0.0 if not moving.size else (int(moving[-1]) + 1) * recording.dt
    return max(0.0, end - stop_cause_s(recording)) if end < (len(stopped) - 1) * recording.dt else inf


def stop_distance_deg(recording: Recording, slow_deg_s: float) -> float:
    """How far in degrees a limb or a joint of the robot went from a stop's cause until the stop.

    What a spasm throws the limb in its strap meanwhile is in it. Infinity where the stop did not come.
    """
    taken = stop_s(recording, slow_deg_s)
    if taken == inf:
        return inf
    first = round(stop_cause_s(recording) / recording.dt)
    until = first + round(taken / recording.dt) + 1
    way = np.hstack([recording.joint_q, recording.every("limb_q_rad")])[first:until]
    return degrees(float(np.abs(way - way[0]).max())) if len(way) else 0.0


def stop_distance_mm(recording: Recording) -> float:
    """How far in mm the last link's frame was, from a stop's cause on and until all was over, from where it was then.

    What it sinks until brakes hold it is in it.
    """
    way = recording.places("tool")[round(stop_cause_s(recording) / recording.dt) :]
    return 1000.0 * float(np.linalg.norm(way - way[0], axis=1).max()) if len(way) else 0.0


def _standing(recording: Recording, slow_deg_s: float) -> Mask:
    """Whether every limb, or every joint of a robot that carries none, is slow, at each moment that was watched."""
    speeds = recording.every("limb_dq_rad_s")
    if not speeds.size:
        speeds = np.gradient(recording.joint_q, recording.dt, axis=0)
    return np.asarray((np.abs(speeds) < radians(slow_deg_s)).all(axis=1), np.bool_)


def _braking(recording: Recording) -> Mask:
    """Whether a damped end has begun and the drives give, from here on, no energy to the motion but `DRIVEN_J`.

    So it is at each moment that was watched: the most that torque times speed comes to by any later one.
    """
    places = [index for index, one in enumerate(recording.layout.limits) if one.name.endswith(".settle_damping")]
    tau, speed = recording.motor_tau, np.gradient(recording.joint_q, recording.dt, axis=0)
    given = np.cumsum(tau * speed, axis=0) * recording.dt
    to_come = np.maximum.accumulate(given[::-1], axis=0)[::-1] - given
    begun = np.logical_or.accumulate(recording.field("limits")[:, places].any(axis=1))
    damped = np.pad(begun, (0, len(tau) - len(begun)), mode="edge")
    return np.asarray(damped & (to_come.sum(axis=1) <= DRIVEN_J), np.bool_)
