"""The guard's energy tank: what pumps gets budget and refill and no more, what stays within the refill all it asks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.guard import Flag
from robot.guard.energy import DISSIPATION, NEAR_EMPTY
from tests.robot.guard_bench import DT, HANGING

BUDGET, REFILL, POWER = 10.0, 2.0, 40.0


@pytest.fixture
def tank(bench):
    """A tank of 10 J, refilled by 2 W; one joint of 40 W."""
    bench.set_limits(limit_energy=BUDGET, energy_refill=REFILL, limit_power=POWER, limit_tau_rate=1e9)
    return bench


def spent(bench):
    return bench.remembered("energy_spent")


def drained(bench, joules, **given):
    """The torque of a tick at whose beginning the tank lacks this, when the last tick's share is counted."""
    bench.remember(energy_spent=joules + REFILL * DT, tau_previous=0.0)
    return bench.tick(**given)


def test_the_constants_are_as_described():
    assert (NEAR_EMPTY, DISSIPATION) == (0.1, 8.0)


@settings(max_examples=40, deadline=None)
@given(
    gain=st.floats(1.0, 40.0),
    inertia=st.floats(0.5, 3.0),
    friction=st.floats(0.01, 3.0),
    rate=st.sampled_from([300.0, 800.0, 1e9]),
    pushes=st.lists(st.floats(-20.0, 20.0), min_size=8, max_size=8),
)
def test_a_law_that_pumps_for_ever_gets_the_budget_and_the_refill(knee, rotor, gain, inertia, friction, rate, pushes):
    """Negative damping on a rotor that somebody pushes to and fro; what it gets is torque times the way, exactly."""
    knee.reset()
    limits = {"limit_energy": BUDGET, "energy_refill": REFILL, "limit_power": POWER, "limit_velocity": 30.0}
    knee.set_limits(**limits, limit_tau_rate=rate, limit_q_min=-1e6, limit_q_max=1e6, thermal_time=1e9)
    plant = rotor(inertia=inertia, friction=friction)
    plant.dq, given = 0.1, 0.0
    for tick in range(3000):
        command = knee.tick(q=plant.q, dq=plant.dq, tau_law=gain * plant.dq)
        before, plant.tau = plant.q, command + pushes[tick // 375]
        plant._turn()
        given += command * (plant.q - before)
        assert given <= BUDGET + REFILL * tick * DT + POWER * DT
    assert spent(knee) <= BUDGET + POWER * DT


def test_driving_and_braking_are_counted_and_a_full_tank_takes_no_more(tank):
    tank.remember(tau_previous=20.0)
    tank.tick(dq=1.5)
    assert spent(tank) == pytest.approx((20.0 * 1.5 - REFILL) * DT)
    tank.remember(energy_spent=5.0, tau_previous=-20.0)
    tank.tick()
    assert spent(tank) == pytest.approx(5.0 + (-20.0 * 1.5 - REFILL) * DT)
    tank.remember(energy_spent=0.001, tau_previous=-20.0)
    tank.tick()
    assert spent(tank) == 0.0


def test_at_rest_the_tank_refills(tank):
    tank.remember(energy_spent=1.0)
    for _ in range(100):
        tank.tick()
    assert spent(tank) == pytest.approx(1.0 - REFILL * 100 * DT)


def test_every_joint_drains_the_one_tank_and_is_bounded_by_the_same_factor(chain):
    chain.reset()
    chain.set_limits(limit_energy=BUDGET, energy_refill=REFILL, limit_power=[30.0, 10.0], limit_tau_rate=1e9)
    chain.remember(tau_previous=[10.0, 4.0], energy_spent=3.0)
    chain.tick(q=1.0, dq=[1.0, -0.5], tau_law=[0.0, 0.0])
    assert chain.remembered("energy_spent") == pytest.approx(3.0 + (10.0 - 2.0 - REFILL) * DT)
    # Half of the last tenth is left: the joints may give the refill and half of their 40 W together.
    chain.remember(tau_previous=0.0, energy_spent=9.5 + REFILL * DT)
    chain.tick(dq=[2.0, 1.0], tau_law=[15.0, 10.0])
    factor = (REFILL + 0.5 * 40.0) / (15.0 * 2.0 + 10.0)
    np.testing.assert_allclose(chain.command, [15.0 * factor, 10.0 * factor])
    assert chain.seen == Flag.ENERGY
    chain.remember(tau_previous=0.0, energy_spent=9.5 + REFILL * DT)
    chain.tick(dq=[2.0, -1.0])
    np.testing.assert_allclose(chain.command, [15.0 * 22.0 / 30.0, 10.0])  # what brakes is left alone


@pytest.mark.parametrize("way", [1.0, -1.0])
@pytest.mark.parametrize(("joules", "power"), [(0.0, 38.0), (8.9, 38.0), (9.1, 38.0), (9.5, 22.0), (10.0, 2.0)])
def test_in_the_last_tenth_driving_power_falls_to_the_refill(tank, joules, power, way):
    command = drained(tank, joules, dq=way * 1.0, tau_law=way * 38.0)
    assert command * way == pytest.approx(power)
    assert bool(tank.seen & Flag.ENERGY) == (power < 38.0)


@settings(max_examples=200, deadline=None)
@given(dq=st.floats(-2.0, 2.0), share=st.floats(-10.0, 1.0), joules=st.floats(0.0, BUDGET))
def test_within_the_refill_nothing_is_touched(knee, dq, share, joules):
    knee.reset()
    knee.set_limits(limit_energy=BUDGET, energy_refill=REFILL, limit_power=POWER, limit_tau_rate=1e9)
    tau = max(-38.0, min(38.0, share * REFILL / dq if abs(dq) > 1e-6 else 38.0))
    tau *= 1.0 - 1e-12
    assert drained(knee, joules, dq=dq, tau_law=tau) == tau
    assert not knee.seen


@pytest.mark.parametrize("way", [1.0, -1.0])
@pytest.mark.parametrize(
    ("deficit", "speed", "braking"),
    [
        (0.004, 1.0, 2.0 * 1.0),  # α = E/(v²·T) = 2, below the cap
        (0.004, 0.5, DISSIPATION * 0.5),  # α = 8
        (5.0, 1.0, DISSIPATION * 1.0),
        (5.0, 0.0, 0.0),
        (5.0, 1e-300, 0.0),
    ],
)
def test_an_overdrawn_tank_brakes_by_a_capped_damping(tank, deficit, speed, braking, way):
    command = drained(tank, BUDGET + deficit, dq=way * speed)
    assert command == pytest.approx(-way * braking, rel=1e-9, abs=1e-290)
    assert bool(tank.seen & Flag.ENERGY) == (speed > 0.0)


def test_at_rest_an_overdrawn_tank_gives_exactly_nothing(tank):
    assert drained(tank, 2.0 * BUDGET) == 0.0
    assert not tank.seen


def test_dissipation_fades_with_the_law_so_that_a_stop_lets_go(tank):
    assert drained(tank, 2.0 * BUDGET, dq=1.0, fade=0.5) == pytest.approx(-0.5 * DISSIPATION)
    assert drained(tank, 2.0 * BUDGET, fade=0.0) == 0.0


def test_dissipation_never_does_more_than_stop_the_drives_own_inertia_in_the_tick(chain):
    """The elbow's drive has 0.006 kg·m²: 3 N·m·s/rad stop it in 2 ms."""
    chain.reset()
    chain.set_limits(limit_energy=BUDGET, energy_refill=REFILL, limit_tau_rate=1e9)
    chain.remember(energy_spent=2.0 * BUDGET)
    chain.tick(q=1.0, dq=[1.0, 1.0])
    np.testing.assert_allclose(chain.command, [-DISSIPATION, -0.006 / DT])


def test_dissipation_stays_within_the_torque_limit(tank):
    tank.set_limits(limit_tau=3.0)
    assert drained(tank, 2.0 * BUDGET, dq=1.0) == -3.0


def test_what_is_not_known_counts_as_an_empty_tank(tank):
    tank.remember(energy_spent=math.nan)
    tank.tick()
    assert spent(tank) == pytest.approx(BUDGET - REFILL * DT)
    tank.remember(energy_spent=-7.0)
    tank.tick()
    assert spent(tank) == 0.0


def test_without_limits_what_was_spent_stays_and_what_is_not_known_is_too_much(tank):
    tank.remember(energy_spent=3.0)
    tank.set_limits(limit_tau=math.nan)
    tank.tick()
    assert spent(tank) == 3.0
    tank.remember(energy_spent=math.nan)
    tank.tick()
    assert spent(tank) > BUDGET


def test_while_nothing_is_seen_the_last_velocity_counts_and_nothing_is_given_back(tank):
    tank.tick(dq=1.5)
    tank.remember(tau_previous=20.0, energy_spent=1.0)
    tank.tick(q=math.nan, dq=math.nan, age=DT)
    assert spent(tank) == pytest.approx(1.0 + (20.0 * 1.5 - REFILL) * DT)
    tank.remember(tau_previous=-20.0, energy_spent=1.0)
    tank.tick()
    assert spent(tank) == pytest.approx(1.0 - REFILL * DT)
    tank.tick(q=HANGING, dq=0.0, age=0.0)
    assert tank.remembered("dq_previous") == 0.0


def test_a_budget_of_nothing_lets_nothing_but_the_refill_drive(tank):
    tank.set_limits(limit_energy=0.0)
    assert tank.tick(dq=1.0, tau_law=30.0) == pytest.approx(REFILL)
    tank.reset()
    tank.set_limits(limit_energy=0.0, energy_refill=0.0, limit_tau_rate=1e9)
    assert tank.tick(dq=1.0, tau_law=30.0) == 0.0
