"""careloop emulate: a robot's motor drives, emulated at the byte level on pseudo-terminals."""

from pathlib import Path
from typing import Annotated

import typer

from careloop.commands.output import examples

Robot = Annotated[str, typer.Argument(metavar="ROBOT", help="A robot's name (robot list), or a description's file.")]
Patient = Annotated[str, typer.Option("--patient", help="The virtual patient whose limb the drives turn.")]
Height = Annotated[float, typer.Option("--height", metavar="M", help="The virtual patient's height in m.")]
Mass = Annotated[float, typer.Option("--mass", metavar="KG", help="The virtual patient's mass in kg.")]
Pitch = Annotated[float, typer.Option("--thigh-pitch", metavar="DEG", help="The thigh's pitch above level.")]
Hip = Annotated[float, typer.Option("--hip-flexion", metavar="DEG", help="The hip's flexion.")]
Start = Annotated[float, typer.Option("--start", metavar="DEG", help="Where the joints stand at first.")]
Truth = Annotated[Path | None, typer.Option("--truth", metavar="FILE", help="Keep the limb's true motion here.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON line once ready (it is printed in any case).")]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "emulate", epilog=examples("careloop emulate knee-exo --json", "careloop emulate knee-exo --patient tremor")
    )(emulate_robot)


def emulate_robot(
    context: typer.Context,
    robot: Robot,
    patient: Patient = "passive",
    height: Height = 1.75,
    mass: Mass = 75.0,
    thigh_pitch: Pitch = 0.0,
    hip_flexion: Hip = 30.0,
    start: Start = 75.0,
    truth: Truth = None,
    as_json: AsJson = False,
) -> int:
    """Stand in for a robot's motors: drives that speak their real protocol and turn a virtual patient's limb.

    Prints one JSON line with ports, baud rates and ids, then serves until interrupted. Use the port with careloop run.
    """
    from careloop.emulation.process import Emulation, emulate
    from robot.description import load_robot
    from robot.errors import InputError
    from robot.plan import Posture
    from sim_models.virtual_patient.patient import STANDARD

    if patient not in STANDARD:
        raise InputError("patient-unknown", field="--patient", given=patient, known=", ".join(STANDARD))
    home = context.obj.home.prepare()
    emulation = Emulation(
        robot=load_robot(robot),
        patient=STANDARD[patient].sized(height, mass),
        posture=Posture(thigh_pitch_deg=thigh_pitch, hip_flexion_deg=hip_flexion),
        start_deg=start,
        truth=truth.absolute() if truth else None,
    )
    emulate(emulation, home.runtime)
    return 0
