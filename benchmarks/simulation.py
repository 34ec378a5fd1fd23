"""How many times faster than real time a trial runs on one core, and what PyBullet alone does."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from careloop.build import load_exercise
from robot.controller import Person
from robot.description import RobotDescription
from sim_models.engine import pybullet
from sim_models.load import PatientLoad
from sim_models.plant import SimulatedPlant
from sim_models.scene_urdf import scene_of
from sim_models.virtual_patient import STANDARD, VirtualPatient
from sim_models.world import World, physics_step
from sim_models.worn import worn_joints

GOAL = 40.0
"""Times real time: a matrix of 48 trials of 21 s on one core in under half a minute."""

START = 1.2
"""Where the knee starts, in rad: near to where it hangs."""

SIMULATED_S = 0.2
ROUNDS = 80
"""A round is so much simulated time of each kind; they alternate, so that both see the same machine."""


def run() -> list[dict[str, Any]]:
    """The closed loop at the robot's rate with physics at 1 kHz, and bare stepping; the fastest round of each."""
    exercise = load_exercise("knee-walking")
    controller, patient = exercise.controller(), STANDARD["severely-spastic"]
    robot = controller.robot
    with PatientLoad(robot, patient, exercise.plan.posture, [START]) as load:
        plant = SimulatedPlant(robot, load)
        row = controller.row(Person(patient.body.height_m, patient.body.mass_kg))
        law, guard = controller.stages(row)
        motion = controller.motion()
        plant.open()
        plant.read(row)
        motion.begin(list(load.q))
        row.fade[0] = 1.0

        def tick() -> None:
            plant.read(row)
            motion.sample(row)
            law()
            guard()
            plant.write(row)
            row.law_memory[:] = row.law_memory_next
            row.guard_memory[:] = row.guard_memory_next

        ticks, steps = round(SIMULATED_S / robot.dt), round(SIMULATED_S / physics_step(robot.dt))
        with _same_bodies(robot, patient) as world:
            closed, bare = _alternating(((tick, ticks), (lambda: pybullet.stepSimulation(world.client), steps)))
    return [
        {
            "name": f"closed-loop simulation, {robot.rate_hz} Hz control, 1 kHz physics",
            "measured": SIMULATED_S / closed,
            "unit": "x real time",
            "goal": GOAL,
            "met": SIMULATED_S / closed >= GOAL,
            "beside": f"bare stepSimulation of the same bodies: {SIMULATED_S / bare:.0f} x",
        }
    ]


@contextmanager
def _same_bodies(robot: RobotDescription, patient: VirtualPatient) -> Iterator[World]:
    scene = scene_of(robot, worn_joints(robot), patient.body, (0.0, 0.0))
    friction = [*(drive.friction.coulomb for drive in robot.drives), 0.0]
    world = World(scene.urdf, scene.joints, friction, base_pitch=0.0, step_s=physics_step(robot.dt))
    try:
        yield world
    finally:
        world.close()


def _alternating(kinds: Sequence[tuple[Callable[[], object], int]]) -> list[float]:
    """The shortest time in s of each kind's rounds, the kinds taking turns; without garbage collection.

    The shortest, and of this thread's own time: what else runs on a shared machine is no property of the simulation.
    """
    times: list[list[float]] = [[] for _ in kinds]
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for taken, (call, count) in zip(times, kinds, strict=True):
                begun = time.thread_time()
                for _ in range(count):
                    call()
                taken.append(time.thread_time() - begun)
    finally:
        gc.enable()
    return [min(taken) for taken in times]
