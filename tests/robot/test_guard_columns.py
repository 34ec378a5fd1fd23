"""What the guard's numbers mean to whoever reads a record: flags, columns, and the constants of its rules."""

import numpy as np
import pytest
from casadi import SX, vertsplit

from robot.guard import ACTING_FLAGS, STOPPING_FLAGS, Flag, limit_columns, memory_columns, parts
from robot.guard import expressions as small
from robot.guard.columns import joined, split
from robot.guard.interaction import ACCELERATION_FILTER_S
from robot.guard.losses import BLIND_S, DECAY_S, LONG_S
from robot.guard.position import SOFT_DAMPING, SOFT_STIFFNESS
from robot.guard.velocity import VELOCITY_DAMPING

FLAGS = {
    "MEASUREMENT_NOT_FINITE": 1,
    "MEASUREMENT_STALE": 2,
    "LAW_NOT_FINITE": 4,
    "LIMITS_NOT_FINITE": 8,
    "MEMORY_NOT_FINITE": 16,
    "POSITION": 32,
    "VELOCITY": 64,
    "SPASM": 128,
    "RATE": 256,
    "TORQUE": 512,
    "BLIND": 1024,
    "POSITION_STOP": 2048,
    "VELOCITY_STOP": 4096,
    "POWER": 8192,
    "ENERGY": 16384,
    "THERMAL": 32768,
    "CONTACT": 65536,
    "CONTACT_STOP": 131072,
    "THERMAL_STOP": 262144,
    "ESCALATED": 524288,
}
"""What stands in records: a flag never changes its number."""

LIMITS = (
    *("knee_limit_q_min_rad", "knee_limit_q_max_rad", "knee_limit_velocity_rad_s", "knee_limit_tau_Nm"),
    *("knee_limit_tau_rate_Nm_s", "knee_limit_power_W", "knee_limit_tau_continuous_Nm", "knee_thermal_time_s"),
    *("knee_spasm_tau_Nm", "knee_settle_damping_Nms_rad", "cuff_limit_contact_N"),
    *("spasm_within_s", "limit_energy_J", "energy_refill_W"),
)
MEMORY = (
    *("knee_tau_previous_Nm", "knee_dq_previous_rad_s", "knee_ddq_filtered_rad_s2", "knee_since_half_spasm_s"),
    *("knee_warming", "blind_s", "unseen_s", "energy_spent_J", "strain_s"),
)


def test_flags_keep_their_numbers():
    assert {flag.name: flag.value for flag in Flag} == FLAGS
    stopping = {"SPASM", "BLIND", "POSITION_STOP", "VELOCITY_STOP", "CONTACT_STOP", "THERMAL_STOP", "ESCALATED"}
    assert {flag.name for flag in STOPPING_FLAGS} == stopping
    assert {flag.name for flag in ACTING_FLAGS} == {"POSITION", "VELOCITY", "ENERGY", "CONTACT"}


def test_columns_are_named_with_their_units():
    assert tuple(column.title for column in limit_columns(("knee",), ("cuff",))) == LIMITS
    assert tuple(column.title for column in memory_columns(("knee",))) == MEMORY


def test_a_kinds_columns_stand_together_and_are_found_by_its_name():
    columns = limit_columns(("hip", "knee"), ("cuff",))
    places = parts(columns)
    assert places["limit_q_min"] == slice(0, 2)
    assert places["limit_tau"] == slice(6, 8)
    assert places["limit_contact"] == slice(20, 21)
    assert places["energy_refill"] == slice(len(columns) - 1, len(columns))
    assert sum(part.stop - part.start for part in places.values()) == len(columns)


def test_what_is_split_by_kind_is_joined_in_the_same_order():
    columns = memory_columns(("hip", "knee"))
    by_kind = split(columns, SX(list(range(len(columns)))))
    again = joined(columns, dict(reversed(by_kind.items())))
    assert [float(number) for number in vertsplit(again)] == list(range(len(columns)))


def test_the_constants_are_as_described():
    assert (SOFT_STIFFNESS, SOFT_DAMPING, VELOCITY_DAMPING) == (200.0, 8.0, 60.0)
    assert (DECAY_S, BLIND_S, LONG_S, ACCELERATION_FILTER_S) == (0.040, 0.020, 10.0, 0.010)
    assert (np.finfo(float).max, 1e9, 1e-9) == (small.LARGEST, small.HUGE, small.TINY)


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (0.5, 0.0, 1.0, 0.5),
        (-1.0, 0.0, 1.0, 0.0),
        (2.0, 0.0, 1.0, 1.0),
        (np.inf, 0.0, 1.0, 1.0),
        (-np.inf, 0.0, 1.0, 0.0),
    ],
)
def test_what_is_between_two_bounds(value, low, high, expected):
    assert float(small.between(SX(value), low, high)) == expected


def test_a_bound_never_makes_a_number_of_what_is_none():
    assert np.isnan(float(small.between(SX(np.nan), 0.0, 1.0)))
