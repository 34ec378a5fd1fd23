"""What a proof covers: everything that decides how a plan behaves, hashed part by part."""

import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path

import controllers
import robot as ground
import sim_models
from careloop.build import Exercise
from careloop.trajectories import trajectory_sha256
from controllers.motions.recorded import recording_file
from robot.compile import FLAGS
from robot.contact_limits import contact_limits
from robot.controller import Controller
from robot.planned_motion import RecordedMotion
from robot.proof import sha256_of
from sim_models.tasks.criteria import criteria
from sim_models.trials.matrix import Matrix
from sim_models.virtual_patient import STANDARD

DECIDING = tuple(Path(room.__path__[0]) for room in (ground, controllers, sim_models))
"""The rooms whose code decides how a session and a trial go, and whether the trial passed."""

_LIBRARIES = ("careloop", "adam-robotics", "casadi", "numpy", "pybullet")


def proof_parts(exercise: Exercise, controller: Controller, matrix: Matrix) -> dict[str, str]:
    """The SHA-256 of each part; comments and layout of the files are not among them."""
    robot = exercise.robot
    calibration = {
        name: [joint.drive.torque_per_ampere, joint.drive.zero_deg, joint.drive.direction, joint.drive.gear]
        for name, joint in robot.joints.items()
    }
    return {
        "plan": sha256_of(exercise.plan.content),
        "robot": sha256_of(robot.model_dump(mode="json", exclude={"vision"})),  # a camera can only take torque away
        "urdf": sha256_of(robot.urdf),
        **_motion_part(exercise),
        "calibration": sha256_of(calibration),
        "matrix": sha256_of(matrix.model_dump(mode="json")),
        **_task_part(exercise),
        "virtual_patients": sha256_of({name: asdict(one) for name, one in STANDARD.items()}),
        "code": code_sha256(DECIDING),
        "limits": sha256_of(list(controller.limits)),
        "law": controller.law.compiled.sha256,
        "guard": controller.guard.sha256,
    }


@cache
def code_sha256(rooms: Iterable[Path]) -> str:
    """One hash over the code in these folders: loop, motions, the simulated world and how it judges.

    Another version of careloop asks for a new proof, whatever changed in it.
    """
    return sha256_of(
        {
            f"{room.name}/{file.relative_to(room).as_posix()}": sha256_of(file.read_bytes())
            for room in rooms
            for file in room.rglob("*.*")
            if file.suffix in {".py", ".c"}
        }
    )


def _motion_part(exercise: Exercise) -> dict[str, str]:
    """What a motion is made of beyond the plan: the recording's file, or every number of the trajectory."""
    motion = exercise.plan.motion
    if isinstance(motion, RecordedMotion):
        return {"recording": sha256_of(recording_file(motion.recorded).read_bytes())}
    return {"motion": trajectory_sha256(exercise.trajectory)}


def _task_part(exercise: Exercise) -> dict[str, str]:
    """What decides over a care task besides the plan: criteria, tool, and what each region of a body may bear."""
    task = exercise.plan.task
    if task is None:
        return {}
    tables = (criteria().model_dump(mode="json"), contact_limits().model_dump(mode="json"))
    return {"task": sha256_of([*tables, asdict(task.tool)])}


def made_with(controller: Controller) -> Mapping[str, str]:
    """Compiler, machine code and versions: recorded beside the proof, not part of its hash."""
    law, guard = controller.law.compiled, controller.guard
    return {
        "compiler": law.built_by,
        "flags": " ".join(FLAGS),
        "law_library": law.library_sha256 or "none",
        "guard_library": guard.library_sha256 or "none",
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
    }
