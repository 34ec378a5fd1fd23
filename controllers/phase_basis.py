"""Triangular basis functions over the phase of a cycle: what is laid down along the phase lies in their weights."""

import casadi
from casadi import SX

LONGEST_STEP = 1.0
"""Largest progress in one tick, in distances between nodes: more is a jump of the phase and not a movement."""


def hats(phase: SX, count: int) -> SX:
    """How much each of `count` nodes (at phase 0, 1/count …) has to say at `phase`: a row that sums to one.

    Triangles of twice the nodes' distance, round the cycle. `count` is at least 4. Only the two nodes about the phase
    have a say.
    """
    place = (phase - casadi.floor(phase)) * count
    before = casadi.fmin(casadi.floor(place), count - 1.0)
    share = place - before
    here = [before == node for node in range(count)]
    return casadi.horzcat(*(here[node] * (1.0 - share) + here[node - 1] * share for node in range(count)))


def passed(before: SX, phase: SX, count: int) -> SX:
    """The share of each node's triangle that the phase passed since `before`: a row, whole cycles add up to ones.

    The exact integral of the triangle, so that the shares of a cycle sum to one whatever the steps. Nothing where the
    phase stands, as in a pause, or went back.
    """
    moved = phase - before
    step = (moved - casadi.floor(moved + 0.5)) * count
    step = casadi.if_else(casadi.logic_and(step > 0.0, step <= LONGEST_STEP), step, 0.0)
    starts = (_apart(before, node, count) for node in range(count))
    return casadi.horzcat(*(_area(start + step) - _area(start) for start in starts))


def _apart(phase: SX, node: int, count: int) -> SX:
    """How far `phase` is from a node, in distances between nodes, the shorter way round."""
    turns = phase - node / count
    return (turns - casadi.floor(turns + 0.5)) * count


def _area(end: SX) -> SX:
    """The triangle's area up to `end`: 0 at −1, 1 at 1."""
    rising, falling = casadi.fmin(_positive(end + 1.0), 1.0), casadi.fmin(_positive(end), 1.0)
    return 0.5 * rising**2 + falling - 0.5 * falling**2


def _positive(value: SX) -> SX:
    return casadi.fmax(value, 0.0)
