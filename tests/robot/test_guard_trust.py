"""What the guard trusts of its inputs, and what it makes of the rest."""

import math
from dataclasses import FrozenInstanceError

import casadi
import numpy as np
import pytest
from casadi import SX

from robot.guard.trust import Inputs, cleaned, trusted
from tests.robot.guard_values import value

SOUND = {
    "q": [1.0, 2.0],
    "dq": [0.0, -1.0],
    "tau_measured": [3.0, 4.0],
    "contact_force": [-5.0],
    "age": 0.0,
    "tau_law": [6.0, 7.0],
    "fade": 0.5,
    "limits": [-1.0, 0.0, 8.0],
    "memory": [9.0, -9.0],
}
"""The guard's inputs, the first of the limits one that may be negative."""


def judged(what, **changed):
    """A quality of the trust in the sound inputs, some of them changed."""
    inputs = {**SOUND, **changed}
    names = list(inputs)

    def rule(*symbols):
        given = Inputs(**dict(zip(names, symbols, strict=True)))
        return what(given, trusted(given, not_negative=given.limits[1:]))

    return value(rule, *inputs.values())


def qualities(**changed):
    names = ("fresh", "measurement", "law", "limits", "memory", "seen", "active", "good")
    told = judged(lambda _, trust: casadi.vertcat(*(getattr(trust, name) for name in names)), **changed)
    return {name for name, holds in zip(names, told, strict=True) if not holds}


def test_sound_inputs_are_trusted():
    assert qualities() == qualities(age=-1.0) == set()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_not_trusted_wherever_it_stands(bad):
    lost = {"seen", "active", "good"}
    assert qualities(age=bad) == {"fresh", *lost}
    for name in ("q", "dq", "tau_measured", "contact_force"):
        for index in range(len(SOUND[name])):
            values = list(SOUND[name])
            values[index] = bad
            assert qualities(**{name: values}) == {"measurement", *lost}
    assert qualities(tau_law=[bad, 7.0]) == qualities(fade=bad) == {"law", "good"}
    assert qualities(limits=[bad, 0.0, 8.0]) == qualities(limits=[0.0, 0.0, bad]) == {"limits", "active", "good"}
    assert qualities(memory=[9.0, bad]) == {"memory", "good"}


def test_the_smallest_age_is_old_and_the_smallest_negative_limit_is_none():
    assert qualities(age=5e-324) == {"fresh", "seen", "active", "good"}
    for limits in ([0.0, -5e-324, 8.0], [0.0, 0.0, -1.0]):
        assert qualities(limits=limits) == {"limits", "active", "good"}


def test_what_is_not_trusted_is_zero_for_the_rules_and_the_rest_comes_as_it_is():
    def clean(**changed):
        numbers = judged(lambda given, trust: casadi.vertcat(*cleaned(given, trust).in_order()), **changed)
        return dict(zip(SOUND, np.split(numbers, np.cumsum([np.size(one) for one in SOUND.values()])), strict=False))

    for name, values in clean().items():
        np.testing.assert_array_equal(values, SOUND[name])
    blind = clean(q=[math.nan, 2.0], limits=[0.0, -1.0, 8.0])
    for name, values in blind.items():
        trusted_as_it_is = name not in {"q", "dq", "tau_measured", "contact_force", "limits"}
        np.testing.assert_array_equal(values, SOUND[name] if trusted_as_it_is else 0.0)


def test_what_was_judged_cannot_be_changed_afterwards():
    assert judged(lambda given, trust: SX(_is_frozen(given) and _is_frozen(trust))) == 1.0


def _is_frozen(values):
    try:
        values.limits = SX(1)
    except FrozenInstanceError:
        return True
    return False
