"""A force sensor at the simulated cuff: measured into the row, held by the guard."""

import math

import numpy as np
import pytest

from careloop.build import Exercise
from robot.description import ForceSensor, RobotDescription
from robot.errors import RobotError
from robot.guard import Flag
from robot.plan_limits import EnergyLimit
from robot.runtime.session_state import State
from robot.tick import Row, TickLayout
from sim_models.faults import silent_bus
from sim_models.plant import SimulatedPlant
from sim_models.trials.trial import Recording, run_trial
from tests.sim_models.loads import KNEE_EXO, Flywheel
from tests.sim_models.trials_kit import SHIPPED, SHORT, case


def robot_with(sensor: str, region: str = "thigh-and-knee") -> RobotDescription:
    return KNEE_EXO.model_copy(update={"force_sensors": {sensor: ForceSensor(region=region)}})


def recorded(limit: float) -> Recording:
    """The shipped plan with a sensor at the cuff that may feel `limit` N, for the first repetition."""
    limits = SHIPPED.plan.limits.model_copy(update={"contact": {"cuff": limit}})
    plan = SHIPPED.plan.model_copy(update={"limits": limits})
    exercise = Exercise(SHIPPED.file, plan, robot_with("cuff"), SHIPPED.law)
    exercise.plan.check_against(exercise.robot)
    return run_trial(exercise.controller(repetitions=1), case("passive"), SHORT)


@pytest.fixture(scope="module")
def free() -> Recording:
    return recorded(110.0)


def test_it_measures_the_cuffs_true_force(free: Recording) -> None:
    measured = free.field("contact_force")[:, 0]
    np.testing.assert_array_equal(measured, free.true("cuff_force_N")[: len(measured)])
    assert "cuff_contact_force_N" in free.layout.columns
    assert free.reason == "completed"
    flags = free.field("flags")[:, 0].astype(int)
    assert not (flags & (Flag.CONTACT | Flag.CONTACT_STOP)).any()


def test_near_the_limit_torque_yields_so_that_the_force_stays_below_and_the_session_stops(free: Recording) -> None:
    limit = 0.8 * float(free.field("contact_force").max())
    stopped = recorded(limit)
    assert (stopped.state, stopped.reason) == (State.STOPPED, "escalated")
    force = stopped.field("contact_force")[:, 0]
    assert force.max() < limit
    derated = stopped.field("flags")[:, 0].astype(int) & Flag.CONTACT > 0
    assert derated.any()
    assert force[derated].min() > 0.8 * limit


def test_a_force_over_the_limit_stops_the_session_within_100_ms(free: Recording) -> None:
    limit = 0.3 * float(free.field("contact_force").max())
    stopped = recorded(limit)
    assert (stopped.state, stopped.reason) == (State.STOPPED, "contact-stop")
    time, force = stopped.field("time")[:, 0], stopped.field("contact_force")[:, 0]
    assert time[-1] - time[np.argmax(force > limit)] <= 0.1


def test_on_a_silent_bus_the_force_is_not_known() -> None:
    load = FeltFlywheel()
    plant = SimulatedPlant(robot_with("cuff"), load, silent_bus(0.004, 0.004))
    row = Row(TickLayout(KNEE_EXO.joint_names, sensors=("cuff",)))
    plant.open()
    felt = []
    for _ in range(5):
        plant.read(row)
        felt.append(float(row.contact_force[0]))
    assert [math.isnan(value) for value in felt] == [False, False, True, True, False]


class FeltFlywheel(Flywheel):
    truth_columns = ("flywheel_cuff_force_N",)


def test_a_sensor_that_nothing_simulates_is_refused() -> None:
    with pytest.raises(RobotError) as refused:
        SimulatedPlant(robot_with("seat"), FeltFlywheel())
    assert (refused.value.code, refused.value.values["field"]) == ("sensor-not-simulated", "force_sensors.seat")
    assert refused.value.values["known"] == "flywheel_cuff_force_N"


def test_the_shipped_plan_is_touched_neither_by_power_nor_by_energy_nor_by_heat(free: Recording) -> None:
    assert SHIPPED.plan.limits.energy == EnergyLimit(budget=22, refill=5)
    flags = free.field("flags")[:, 0].astype(int)
    assert not (flags & (Flag.POWER | Flag.ENERGY | Flag.THERMAL | Flag.POSITION | Flag.VELOCITY)).any()
