"""The guard: the last word on every torque, compiled apart from the law. One file for each rule.

It never raises: it limits, flags what it limited, and asks for a stop by a severity.
"""

from robot.guard.columns import limit_columns, memory_columns, parts
from robot.guard.compile import compile_guard
from robot.guard.flags import ACTING_FLAGS, STOPPING_FLAGS, Flag
from robot.guard.position import POSITION_MARGIN
from robot.guard.velocity import VELOCITY_MARGIN

__all__ = [
    "ACTING_FLAGS",
    "POSITION_MARGIN",
    "STOPPING_FLAGS",
    "VELOCITY_MARGIN",
    "Flag",
    "compile_guard",
    "limit_columns",
    "memory_columns",
    "parts",
]
