"""Brakes in the simulated plant: when they hold, what they hold, and that nothing is held that nobody brakes."""

from collections.abc import Sequence

import numpy as np
import pytest

from robot.description import RobotDescription, load_robot
from robot.tick import Row, TickLayout
from sim_models.brakes import SimulatedBrakes
from sim_models.faults import NOMINAL, Condition, Interval
from sim_models.load import PatientLoad
from sim_models.plant import SimulatedPlant, watchdog_s
from sim_models.robot_load import RobotLoad
from sim_models.virtual_patient.patient import STANDARD
from tests.sim_models.loads import KNEE_EXO, SEATED

ARM = load_robot("care-arm")
REACHING = np.radians([0.0, 60.0, 0.0, -60.0, 0.0, 30.0, 0.0]).tolist()
CLOSES, OPENS = 10, 30
"""Ticks that the arm's brakes take."""


class Held:
    """A load that only knows how it is held."""

    def __init__(self) -> None:
        self.torques: list[tuple[float, ...]] = []

    def brake(self, torques: Sequence[float]) -> None:
        self.torques.append(tuple(torques))


def test_they_are_closed_at_first_and_take_their_time_both_ways() -> None:
    load = Held()
    brakes = SimulatedBrakes(ARM, load)
    assert load.torques == [ARM.brake_torques]
    asked = [False] * 40 + [True] * 20
    closed = []
    for tick, ask in enumerate(asked):
        brakes.heed(tick * ARM.dt, ask)
        closed.append(load.torques[-1] == ARM.brake_torques)
    assert closed == [True] * OPENS + [False] * (10 + CLOSES) + [True] * (20 - CLOSES)


def test_an_asking_that_is_taken_back_in_time_changes_nothing() -> None:
    load = Held()
    brakes = SimulatedBrakes(ARM, load)
    for tick in range(400):
        brakes.heed(tick * ARM.dt, tick % OPENS == OPENS - 1)
    assert load.torques == [ARM.brake_torques]


def ride(condition: Condition, ticks: int, released_at: int | None = None, of: RobotDescription = ARM) -> np.ndarray:
    """The arm reaching out, carried by torques that hold it once its brakes are open; its angles tick by tick.

    From `released_at` on no torque is asked for, and closed brakes are.
    """
    load = RobotLoad(of, REACHING)
    try:
        weight = load._world.holding(REACHING)
        plant, row = SimulatedPlant(of, load, condition), Row(TickLayout(of.joint_names, brakes=True))
        plant.open()
        seen = []
        for tick in range(ticks):
            plant.read(row)
            let_go = released_at is not None and tick >= released_at
            row.tau_command[:] = [0.0] * 7 if let_go else weight
            row.brake[:] = 1.0 if let_go or tick < 10 else 0.0
            plant.write(row)
            seen.append(list(load.q))
        return np.asarray(np.degrees(seen))
    finally:
        load.close()


def test_without_power_the_arm_falls_until_its_brakes_hold_and_then_stays() -> None:
    lost = 100
    way = ride(Condition("power-lost", power_lost_s=lost * ARM.dt), 400)
    np.testing.assert_allclose(way[lost], np.degrees(REACHING), atol=0.05)
    fell = np.abs(way - way[lost]).max(axis=1)
    assert fell[lost + CLOSES] > 0.02
    assert fell[-1] < 1.0
    assert np.abs(way[lost + 2 * CLOSES :] - way[-1]).max() < 1e-3


def test_it_falls_for_good_where_its_brakes_are_too_weak() -> None:
    joints = {name: joint.model_copy(update={"brake_torque": 1.0}) for name, joint in ARM.joints.items()}
    way = ride(Condition("power-lost", power_lost_s=0.2), 400, of=ARM.model_copy(update={"joints": joints}))
    assert np.abs(way[-1] - way[100]).max() > 10.0


def test_a_silent_bus_lets_the_watchdog_take_the_torque_and_close_the_brakes() -> None:
    silent = 100
    way = ride(Condition("torn", silence=Interval(silent * ARM.dt, 10.0)), 400)
    held = silent + round(watchdog_s(ARM.silence_s) / ARM.dt) + 3 * CLOSES
    assert np.abs(way[-1] - way[silent]).max() < 1.0
    assert np.abs(way[held:] - way[-1]).max() < 1e-3


def test_torque_that_goes_before_the_brakes_hold_lets_the_arm_sink() -> None:
    """The same arm, let go by the command that asks for the brakes: what the session must never do."""
    sunk = np.abs(ride(NOMINAL, 300, released_at=100)[-1] - np.degrees(REACHING)).max()
    assert sunk > 0.02


def test_brakes_hold_a_robot_with_a_limb_in_it_too() -> None:
    content = KNEE_EXO.model_dump()
    content.update(safe_end="held-by-brake", brakes={"closes_ms": 20.0, "opens_ms": 60.0})
    content["joints"]["knee"]["brake_torque"] = 60.0
    robot = RobotDescription.model_validate(content)
    with PatientLoad(robot, STANDARD["passive"], SEATED, [0.2]) as load:
        SimulatedPlant(robot, load)
        load.advance([0.0], 500)
        assert load.q == pytest.approx([0.2], abs=1e-3)
        load.brake([0.0])
        load.advance([0.0], 500)
        assert abs(load.q[0] - 0.2) > 0.2


@pytest.mark.parametrize("name", ["knee-exo", "leg-exo"])
def test_a_robot_without_brakes_is_given_none(name: str) -> None:
    with pytest.raises(TypeError, match="held by brakes"):
        SimulatedBrakes(load_robot(name), Held())
