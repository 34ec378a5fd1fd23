"""careloop emulate: a robot's motor drives, emulated at the byte level on pseudo-terminals."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.output import examples

if TYPE_CHECKING:
    from robot.description import RobotDescription

START_SHARE = 0.64
"""Where a joint stands at first, as a share of its range: a shank hangs at 75°. Our choice."""


class Contact(StrEnum):
    """A contact of the emergency stop's button, or the hand switch's own."""

    INPUT = "input"
    RAIL = "rail"
    HAND = "hand"


Robot = Annotated[str, typer.Argument(metavar="ROBOT", help="A robot's name (robot list), or a description's file.")]
Patient = Annotated[
    str, typer.Option("--patient", help="The virtual patient whose limb is turned: see careloop profiles.")
]
Height = Annotated[float, typer.Option("--height", metavar="M", help="The virtual patient's height in m.")]
Mass = Annotated[float, typer.Option("--mass", metavar="KG", help="The virtual patient's mass in kg.")]
Pitch = Annotated[float, typer.Option("--thigh-pitch", metavar="DEG", help="The thigh's pitch above level.")]
Hip = Annotated[float, typer.Option("--hip-flexion", metavar="DEG", help="The hip's flexion.")]
Start = Annotated[
    list[str] | None,
    typer.Option("--start", metavar="JOINT=DEG", help="Where a joint stands at first; else 0.64 of its range."),
]
Truth = Annotated[Path | None, typer.Option("--truth", metavar="FILE", help="Keep the limb's true motion here.")]
StopInput = Annotated[bool, typer.Option("--stop-input", help="Emulate the inputs of its stops as well.")]
Press = Annotated[
    bool | None,
    typer.Option(
        "--press/--release",
        help="Press or release the emergency stop of the robot's emulators that run; starts none.",
        show_default=False,
    ),
]
Only = Annotated[
    Contact | None,
    typer.Option("--only", help="With --press: this contact alone, as a broken one, or the patient's hand switch."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON line once ready (it is printed in any case).")]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "emulate",
        epilog=examples(
            "careloop emulate knee-exo --json",
            "careloop emulate knee-exo --patient tremor --stop-input --start knee=60",
            "careloop emulate knee-exo --press",
            "careloop emulate knee-exo --press --only hand",
        ),
    )(emulate_robot)


def emulate_robot(
    context: typer.Context,
    robot: Robot,
    patient: Patient = "passive",
    height: Height = 1.75,
    mass: Mass = 75.0,
    thigh_pitch: Pitch = 0.0,
    hip_flexion: Hip = 30.0,
    start: Start = None,
    truth: Truth = None,
    stop_input: StopInput = False,
    press: Press = None,
    only: Only = None,
    as_json: AsJson = False,
) -> int:
    """Stand in for a robot's motors: drives that speak their real protocol and turn a virtual patient's limb.

    Prints one JSON line with ports, baud rates and ids, then serves until interrupted. Use the port with careloop run.
    With --press or --release it moves the emulated emergency stop of such an emulator instead: that cuts its motors'
    power, and opens its digital input.
    """
    from robot.description import load_robot
    from robot.errors import InputError

    described = load_robot(robot)
    if press is not None:
        from careloop.emulation.running import move_button
        from hardware.stop_input.button import EMERGENCY_STOP

        move_button(context.obj.home.runtime, described.name, press, (only.value,) if only else EMERGENCY_STOP)
        return 0
    if stop_input and described.emergency_stop is None:
        raise InputError("stop-input-not-described", field="--stop-input", robot=described.name)
    from careloop.emulation.process import Emulation, emulate
    from hardware.families import check_driven
    from robot.plan import Posture
    from sim_models.virtual_patient.population import patient_named

    check_driven(described)
    person = patient_named(patient, "--patient").sized(height, mass)
    home = context.obj.home.prepare()
    emulation = Emulation(
        robot=described,
        patient=person,
        posture=Posture(thigh_pitch_deg=thigh_pitch, hip_flexion_deg=hip_flexion),
        start_deg=start_deg(described, start or ()),
        truth=truth.absolute() if truth else None,
        stop_input=stop_input,
    )
    emulate(emulation, home.runtime, context.obj.words)
    return 0


def start_deg(robot: "RobotDescription", given: Sequence[str]) -> tuple[float, ...]:
    """Where the joints stand at first, in degrees; raises `InputError` for an unknown joint or no number."""
    from careloop.commands.values import named_numbers
    from robot.errors import InputError

    named = named_numbers(given, "--start")
    for joint in named:
        if joint not in robot.joints:
            raise InputError("choice-unknown", field="--start", given=joint, known=", ".join(robot.joint_names))
    usual = ((joint, *robot.joints[joint].range_deg) for joint in robot.joint_names)
    return tuple(named.get(joint, low + START_SHARE * (high - low)) for joint, low, high in usual)
