"""careloop robot: the robots that there are, one in full, and whether a description can be."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.asking import By, Pin, opened, operator
from careloop.commands.output import Json, examples, plain, print_fields, print_json, print_table, say

if TYPE_CHECKING:
    from careloop.robot_check import Link
    from robot.description import RobotDescription

Robot = Annotated[str, typer.Argument(metavar="ROBOT", help="A robot's name (robot list), or a description's file.")]

Picture = Annotated[Path | None, typer.Option("--picture", metavar="FILE", help="Draw the robot: .png or .svg.")]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    group.command("list", epilog=examples("careloop robot list"))(list_robots)
    group.command(
        "show", epilog=examples("careloop robot show knee-exo", "careloop robot show leg-exo --picture leg.png")
    )(show)
    group.command(
        "check", epilog=examples("careloop robot check knee-exo", "careloop robot check my-robot.yaml --latency-ms 1")
    )(check)
    group.command("calibrated", epilog=examples("careloop robot calibrated knee-exo"))(calibrated)
    app.add_typer(
        group,
        name="robot",
        help="Robots: list them, show one, check one; enter that one was calibrated.",
        epilog=examples("careloop robot list"),
    )


def list_robots(as_json: Json = False) -> None:
    """List the robots that come with careloop."""
    from robot.description import load_robot, shipped_robots

    robots = [load_robot(name) for name in shipped_robots()]
    if as_json:
        print_json([{"name": one.name, "joints": one.joint_names, "rate_hz": one.rate_hz} for one in robots])
    else:
        rows = [(one.name, ", ".join(one.joint_names), one.rate_hz, one.safe_end) for one in robots]
        print_table(("robot", "joints", "rate Hz", "safe end"), rows)


def show(robot: Robot, picture: Picture = None, as_json: Json = False) -> None:
    """Show a robot: joints with limits and drives, masses and inertias, safe end, buses, and where numbers are from."""
    from careloop.robot_check import links
    from robot.description import load_robot

    found = load_robot(robot)
    if picture:
        from sim_models.robot_picture import draw_robot

        draw_robot(found, picture)
    if as_json:
        print_json({**found.model_dump(mode="json"), "links": links(found), "picture": picture})
        return
    _print_robot(found, links(found))
    if picture:
        say(str(picture))


def _print_robot(found: "RobotDescription", links: "tuple[Link, ...]") -> None:
    buses = ", ".join(
        f"{name} at {bus.baud} baud, fault after {bus.silence_ms:g} ms" for name, bus in found.bus.items()
    )
    facts = {"robot": found.name, "rate": f"{found.rate_hz} Hz", "safe end": found.safe_end, "bus": buses}
    print_fields(facts | _brakes(found))
    print_table(
        ("joint", "range °", "torque N·m", "speed °/s", "carries"),
        [
            (name, _range(joint.range_deg), joint.torque, joint.velocity_deg_s, ", ".join(joint.carries) or "nothing")
            for name, joint in found.joints.items()
        ],
    )
    print_table(
        ("joint", "drive", "bus", "id", "gear", "N·m/A", "friction N·m + N·m·s/rad", "inertia kg·m²"),
        [
            (
                name,
                drive.model,
                drive.bus,
                drive.id,
                drive.gear,
                drive.torque_per_ampere,
                f"{drive.friction.coulomb:g} + {drive.friction.viscous:g}",
                drive.inertia,
            )
            for name, drive in zip(found.joint_names, found.drives, strict=True)
        ],
    )
    print_table(
        ("link", "mass kg", "centre of mass m", "moments kg·m²"),
        [(one.name, one.mass, _numbers(one.centre), _numbers(one.moments)) for one in links],
    )
    values = {name: f"{value:g}" for name, value in found.parameters.items()}
    print_table(
        ("number", "value", "from"),
        [(name, values.get(name, "by joint"), found.sources.get(name, "not told")) for name in found.numbers],
    )


def check(
    context: typer.Context,
    robot: Robot,
    latency_ms: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=100.0,
            metavar="MS",
            help="What the adapter adds to every answer: 0 for a port on the board, 1 for FTDI in low-latency mode, "
            "16 for FTDI as delivered.",
        ),
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Check a robot's description: limits, encoders, ids, inertias, and whether its buses keep up with its rate."""
    from careloop.robot_check import check_robot
    from robot.description import load_robot

    found = load_robot(robot)
    budgets = check_robot(found, latency_ms / 1000.0)
    if as_json:
        print_json({"robot": found.name, "rate_hz": found.rate_hz, "buses": budgets})
        return
    say(f"{found.name}: description, inertias, encoders and ids are in order")
    if not budgets:
        (joint, drive), *_ = ((name, one.drive) for name, one in found.joints.items())
        say(context.obj.words("drive-simulated", robot=found.name, joint=joint, model=drive.model))
        return
    print_table(
        ("bus", "drives", "baud", "cycle ms", "may take ms", "highest Hz", "highest Hz, 1 ms USB"),
        [
            (
                one.bus,
                one.drives,
                one.baud,
                1000.0 * one.cycle_s,
                1000.0 * one.allowed_s,
                one.highest_rate_hz,
                one.highest_rate_usb_hz,
            )
            for one in budgets
        ],
    )


def calibrated(context: typer.Context, robot: Robot, by: By = None, pin: Pin = None, as_json: Json = False) -> None:
    """Enter that a robot was calibrated today: without a calibration that holds, nobody is treated with it.

    How it is calibrated, and for how long that holds (calibration_days), is for its description to say.
    """
    from careloop.commands.values import now
    from robot.description import load_robot
    from session_records.people.checks import Calibration

    words, found = context.obj.words, load_robot(robot)
    with opened(context) as site:
        entered = site.calibrations.enter(Calibration(found.name, now(), operator(words, site, by, pin)))
    if as_json:
        print_json({**plain(entered), "days": found.calibration_days})
    else:
        say(words("robot-calibrated", robot=found.name, days=found.calibration_days))


def _brakes(robot: "RobotDescription") -> dict[str, str]:
    """The brakes in a line, where there are some."""
    if robot.brakes is None:
        return {}
    torques = ", ".join(f"{name} {torque:g}" for name, torque in zip(robot.joints, robot.brake_torques, strict=True))
    return {
        "brakes": f"hold after {robot.brakes.closes_ms:g} ms, free after {robot.brakes.opens_ms:g} ms; N·m: {torques}"
    }


def _range(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:g} to {bounds[1]:g}"


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:.4g}" for value in values)
