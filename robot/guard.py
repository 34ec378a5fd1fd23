"""The guard: the last word on every torque, compiled apart from the law.

Order of its rules: everything finite and fresh; soft position and velocity limits; the torque's rate; the torque limit
last. Its output is always finite and never above the current torque limit. It never raises: it flags, and asks for a
stop by a severity.
"""

import math
from enum import IntFlag

import casadi
from casadi import SX

from robot.compile import Compiled, compile_function
from robot.runtime.session_state import Severity
from robot.symbolic import SymbolicRobot
from robot.tick import Column, per_joint

LARGEST = 1.7976931348623157e308
_HUGE = 1e9
_LONG_S = 10.0

DECAY_S = 0.040
"""While nothing good comes in, the last good command falls to zero as fast as the torque limit would in this time: one
lost reply is hardly felt, and all is gone by the time that a bus is called silent. The rate limit may stretch it."""

BLIND_S = 0.020
"""With replies that come but make no sense, or a law that gives none, for this long, a soft stop: half of the default
bus silence, so that a sensor that gives nonsense is acted on before a bus that gives nothing."""

SOFT_STIFFNESS = 200.0
"""N·m/rad by which the outward torque bound falls beyond a soft position limit: 30 N·m are gone within 9°. Assumed."""

SOFT_DAMPING = 8.0
"""N·m·s/rad by which it falls too while the joint moves further out. Assumed."""

VELOCITY_DAMPING = 60.0
"""N·m·s/rad with which the torque bound falls beyond the velocity limit: 30 N·m are gone 29°/s above it. Assumed."""

POSITION_MARGIN = math.radians(5.0)
"""Beyond a soft position limit by this much, a soft stop."""

VELOCITY_MARGIN = 1.2
"""Beyond this multiple of the velocity limit, a soft stop."""

ACCELERATION_FILTER_S = 0.010
"""Time constant of the acceleration that the interaction torque's estimate needs: the encoder's velocity steps
(0.001 rad/s on a PH54) would otherwise be 0.5 N·m of noise."""


class Flag(IntFlag):
    """What the guard saw or limited in a tick; the row holds the sum."""

    MEASUREMENT_NOT_FINITE = 1
    MEASUREMENT_STALE = 2
    LAW_NOT_FINITE = 4
    LIMITS_NOT_FINITE = 8
    MEMORY_NOT_FINITE = 16
    POSITION = 32
    VELOCITY = 64
    SPASM = 128
    RATE = 256
    TORQUE = 512
    BLIND = 1024
    POSITION_STOP = 2048
    VELOCITY_STOP = 4096


STOPPING_FLAGS = Flag.SPASM | Flag.BLIND | Flag.POSITION_STOP | Flag.VELOCITY_STOP
"""Flags that ask for a soft stop."""


def limit_columns(joints: tuple[str, ...]) -> tuple[Column, ...]:
    """The limits that the guard reads from the row, in this order, grouped by kind."""
    return (
        *per_joint(joints, "limit_q_min", "rad"),
        *per_joint(joints, "limit_q_max", "rad"),
        *per_joint(joints, "limit_velocity", "rad/s"),
        *per_joint(joints, "limit_tau", "N·m"),
        *per_joint(joints, "limit_tau_rate", "N·m/s"),
        *per_joint(joints, "spasm_tau", "N·m"),
        Column("spasm_within", "s"),
    )


def memory_columns(joints: tuple[str, ...]) -> tuple[Column, ...]:
    """What the guard remembers, in this order: last command, last velocity, filtered acceleration, times."""
    return (
        *per_joint(joints, "tau_previous", "N·m"),
        *per_joint(joints, "dq_previous", "rad/s"),
        *per_joint(joints, "ddq_filtered", "rad/s²"),
        *per_joint(joints, "since_half_spasm", "s"),
        Column("blind", "s"),
        Column("unseen", "s"),
    )


def compile_guard(robot: SymbolicRobot, dt: float) -> Compiled:
    """The guard of a robot at a period of `dt` s.

    Inputs: q, dq, tau_measured, age, tau_law, fade, limits, memory. Outputs: tau_command, tau_interaction, flags,
    severity, memory_next.
    """
    n = robot.count
    q, dq, tau_measured, tau_law = (SX.sym(name, n) for name in ("q", "dq", "tau_measured", "tau_law"))
    age, fade = SX.sym("age"), SX.sym("fade")
    limits = SX.sym("limits", len(limit_columns(robot.joints)))
    memory = SX.sym("memory", len(memory_columns(robot.joints)))
    outputs = _guarded(robot, dt, (q, dq, tau_measured, age, tau_law, fade), limits, memory)
    return compile_function("guard", [q, dq, tau_measured, age, tau_law, fade, limits, memory], outputs)


def _guarded(robot: SymbolicRobot, dt: float, measured: tuple[SX, ...], limits: SX, memory: SX) -> list[SX]:
    n = robot.count
    q, dq, tau_measured, age, tau_law, fade = measured
    velocity, torque, rate, spasm = (limits[i * n : (i + 1) * n] for i in range(2, 6))
    previous, dq_previous, ddq_filtered, since_half = (memory[i * n : (i + 1) * n] for i in range(4))
    blind, unseen = memory[4 * n], memory[4 * n + 1]

    # Finite and fresh, before any comparison; what is not finite is replaced, so that nothing below meets a NaN.
    fresh = _all(casadi.vertcat(_finite(age), age <= 0.0))
    measurement_finite = _all(_finite(casadi.vertcat(q, dq, tau_measured)))
    law_finite = _all(_finite(casadi.vertcat(tau_law, fade)))
    limits_finite = _all(casadi.vertcat(_finite(limits), velocity >= 0.0, torque >= 0.0, rate >= 0.0))
    memory_finite = _all(_finite(memory))
    seen = casadi.logic_and(measurement_finite, fresh)
    good = _all(casadi.vertcat(seen, law_finite, limits_finite, memory_finite))
    active = casadi.logic_and(seen, limits_finite)
    q, dq, tau_measured = (_or_zero(one, seen) for one in (q, dq, tau_measured))
    limits, torque, rate = (_or_zero(one, limits_finite) for one in (limits, torque, rate))
    previous = _clipped(_each_or_zero(previous), torque)
    blind, unseen = (casadi.fmax(_clipped(_each_or_zero(time), _LONG_S), 0.0) for time in (blind, unseen))

    # Soft limits, rate, torque limit, in this order: a rate that came first would let a soft limit jump.
    decayed = previous - _clipped(previous, torque * dt / DECAY_S)
    wanted = casadi.if_else(good, _clipped(_each_or_zero(fade * tau_law), LARGEST), decayed)
    bounded, at_position, at_velocity = _softly_bounded(wanted, q, dq, limits, torque)
    bounded = casadi.if_else(good, bounded, wanted)
    slewed = casadi.fmin(casadi.fmax(bounded, previous - rate * dt), previous + rate * dt)
    command = _clipped(slewed, torque)

    # After lost replies the velocity has changed over all of the gap; meanwhile the last acceleration stands.
    acceleration = casadi.if_else(memory_finite, (dq - dq_previous) / (unseen + dt), 0.0)
    ddq_next = _filtered(_each_or_zero(ddq_filtered), acceleration, seen, dt)
    robots_own = robot.gravity(q) + robot.friction(dq) + robot.inertia_torque(q, ddq_next)
    interaction = casadi.if_else(seen, _clipped(tau_measured - robots_own, _HUGE), 0.0)
    since_half = casadi.fmin(_each_or_zero(since_half) + dt, _LONG_S)
    # A lost reply says nothing of the interaction: after one, a strong slow push would otherwise look sudden.
    known_below_half = casadi.logic_and(seen, casadi.fabs(interaction) < 0.5 * spasm)
    since_half_next = casadi.if_else(known_below_half, 0.0, since_half)

    # A missed reply is the session's to count, in milliseconds of silence; here only nonsense is counted.
    blind_next = casadi.if_else(good, 0.0, casadi.if_else(fresh, casadi.fmin(blind + dt, _LONG_S), blind))
    unseen_next = casadi.if_else(seen, 0.0, casadi.fmin(unseen + dt, _LONG_S))
    stops = {
        Flag.SPASM: casadi.logic_and(active, _is_spasm(interaction, since_half_next, spasm, limits[6 * n])),
        Flag.BLIND: blind_next > BLIND_S,
        Flag.POSITION_STOP: casadi.logic_and(active, _any(_beyond(q, limits[:n], limits[n : 2 * n]))),
        Flag.VELOCITY_STOP: casadi.logic_and(active, _any(casadi.fabs(dq) > VELOCITY_MARGIN * velocity)),
    }
    seen_and_limited = {
        Flag.MEASUREMENT_NOT_FINITE: casadi.logic_and(fresh, casadi.logic_not(measurement_finite)),
        Flag.MEASUREMENT_STALE: casadi.logic_not(fresh),
        Flag.LAW_NOT_FINITE: casadi.logic_and(seen, casadi.logic_not(law_finite)),
        Flag.LIMITS_NOT_FINITE: casadi.logic_not(limits_finite),
        Flag.MEMORY_NOT_FINITE: casadi.logic_not(memory_finite),
        Flag.POSITION: casadi.logic_and(active, at_position),
        Flag.VELOCITY: casadi.logic_and(active, at_velocity),
        Flag.RATE: _any(casadi.fabs(slewed - bounded) > 0.0),
        Flag.TORQUE: _any(casadi.fabs(wanted) > torque),
    }
    severity = casadi.if_else(_any(casadi.vertcat(*stops.values())), float(Severity.SOFT), float(Severity.NONE))
    dq_next = casadi.if_else(seen, dq, _each_or_zero(dq_previous))
    memory_next = casadi.vertcat(command, dq_next, ddq_next, since_half_next, blind_next, unseen_next)
    estimated = casadi.if_else(seen, interaction, math.nan)  # unknown is not zero
    return [command, estimated, _sum_of({**seen_and_limited, **stops}), severity, memory_next]


def _sum_of(conditions: dict[Flag, SX]) -> SX:
    return sum((float(flag) * condition for flag, condition in conditions.items()), SX(0))


def _filtered(before: SX, acceleration: SX, seen: SX, dt: float) -> SX:
    """The acceleration after a first-order low-pass; as before where nothing was seen."""
    share = dt / (ACCELERATION_FILTER_S + dt)
    return _clipped(casadi.if_else(seen, before * (1.0 - share) + share * acceleration, before), _HUGE)


def _is_spasm(interaction: SX, since_half: SX, threshold: SX, within: SX) -> SX:
    """Whether the interaction torque passed its threshold having been below half of it within the given time."""
    return _any(casadi.logic_and(casadi.fabs(interaction) >= threshold, since_half <= within))


def _softly_bounded(wanted: SX, q: SX, dq: SX, limits: SX, torque: SX) -> tuple[SX, SX, SX]:
    """Torque within bounds that fall to zero beyond the soft limits, and whether position and velocity limits acted.

    To zero and not past it: a limit takes torque away and never makes any, or a soft stop beyond it would not let go.
    """
    n = q.numel()
    q_min, q_max, velocity = (limits[i * n : (i + 1) * n] for i in range(3))
    above, below = casadi.fmax(q - q_max, 0.0), casadi.fmax(q_min - q, 0.0)
    out_up = casadi.if_else(above > 0.0, casadi.fmax(dq, 0.0), 0.0)
    out_down = casadi.if_else(below > 0.0, casadi.fmax(-dq, 0.0), 0.0)
    upper = casadi.fmax(torque - SOFT_STIFFNESS * above - SOFT_DAMPING * out_up, 0.0)
    lower = casadi.fmin(-torque + SOFT_STIFFNESS * below + SOFT_DAMPING * out_down, 0.0)
    within = _clipped(wanted, torque)
    positioned = casadi.fmin(casadi.fmax(within, lower), upper)
    braking = VELOCITY_DAMPING * casadi.fmax(casadi.fabs(dq) - velocity, 0.0)
    upper = casadi.if_else(dq > 0.0, casadi.fmax(torque - braking, 0.0), torque)
    lower = casadi.if_else(dq < 0.0, casadi.fmin(-torque + braking, 0.0), -torque)
    bounded = casadi.fmin(casadi.fmax(positioned, lower), upper)
    return bounded, _any(casadi.fabs(positioned - within) > 0.0), _any(casadi.fabs(bounded - positioned) > 0.0)


def _finite(values: SX) -> SX:
    # x − x == 0 would be simplified away; a comparison with the largest double is false for NaN and infinity.
    return casadi.fabs(values) <= LARGEST


def _all(conditions: SX) -> SX:
    result = SX(1)
    for index in range(conditions.numel()):
        result = casadi.logic_and(result, conditions[index])
    return result


def _any(conditions: SX) -> SX:
    result = SX(0)
    for index in range(conditions.numel()):
        result = casadi.logic_or(result, conditions[index])
    return result


def _or_zero(values: SX, condition: SX) -> SX:
    return casadi.if_else(condition, values, SX.zeros(values.shape))


def _each_or_zero(values: SX) -> SX:
    return casadi.if_else(_finite(values), values, SX.zeros(values.shape))


def _clipped(values: SX, bound: SX | float) -> SX:
    return casadi.fmin(casadi.fmax(values, -bound), bound)


def _beyond(q: SX, q_min: SX, q_max: SX) -> SX:
    return casadi.logic_or(q > q_max + POSITION_MARGIN, q < q_min - POSITION_MARGIN)
