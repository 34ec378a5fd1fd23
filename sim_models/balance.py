"""The angles at which a person rests: where nothing is left to accelerate."""

from collections.abc import Callable

import numpy as np

from robot.tick import Array

FIRST_S, SHORTEST_S, LONGEST_S = 0.05, 1e-3, 1e6
"""The first pseudo-time step, the shortest, and the one that is Newton's, in s."""

TRIES, BALANCED, DIFFERENCE, LARGEST = 500, 1e-12, 1e-6, 0.2
"""How many steps at most; in rad the step at which they end, the difference for slopes, and the largest step."""


def balanced(unbalanced: Callable[[Array], Array], q: Array) -> Array:
    """The angles in rad near `q` at which `unbalanced`, from angles to torques in N·m, is zero.

    Implicit steps from rest, longer as long as they go on the same way or less is left to accelerate, shorter where
    they go to and fro (pseudo-transient continuation): a person comes down onto what carries them as they would in
    honey, and Newton's steps end it. Raises `ValueError` where there is no such place.
    """
    q, step_s, last = np.array(q), FIRST_S, np.zeros(len(q))
    left = unbalanced(q)
    for _ in range(TRIES):
        slopes = np.array([(unbalanced(q + nudge) - left) / DIFFERENCE for nudge in DIFFERENCE * np.eye(q.size)]).T
        change = np.linalg.solve(np.eye(q.size) / step_s**2 - slopes, left)
        if np.abs(change).max() > LARGEST:
            step_s *= 0.5
            continue
        q, before = q + change, np.linalg.norm(left)
        left = unbalanced(q)
        if np.abs(change).max() < BALANCED and step_s > 1.0:
            return q
        goes_on = change @ last >= 0.0 or np.linalg.norm(left) < before
        step_s, last = min(max(step_s * (2.0 if goes_on else 0.25), SHORTEST_S), LONGEST_S), change
    raise ValueError(f"no balance: {np.abs(left).max():.3g} N·m are left")
