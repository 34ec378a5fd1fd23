"""What the guard's numbers mean to whoever reads a record: flags, columns, and the constants of its rules."""

import math

import numpy as np
import pytest
from casadi import SX, vertsplit

from robot.guard import (
    ACTING_FLAGS,
    STOPPING_FLAGS,
    Flag,
    interaction,
    limit_columns,
    losses,
    memory_columns,
    parts,
    position,
    velocity,
)
from robot.guard.columns import joined, split
from robot.guard.expressions import HUGE, LARGEST, TINY

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
    "TOOL_FORCE": 1048576,
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
    stopping |= {"TOOL_FORCE"}
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
    assert (position.SOFT_STIFFNESS, position.SOFT_DAMPING) == (200.0, 8.0)
    assert (math.degrees(position.POSITION_MARGIN), math.degrees(position.POSITION_OFF)) == pytest.approx((5.0, 10.0))
    assert (velocity.VELOCITY_DAMPING, velocity.VELOCITY_MARGIN, velocity.VELOCITY_OFF) == (60.0, 1.2, 1.5)
    assert (losses.DECAY_S, losses.BLIND_S, losses.LONG_S) == (0.040, 0.020, 10.0)
    assert interaction.ACCELERATION_FILTER_S == 0.010
    assert np.finfo(float).max == LARGEST
    assert (HUGE, TINY) == (1e9, 1e-9)
