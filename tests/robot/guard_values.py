"""What a rule of the guard gives for numbers."""

import casadi
import numpy as np
from casadi import SX


def value(rule, *numbers):
    """What a rule gives for numbers, run as the guard runs: arguments are symbols first, so that nothing is folded."""
    arrays = [np.atleast_1d(np.array(number, float)) for number in numbers]
    symbols = [SX.sym(f"x{index}", array.size) for index, array in enumerate(arrays)]
    function = casadi.Function("rule", symbols, [casadi.densify(SX(rule(*symbols)))])
    result = np.array(function(*arrays)).ravel()
    return float(result[0]) if result.size == 1 else result.tolist()
