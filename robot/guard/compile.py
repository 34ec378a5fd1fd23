"""The guard of a robot, put together from its rules and compiled.

Order of the rules: everything finite and fresh; the limits of torque, heat, position, velocity, power, energy and
contact; the torque's rate; the torque limit last. The output is always finite and never above the current torque limit.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import casadi
from casadi import SX

from robot.compile import Compiled, compile_function
from robot.guard import contact, energy, escalation, interaction, losses, position, thermal, velocity
from robot.guard.columns import joined, limit_columns, memory_columns, split
from robot.guard.expressions import HUGE, all_of, any_differs, any_of, at_least, between, clipped, each_or
from robot.guard.flags import ACTING_FLAGS, Flag
from robot.guard.power import power_bounded
from robot.guard.trust import Inputs, Trust, cleaned, trusted
from robot.runtime.session_state import Severity
from robot.symbolic import SymbolicRobot
from robot.tick import Column

Conditions = dict[Flag, SX]


def compile_guard(robot: SymbolicRobot, dt: float, sensors: tuple[str, ...] = (), *, tool: bool = False) -> Compiled:
    """The guard of a robot with these force `sensors`, at a period of `dt` s; `tool` where it carries no limbs.

    Inputs: q, dq, tau_measured, contact_force, age, tau_law, fade, limits, memory. Outputs: tau_command,
    tau_interaction, flags, severity, memory_next.
    """
    n, limits = robot.count, limit_columns(robot.joints, sensors, tool=tool)
    memory = memory_columns(robot.joints, tool=tool)
    given = Inputs(
        q=SX.sym("q", n),
        dq=SX.sym("dq", n),
        tau_measured=SX.sym("tau_measured", n),
        contact_force=SX.sym("contact_force", len(sensors)),
        age=SX.sym("age"),
        tau_law=SX.sym("tau_law", n),
        fade=SX.sym("fade"),
        limits=SX.sym("limits", len(limits)),
        memory=SX.sym("memory", len(memory)),
    )
    trust = trusted(given, not_negative=given.limits[2 * n :])  # all of the limits but the ends of position
    x = cleaned(given, trust)
    tick = _Tick(robot, dt, trust, x, split(limits, x.limits), split(memory, x.memory))
    return compile_function("guard", given.in_order(), _outputs(tick, memory, bool(sensors)))


@dataclass(frozen=True)
class _Tick:
    """All that the rules look at: inputs `x` without a NaN among what is measured, limits and memory by kind."""

    robot: SymbolicRobot
    dt: float
    trust: Trust
    x: Inputs
    limit: Mapping[str, SX]
    memory: Mapping[str, SX]

    @cached_property
    def last(self) -> SX:
        """The last command in N·m, as it was sent."""
        return each_or(self.memory["tau_previous"], 0.0)

    @cached_property
    def dq(self) -> SX:
        """The velocity in rad/s, or the last that was seen."""
        return casadi.if_else(self.trust.seen, self.x.dq, each_or(self.memory["dq_previous"], 0.0))

    @cached_property
    def spent(self) -> SX:
        """Energy taken from the tank until now, in J; as before where the limits say nothing."""
        budget = casadi.if_else(self.trust.limits, self.limit["limit_energy"], HUGE)
        before = energy.remembered(self.memory["energy_spent"], budget)
        refill = self.limit["energy_refill"]
        after = energy.spent_after(before, self.last, self.dq, self.trust.seen, refill, self.dt)
        return casadi.if_else(self.trust.limits, after, before)

    @cached_property
    def remaining(self) -> SX:
        """Energy left in the tank, in J."""
        return self.limit["limit_energy"] - self.spent

    @cached_property
    def warming(self) -> SX:
        """How far each motor is above its assumed start, as a share of the rated rise; as before without limits."""
        before = thermal.remembered(self.memory["warming"])
        continuous, time_s = self.limit["limit_tau_continuous"], self.limit["thermal_time"]
        after = thermal.warmed(before, self.last, continuous, time_s, self.dt)
        return casadi.if_else(self.trust.limits, after, before)


def _outputs(tick: _Tick, memory: tuple[Column, ...], has_sensors: bool) -> list[SX]:
    bounded, acted = _limited(tick, has_sensors)
    slewed = _slewed(tick, bounded)
    acted[Flag.RATE] = any_differs(slewed, bounded)
    command = clipped(slewed, tick.limit["limit_tau"])
    person, felt = _interaction(tick)
    stops = _stops(tick, has_sensors) | _felt_stops(tick, person, felt)
    blind = losses.blind_after(tick.memory["blind"], tick.trust.good, tick.trust.fresh, tick.dt)
    severity, strain, more = _escalated(tick, acted, stops, blind > losses.BLIND_S)
    memory_next = {
        **felt,
        "tau_previous": command,
        "dq_previous": tick.dq,
        "warming": tick.warming,
        "blind": blind,
        "unseen": losses.unseen_after(tick.memory["unseen"], tick.trust.seen, tick.dt),
        "energy_spent": tick.spent,
        "strain": strain,
    }
    return [
        command,
        casadi.if_else(tick.trust.seen, person, math.nan),  # unknown is not zero
        _sum_of(_distrusted(tick.trust) | acted | stops | more),
        severity,
        joined(memory, memory_next),
    ]


def _slewed(tick: _Tick, tau: SX) -> SX:
    """The torque no further from the last command than its rate allows, where the limit itself did not fall."""
    last, step = clipped(tick.last, tick.limit["limit_tau"]), tick.limit["limit_tau_rate"] * tick.dt
    return between(tau, last - step, last + step)


def _escalated(tick: _Tick, acted: Conditions, stops: Conditions, is_blind: SX) -> tuple[SX, SX, Conditions]:
    """The severity that is asked for, the strain, and the flags that follow from both."""
    asked = casadi.if_else(_is_far_out(tick), float(Severity.OFF), _soft_if(any_of(*stops.values())))
    acting = any_of(*(condition for flag, condition in acted.items() if flag in ACTING_FLAGS))
    strain = _strain(tick, acting, asked)
    # What was blind sees again at the first good tick: that is no margin to be held.
    asked = at_least(asked, _soft_if(is_blind))
    held = escalation.severity_of(strain)
    return at_least(asked, held), strain, {Flag.BLIND: is_blind, Flag.ESCALATED: held > asked}


def _limited(tick: _Tick, has_sensors: bool) -> tuple[SX, Conditions]:
    """The law's torque through every limit but the rate, or what is left of the last command; which limits acted."""
    x, limit = tick.x, tick.limit
    tau = each_or(x.fade * x.tau_law - limit["settle_damping"] * x.dq, 0.0)
    acted = Conditions()
    for flag, rule in _rules(tick, has_sensors).items():
        after = rule(tau)
        acted[flag] = casadi.logic_and(tick.trust.good, any_differs(after, tau))
        tau = after
    rest = losses.decayed(clipped(tick.last, limit["limit_tau"]), limit["limit_tau"], tick.dt)
    return casadi.if_else(tick.trust.good, tau, rest), acted


def _rules(tick: _Tick, has_sensors: bool) -> dict[Flag, Callable[[SX], SX]]:
    """What each limit makes of a torque, in the order in which they are asked."""
    x, limit, torque = tick.x, tick.limit, tick.limit["limit_tau"]
    low, high, power = limit["limit_q_min"], limit["limit_q_max"], limit["limit_power"]
    cool = thermal.derated(tick.warming, limit["limit_tau_continuous"], torque)
    tank = tick.remaining, limit["limit_energy"], limit["energy_refill"], power
    braking = x.fade * energy.dissipation(x.dq, tick.remaining, tick.robot.drive_inertia, tick.dt)
    rules: dict[Flag, Callable[[SX], SX]] = {
        Flag.TORQUE: lambda tau: clipped(tau, torque),
        Flag.THERMAL: lambda tau: clipped(tau, cool),
        Flag.POSITION: lambda tau: position.position_bounded(tau, x.q, x.dq, low, high, torque),
        Flag.VELOCITY: lambda tau: velocity.velocity_bounded(tau, x.dq, limit["limit_velocity"], torque),
        Flag.POWER: lambda tau: power_bounded(tau, x.dq, power),
        Flag.ENERGY: lambda tau: clipped(energy.energy_bounded(tau, x.dq, *tank) + braking, torque),
    }
    if has_sensors:
        pressed = x.contact_force, limit["limit_contact"], torque
        rules[Flag.CONTACT] = lambda tau: contact.contact_bounded(tau, x.dq, *pressed)
    return rules


def _interaction(tick: _Tick) -> tuple[SX, dict[str, SX]]:
    """The estimated interaction torque in N·m, which says nothing where nothing was seen, and what is remembered."""
    x, memory, seen = tick.x, tick.memory, tick.trust.seen
    # After lost replies the velocity has changed over all of the gap; meanwhile the last acceleration stands.
    gap = losses.remembered(memory["unseen"]) + tick.dt
    acceleration = casadi.if_else(tick.trust.memory, (x.dq - memory["dq_previous"]) / gap, 0.0)
    tool = "limit_tool_force" in tick.limit
    filter_s = interaction.TOOL_FILTER_S if tool else interaction.ACCELERATION_FILTER_S
    ddq = interaction.filtered(each_or(memory["ddq_filtered"], 0.0), acceleration, seen, tick.dt, filter_s)
    person = interaction.interaction_torque(tick.robot, x.q, x.dq, ddq, x.tau_measured)
    felt = {"ddq_filtered": ddq}
    if tool:
        # Through the acceleration's own filter: one that is late beside the other would look like a push.
        rubbed = x.tau_measured - tick.robot.friction(x.dq)
        before = each_or(memory["tau_filtered"], 0.0)
        felt["tau_filtered"] = interaction.filtered(before, rubbed, seen, tick.dt, filter_s)
    if "spasm_tau" in tick.limit:
        # A lost reply says nothing of the interaction: after one, a strong slow push would otherwise look sudden.
        known_below_half = casadi.logic_and(seen, casadi.fabs(person) < 0.5 * tick.limit["spasm_tau"])
        felt["since_half_spasm"] = casadi.if_else(
            known_below_half, 0.0, losses.counted(memory["since_half_spasm"], tick.dt)
        )
    return person, felt


def _felt_stops(tick: _Tick, person: SX, felt: Mapping[str, SX]) -> Conditions:
    """What the interaction torque asks for: a stop at a spasm, or at a force at the last link.

    While the torque is faded brakes may hold the arm, and what they bear would look like a force.
    """
    limit = tick.limit
    if "spasm_tau" in limit:
        spasm = interaction.is_spasm(person, felt["since_half_spasm"], limit["spasm_tau"], limit["spasm_within"])
        return {Flag.SPASM: casadi.logic_and(tick.trust.active, spasm)}
    pushed = felt["tau_filtered"] - tick.robot.torque_from_rest(tick.x.q, felt["ddq_filtered"])
    bearable = interaction.tool_force(tick.robot, tick.x.q, pushed) <= limit["limit_tool_force"]
    return {Flag.TOOL_FORCE: all_of(tick.trust.good, tick.x.fade >= 1.0, casadi.logic_not(bearable))}


def _stops(tick: _Tick, has_sensors: bool) -> Conditions:
    """The margins beyond the limits that ask for a soft stop."""
    x, limit, active = tick.x, tick.limit, tick.trust.active
    outside = position.is_beyond(x.q, limit["limit_q_min"], limit["limit_q_max"], position.POSITION_MARGIN)
    fast = velocity.is_faster(x.dq, limit["limit_velocity"], velocity.VELOCITY_MARGIN)
    stops = {
        Flag.POSITION_STOP: casadi.logic_and(active, outside),
        Flag.VELOCITY_STOP: casadi.logic_and(active, fast),
        Flag.THERMAL_STOP: casadi.logic_and(tick.trust.limits, any_of(thermal.is_too_hot(tick.warming))),
    }
    if has_sensors:
        pressed = contact.is_pressed(x.contact_force, limit["limit_contact"])
        stops[Flag.CONTACT_STOP] = casadi.logic_and(active, pressed)
    return stops


def _is_far_out(tick: _Tick) -> SX:
    """Whether a joint is so far beyond a limit that torque goes off at once."""
    x, limit = tick.x, tick.limit
    outside = position.is_beyond(x.q, limit["limit_q_min"], limit["limit_q_max"], position.POSITION_OFF)
    fast = velocity.is_faster(x.dq, limit["limit_velocity"], velocity.VELOCITY_OFF)
    return casadi.logic_and(tick.trust.active, casadi.logic_or(outside, fast))


def _strain(tick: _Tick, acting: SX, asked: SX) -> SX:
    """Strain after this tick; as before where nothing can be held against limits."""
    before = each_or(tick.memory["strain"], 0.0)
    rest = between(before, 0.0, escalation.MOST_S)
    return casadi.if_else(tick.trust.active, escalation.strained(rest, acting, asked, tick.dt), rest)


def _distrusted(trust: Trust) -> Conditions:
    return {
        Flag.MEASUREMENT_NOT_FINITE: casadi.logic_and(trust.fresh, casadi.logic_not(trust.measurement)),
        Flag.MEASUREMENT_STALE: casadi.logic_not(trust.fresh),
        Flag.LAW_NOT_FINITE: casadi.logic_and(trust.seen, casadi.logic_not(trust.law)),
        Flag.LIMITS_NOT_FINITE: casadi.logic_not(trust.limits),
        Flag.MEMORY_NOT_FINITE: casadi.logic_not(trust.memory),
    }


def _soft_if(condition: SX) -> SX:
    return casadi.if_else(condition, float(Severity.SOFT), float(Severity.NONE))


def _sum_of(conditions: Conditions) -> SX:
    return sum((float(flag) * condition for flag, condition in conditions.items()), SX(0))
