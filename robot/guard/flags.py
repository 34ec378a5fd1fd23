"""What the guard says of a tick besides its torque."""

from enum import IntFlag


class Flag(IntFlag):
    """What the guard saw or limited in a tick; the row holds the sum."""

    MEASUREMENT_NOT_FINITE = 1
    MEASUREMENT_STALE = 2
    LAW_NOT_FINITE = 4
    LIMITS_NOT_FINITE = 8
    MEMORY_NOT_FINITE = 16
    POSITION = 32
    VELOCITY = 64
    SPASM = 128
    RATE = 256
    TORQUE = 512
    BLIND = 1024
    POSITION_STOP = 2048
    VELOCITY_STOP = 4096
    POWER = 8192
    ENERGY = 16384
    THERMAL = 32768
    CONTACT = 65536
    CONTACT_STOP = 131072
    THERMAL_STOP = 262144
    ESCALATED = 524288
    TOOL_FORCE = 1048576


STOPPING_FLAGS = (
    Flag.SPASM
    | Flag.BLIND
    | Flag.POSITION_STOP
    | Flag.VELOCITY_STOP
    | Flag.CONTACT_STOP
    | Flag.THERMAL_STOP
    | Flag.ESCALATED
    | Flag.TOOL_FORCE
)
"""Flags that ask for a stop, soft or at once."""

ACTING_FLAGS = Flag.POSITION | Flag.VELOCITY | Flag.ENERGY | Flag.CONTACT
"""Flags of limits that should act for moments only: where they go on, the guard escalates. A torque, a rate, a power or
a motor's heat may be at its limit for long, and then simply is limited."""
