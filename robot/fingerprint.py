"""Which mathematical library a machine computes with, told by what it answers.

The same compiled law need not give the same bits everywhere: glibc picks its `sin`, `cos` or `exp` by processor, with
fused multiplications or without, and about one result in a thousand differs in its last bit. Machines with equal
fingerprints agree; where they differ, only nearness can be asked for.
"""

import hashlib
from functools import cache

import casadi
import numpy as np
from casadi import SX

from robot.compile import compile_function
from robot.tick import Array

ARGUMENTS = 4096
"""At one differing result in a thousand, about four in each function that differs."""

_GOLDEN = 0.6180339887498949
"""Its multiples, less their whole part, fill 0…1 evenly; made without any function of libm."""


@cache
def libm_fingerprint() -> str:
    """SHA-256 over the elementary functions at fixed arguments, evaluated as laws are: compiled, through CasADi.

    Blocks for some milliseconds; for some tenths of a second where the code is not in the cache yet. Raises
    `DeviceError` as `robot.compile.compile_function` does.
    """
    u = SX.sym("u")
    values = casadi.vertcat(*_elementary(u))
    argument, results = np.zeros(1), np.zeros(values.numel())
    evaluate = compile_function("libm", [u], [values]).bind([argument], [results])
    digest = hashlib.sha256()
    for argument[0] in _arguments():
        evaluate()
        digest.update(results.astype("<f8").tobytes())
    return digest.hexdigest()


def _arguments() -> Array:
    """Numbers between 0 and 1, from products and differences alone: equal on every machine."""
    turns = np.arange(1, ARGUMENTS + 1, dtype=np.float64) * _GOLDEN
    return turns - np.floor(turns)


def _elementary(u: SX) -> list[SX]:
    """The elementary functions that CasADi's C calls, at arguments that laws meet: angles to ±8 rad, powers to e^±8."""
    wide = 16.0 * u - 8.0
    unit = 2.0 * u - 1.0
    both_signs = [casadi.sin, casadi.cos, casadi.tan, casadi.atan, casadi.sinh, casadi.cosh, casadi.tanh, casadi.exp]
    return [
        *(function(wide) for function in (*both_signs, casadi.expm1, casadi.asinh, casadi.erf)),
        *(function(unit) for function in (casadi.asin, casadi.acos, casadi.atanh)),
        *(function(u) for function in (casadi.sqrt, casadi.log, casadi.log1p)),
        casadi.acosh(1.0 + u),
        casadi.log10(u),
        casadi.atan2(wide, u),
        casadi.hypot(wide, u),
        casadi.fmod(wide, u),
        casadi.power(u, wide),
    ]
