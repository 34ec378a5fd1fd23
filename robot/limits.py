"""A plan's limits as the guard reads them: every one of them is there, whether the plan gives it or not."""

from itertools import chain
from math import inf, radians

from robot.contact_limits import contact_limits
from robot.description import RobotDescription
from robot.guard import limit_columns, parts
from robot.plan import Plan
from robot.plan_limits import EnergyLimit

POWER_SHARE = 0.5
"""A joint's power where the plan gives none, as a share of its torque limit at its velocity limit: both at once are no
exercise. Assumed."""

BUDGET_S = 0.5
"""The energy tank where the plan gives none: what all joints' power gives in this time. Assumed."""

REFILL_SHARE = 0.1
"""Its refill, as a share of all joints' power: on average an exercise moves a limb to and fro. Assumed."""

CUFF = "cuff"
"""A force sensor of this name measures what `limits.cuff` limits."""


def limits_of(plan: Plan, robot: RobotDescription) -> tuple[float, ...]:
    """The guard's limits in SI units, in the order of `guard.limit_columns`."""
    joints = [plan.limits.joints[name] for name in robot.joint_names]
    energy = energy_limit(plan, robot)
    values = {
        "limit_q_min": [radians(joint.range_deg[0]) for joint in joints],
        "limit_q_max": [radians(joint.range_deg[1]) for joint in joints],
        "limit_velocity": [radians(joint.velocity_deg_s) for joint in joints],
        "limit_tau": [joint.torque for joint in joints],
        "limit_tau_rate": [joint.torque_rate for joint in joints],
        "limit_power": [power_limit(plan, name) for name in robot.joint_names],
        "limit_tau_continuous": [drive.continuous_torque for drive in robot.drives],
        "thermal_time": [drive.thermal_time_s for drive in robot.drives],
        "settle_damping": [0.0 for _ in joints],
        "limit_contact": [contact_limit(plan, robot, name) for name in robot.force_sensors],
        **_stop_limits(plan, robot),
        "limit_energy": [energy.budget],
        "energy_refill": [energy.refill],
    }
    order = parts(limit_columns(robot.joint_names, robot.sensor_names, tool=not robot.carries_limbs))
    return tuple(chain.from_iterable(values[kind] for kind in order))


def _stop_limits(plan: Plan, robot: RobotDescription) -> dict[str, list[float]]:
    """What stops by itself: a spasm at any joint, or a force at the last link."""
    spasm, contact = plan.stop.spasm, plan.stop.contact
    return {
        "spasm_tau": [spasm.of(name) for name in robot.joint_names] if spasm else [],
        "spasm_within": [spasm.within_ms / 1000.0] if spasm else [],
        "limit_tool_force": [contact.force] if contact else [],
    }


def power_limit(plan: Plan, joint: str) -> float:
    """The most power in W that the joint may give to motion."""
    limits = plan.limits.joints[joint]
    return POWER_SHARE * limits.largest_power if limits.power is None else limits.power


def energy_limit(plan: Plan, robot: RobotDescription) -> EnergyLimit:
    """The energy tank of the whole robot."""
    power = sum(power_limit(plan, name) for name in robot.joint_names)
    return plan.limits.energy or EnergyLimit(budget=BUDGET_S * power, refill=REFILL_SHARE * power)


def contact_limit(plan: Plan, robot: RobotDescription, sensor: str) -> float:
    """The largest force in N at a sensor: its body region's, or less where the plan says so."""
    region = contact_limits().of(robot.force_sensors[sensor].region)
    cuff = plan.limits.cuff.force if plan.limits.cuff and sensor == CUFF else inf
    return min(region, plan.limits.contact.get(sensor, inf), cuff)
