"""Steps in C and in Python: the same bits, and neither takes vectors that do not fit nor goes on in a closed world."""

import math
from collections.abc import Callable

import numpy as np
import pybullet
import pytest
from casadi import SX

from robot.compile import compile_function
from robot.description import load_robot
from robot.load import Load
from sim_models import stepping
from sim_models.arm_load import ArmLoad
from sim_models.course import Course, Joints, Past, Work
from sim_models.load import PatientLoad
from sim_models.native_stepping import native_code
from sim_models.virtual_patient import STANDARD
from sim_models.world import World
from tests.sim_models import test_arm_load, test_care_load, test_treadmill
from tests.sim_models.loads import KNEE_EXO, SEATED
from tests.sim_models.people import empty_world

STEPS = 120
"""Longer than a reflex takes."""

LOADS: dict[str, Callable[[], Load]] = {
    "a leg": lambda: PatientLoad(KNEE_EXO, STANDARD["severely-spastic"], SEATED, [0.7]),
    "a treadmill": lambda: PatientLoad(
        load_robot("leg-exo"), STANDARD["weak"], test_treadmill.posture(0.3), test_treadmill.STANDING
    ),
    "an arm": lambda: ArmLoad(test_arm_load.ARM_EXO, STANDARD["weak"], test_arm_load.SITS, test_arm_load.AHEAD),
    "a person beside": lambda: test_care_load.load("meal"),
}


def history(make: Callable[[], Load]) -> np.ndarray:
    """All that is told of a load while its drives shake it, two steps for each torque."""
    load, told = make(), []
    for tick in range(STEPS // 2):
        load.advance([20.0 * math.sin(0.3 * tick + joint) for joint in range(len(load.q))], 2)
        told.append([*load.q, *load.dq, *load.truth])
    load.close()
    return np.array(told)


@pytest.mark.parametrize("what", LOADS)
def test_c_and_python_give_the_same_bits(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    assert native_code() is not None
    in_c = history(LOADS[what])
    monkeypatch.setattr(stepping, "native_code", lambda: None)
    in_python = history(LOADS[what])
    assert np.abs(in_c[-1] - in_c[0]).max() > 0.01
    assert in_c.tobytes() == in_python.tobytes()


def turned(world: World, late: int = 1) -> Course:
    """A wheel that feels its own velocity of three steps ago; `late` is how many numbers there are of that."""
    q, dq, tau, time, memory = (np.zeros(1) for _ in range(5))
    past = Past(time, dq, np.zeros(late), 3, memory, np.zeros(1))
    was = SX.sym("was")
    work = Work(compile_function("slowed", [was], [-0.1 * was]), [past.late], [tau])
    return Course(world, Joints(world, tau, q, dq), np.zeros(1), [work], past)


def test_vectors_that_do_not_fit_are_refused() -> None:
    world = empty_world()
    with pytest.raises(ValueError, match="has 2 numbers, not 1"):
        stepping.stepping(turned(world, late=2))
    world.close()


def test_a_closed_world_takes_no_step() -> None:
    world = empty_world()
    steps = stepping.stepping(turned(world))
    steps.advance([0.1], 2)
    world.close()
    with pytest.raises((ValueError, pybullet.error)):
        steps.advance([0.1], 1)


def test_a_client_that_is_used_again_gives_the_same_bits() -> None:
    """Beneath a robot whose rotors want another solver of constraints, and with another step, as well."""
    first = history(LOADS["a leg"])
    LOADS["a person beside"]().close()
    assert history(LOADS["a leg"]).tobytes() == first.tobytes()
