"""What the guard's numbers and columns are, what it remembers where nothing is known, and where counting decides."""

import math

import numpy as np
import pytest

from robot.guard import STOPPING_FLAGS, Flag, interaction, losses, position, thermal, velocity
from robot.guard.columns import joined, limit_columns, memory_columns, parts, split
from robot.guard.expressions import HUGE, LARGEST, TINY
from robot.guard.flags import ACTING_FLAGS
from robot.runtime.session_state import Severity
from tests.robot.guard_bench import DT, ORDINARY
from tests.robot.guard_values import value


def test_flags_keep_the_numbers_that_records_hold():
    names = (
        "MEASUREMENT_NOT_FINITE MEASUREMENT_STALE LAW_NOT_FINITE LIMITS_NOT_FINITE MEMORY_NOT_FINITE POSITION VELOCITY"
        " SPASM RATE TORQUE BLIND POSITION_STOP VELOCITY_STOP POWER ENERGY THERMAL CONTACT CONTACT_STOP THERMAL_STOP"
        " ESCALATED"
    )
    assert {flag.name: int(flag) for flag in Flag} == {name: 2**bit for bit, name in enumerate(names.split())}


def test_which_flags_ask_for_a_stop_and_which_strain():
    stopping = {"SPASM", "BLIND", "POSITION_STOP", "VELOCITY_STOP", "CONTACT_STOP", "THERMAL_STOP", "ESCALATED"}
    assert {flag.name for flag in STOPPING_FLAGS} == stopping
    assert {flag.name for flag in ACTING_FLAGS} == {"POSITION", "VELOCITY", "ENERGY", "CONTACT"}


def test_the_constants_are_as_described():
    assert (position.SOFT_STIFFNESS, position.SOFT_DAMPING) == (200.0, 8.0)
    assert (math.degrees(position.POSITION_MARGIN), math.degrees(position.POSITION_OFF)) == pytest.approx((5.0, 10.0))
    assert (velocity.VELOCITY_DAMPING, velocity.VELOCITY_MARGIN, velocity.VELOCITY_OFF) == (60.0, 1.2, 1.5)
    assert (losses.DECAY_S, losses.BLIND_S, losses.LONG_S) == (0.040, 0.020, 10.0)
    assert interaction.ACCELERATION_FILTER_S == 0.010
    assert np.finfo(float).max == LARGEST
    assert (HUGE, TINY) == (1e9, 1e-9)


def test_the_columns_stand_in_the_order_that_the_row_has():
    """A number and its unit: what a record's reader and another language's guard rely on."""
    joints = ("hip", "knee")
    limits = [(column.name, column.unit) for column in limit_columns(joints, ("cuff",))]
    assert limits[:4] == [
        ("hip.limit_q_min", "rad"),
        ("knee.limit_q_min", "rad"),
        ("hip.limit_q_max", "rad"),
        ("knee.limit_q_max", "rad"),
    ]
    assert limits[-4:] == [
        ("cuff.limit_contact", "N"),
        ("spasm_within", "s"),
        ("limit_energy", "J"),
        ("energy_refill", "W"),
    ]
    assert len(limits) == 10 * 2 + 1 + 3
    assert [column.name for column in memory_columns(("knee",))][-4:] == ["blind", "unseen", "energy_spent", "strain"]


def test_columns_are_found_split_and_joined_again_by_kind():
    columns = limit_columns(("hip", "knee"))
    found = parts(columns)
    assert found["limit_q_min"] == slice(0, 2)
    assert found["limit_q_max"] == slice(2, 4)
    assert found["energy_refill"] == slice(22, 23)
    vector = list(range(len(columns)))
    assert value(lambda x: split(columns, x)["limit_q_max"], vector) == [2, 3]
    assert value(lambda x: joined(columns, split(columns, x)), vector) == vector


SPASM, BLIND = 24.0, losses.BLIND_S
BROKEN = {
    "tau_previous": 0.0,
    "dq_previous": 0.0,
    "ddq_filtered": 0.0,
    "since_half_spasm": DT,
    "warming": thermal.DERATED_TO - thermal.START,
    "blind": DT,
    "unseen": DT,
    "energy_spent": ORDINARY["limit_energy"],
    "strain": 0.0,
}
"""What each kind of memory is after a tick whose velocity is none, where it was not known before."""


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_what_is_not_remembered_begins_where_it_does_least_harm(bench, kind, broken):
    bench.set_limits(limit_tau_rate=1.0)  # so that a made-up last command would be seen
    bench.remember(**{kind: broken})
    bench.tick(dq=math.nan, tau_law=5.0)
    assert bench.command[0] == 0.0
    assert bench.remembered(kind) == pytest.approx(BROKEN[kind], rel=1e-4)


def test_blindness_asks_past_its_time_and_not_at_it(bench):
    """A reply that is lost leaves the count as it is."""
    for blind, asked in ((BLIND, Severity.NONE), (math.nextafter(BLIND, 1.0), Severity.SOFT)):
        bench.reset()
        bench.remember(blind=blind)
        bench.tick(age=DT)
        assert bench.remembered("blind") == blind
        assert bench.severity[0] == asked


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_half_the_threshold_is_not_below_half(bench, way):
    bench.set_limits(spasm_tau=SPASM)
    bench.tick(tau_measured=way * 0.5 * SPASM)
    assert bench.interaction[0] == way * 0.5 * SPASM
    assert bench.remembered("since_half_spasm") == DT
    bench.tick(tau_measured=way * math.nextafter(0.5 * SPASM, 0.0))
    assert bench.remembered("since_half_spasm") == 0.0


def test_a_law_whose_torque_is_too_large_for_a_number_gives_none(bench):
    bench.tick(tau_law=1e308, fade=1e308)
    assert bench.command[0] == 0.0
    assert not bench.seen & Flag.LAW_NOT_FINITE


def test_after_a_memory_that_is_none_no_acceleration_is_made_up(bench):
    bench.remember(dq_previous=math.nan)
    bench.tick(dq=1.0)
    assert bench.remembered("ddq_filtered") == 0.0


def test_a_range_of_angles_may_lie_below_zero(bench):
    bench.set_limits(limit_q_min=-2.0, limit_q_max=-1.0)
    bench.tick(q=-1.5, tau_law=0.5)
    assert bench.command[0] == 0.5
    assert not bench.seen
