"""What the guard reads and remembers, as columns of the row: the one place that knows their order."""

from collections.abc import Mapping
from typing import Any

import casadi
from casadi import SX

from robot.tick import Column, per_joint


def limit_columns(joints: tuple[str, ...], sensors: tuple[str, ...] = (), *, tool: bool = False) -> tuple[Column, ...]:
    """The limits that the guard reads from the row, in this order, grouped by kind.

    `tool` of a robot that carries no limbs: the force at its last link is limited, and no spasm is looked for.
    `settle_damping` is no limit of the plan: it is zero, but while a robot with a *damped* safe end comes to rest.
    """
    spasm = () if tool else joints
    return (
        *per_joint(joints, "limit_q_min", "rad"),
        *per_joint(joints, "limit_q_max", "rad"),
        *per_joint(joints, "limit_velocity", "rad/s"),
        *per_joint(joints, "limit_tau", "N·m"),
        *per_joint(joints, "limit_tau_rate", "N·m/s"),
        *per_joint(joints, "limit_power", "W"),
        *per_joint(joints, "limit_tau_continuous", "N·m"),
        *per_joint(joints, "thermal_time", "s"),
        *per_joint(spasm, "spasm_tau", "N·m"),
        *per_joint(joints, "settle_damping", "N·m·s/rad"),
        *per_joint(sensors, "limit_contact", "N"),
        *((Column("limit_tool_force", "N"),) if tool else (Column("spasm_within", "s"),)),
        Column("limit_energy", "J"),
        Column("energy_refill", "W"),
    )


def memory_columns(joints: tuple[str, ...], *, tool: bool = False) -> tuple[Column, ...]:
    """What the guard remembers, in this order; all of it is zero at a session's start.

    Last command, last velocity, filtered acceleration; how long ago the interaction torque was below half of its
    threshold, or, where the force at the last link is limited, the filtered torque less friction; how far the motor is
    above its assumed start; how long nothing made sense, and nothing was seen; the energy taken from the tank; how long
    limits have had to act.
    """
    return (
        *per_joint(joints, "tau_previous", "N·m"),
        *per_joint(joints, "dq_previous", "rad/s"),
        *per_joint(joints, "ddq_filtered", "rad/s²"),
        *per_joint(() if tool else joints, "since_half_spasm", "s"),
        *per_joint(joints if tool else (), "tau_filtered", "N·m"),
        *per_joint(joints, "warming"),
        Column("blind", "s"),
        Column("unseen", "s"),
        Column("energy_spent", "J"),
        Column("strain", "s"),
    )


def parts(columns: tuple[Column, ...]) -> dict[str, slice]:
    """Where each kind of column stands among `columns`, by the last part of its name: e.g. `limit_tau`."""
    found = dict[str, slice]()
    for index, column in enumerate(columns):
        kind = column.name.rpartition(".")[2]
        found[kind] = slice(found[kind].start if kind in found else index, index + 1)
    return found


def split(columns: tuple[Column, ...], vector: SX) -> Mapping[str, SX]:
    """A vector's numbers by their kind."""
    return {kind: vector[part] for kind, part in parts(columns).items()}


def joined(columns: tuple[Column, ...], values: Mapping[str, Any]) -> SX:
    """Values of every kind as one vector in the order of `columns`."""
    return casadi.vertcat(*(values[kind] for kind in parts(columns)))
