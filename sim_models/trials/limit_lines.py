"""A plan's limits for the report, each with who holds it while a session runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import degrees

from robot.description import RobotDescription
from robot.guard import POSITION_MARGIN, VELOCITY_MARGIN
from robot.limits import CUFF, contact_limit, energy_limit, power_limit
from robot.plan import Plan

_HELD = "the guard takes the driving torque away"
_ESTIMATED = "estimated from motor current and encoder"


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit of the plan and who holds it; `enforceable` whether a sensor measures what it limits."""

    name: str
    value: str
    held_by: str
    enforceable: bool = True


def limit_lines(plan: Plan, robot: RobotDescription) -> list[LimitLine]:
    """Every limit of a plan for its robot."""
    return [
        *(line for name in robot.joint_names for line in _joint_lines(plan, robot, name)),
        *_robot_lines(plan, robot),
    ]


def _joint_lines(plan: Plan, robot: RobotDescription, name: str) -> list[LimitLine]:
    joint, drive = plan.limits.joints[name], robot.joints[name].drive
    low, high = joint.range_deg
    beyond, over = f"{degrees(POSITION_MARGIN):.0f}° beyond", f"{100.0 * VELOCITY_MARGIN:.0f} % of it"
    return [
        LimitLine(f"{name} torque", f"{joint.torque:g} N·m", "guaranteed: the guard clips every command"),
        LimitLine(
            f"{name} torque rate",
            f"{joint.torque_rate:g} N·m/s",
            "guaranteed by the guard, but for an immediate torque-off",
        ),
        LimitLine(f"{name} angle", f"{low:g} to {high:g}°", f"supervised by encoder: a stop {beyond}"),
        LimitLine(f"{name} speed", f"{joint.velocity_deg_s:g}°/s", f"supervised by encoder: a stop at {over}"),
        LimitLine(f"{name} power", f"{power_limit(plan, name):g} W", f"supervised by encoder: {_HELD}"),
        LimitLine(
            f"{name} heat",
            f"{drive.continuous_torque:g} N·m for ever",
            "supervised by a model of the motor, which no sensor checks: the torque is derated, then a stop",
        ),
        *_spasm_lines(plan, name),
    ]


def _spasm_lines(plan: Plan, name: str) -> Iterator[LimitLine]:
    spasm = plan.stop.spasm
    if spasm:
        value = f"{spasm.of(name):g} N·m within {spasm.within_ms:g} ms"
        yield LimitLine(f"{name} spasm", value, f"supervised: a stop, interaction torque {_ESTIMATED}")


def _robot_lines(plan: Plan, robot: RobotDescription) -> list[LimitLine]:
    energy = energy_limit(plan, robot)
    contacts = [
        LimitLine(
            f"contact at {sensor}",
            f"{contact_limit(plan, robot, sensor):g} N",
            "supervised by its force sensor: a stop",
        )
        for sensor in robot.sensor_names
    ]
    return [
        *_contact_lines(plan),
        LimitLine("energy", f"{energy.budget:g} J, refilled by {energy.refill:g} W", f"supervised by encoder: {_HELD}"),
        *contacts,
        *_cuff_lines(plan, has_sensor=CUFF in robot.force_sensors),
        *_ground_lines(plan),
    ]


def _contact_lines(plan: Plan) -> Iterator[LimitLine]:
    contact = plan.stop.contact
    if contact:
        yield LimitLine("contact stop", f"{contact.force:g} N", f"supervised: force at the last link, {_ESTIMATED}")


def _ground_lines(plan: Plan) -> Iterator[LimitLine]:
    if plan.limits.ground:
        by_nobody = "not enforceable: nothing measures it; held against simulated trials alone"
        yield LimitLine("foot on the ground", f"{plan.limits.ground.force:g} N", by_nobody, enforceable=False)


def _cuff_lines(plan: Plan, *, has_sensor: bool) -> Iterator[LimitLine]:
    if plan.limits.cuff:
        by_nobody = "not enforceable: the cuff has no sensor; held against simulated trials alone"
        held_by = "supervised by the cuff's force sensor: a stop" if has_sensor else by_nobody
        yield LimitLine("cuff force", f"{plan.limits.cuff.force:g} N", held_by, enforceable=has_sensor)
