"""The compiled reference of a closed curve, held against the curve itself in plain arithmetic."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.mapped import compiled_reference
from controllers.motions.recorded import FourierCurve

JOINTS, POWERS = 3, 4
PARTS = st.floats(-2.0, 2.0)
AMPLITUDES = st.lists(PARTS, min_size=2 * JOINTS * POWERS, max_size=2 * JOINTS * POWERS)
UNIT = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0] * JOINTS
"""A range from 0 to 1 rad that stands."""


def references(curve, moment, ends, start):
    found = [np.zeros(JOINTS) for _ in range(3)]
    given = [np.array(moment), np.array(ends), np.array(start), curve.polynomials]
    compiled_reference(JOINTS, POWERS).bind(given, found)()
    return [one.tolist() for one in found]


@settings(max_examples=30, deadline=None)
@given(AMPLITUDES, st.floats(0.0, 1.0))
def test_at_the_phases_own_pace_it_is_the_curve_to_the_bit(numbers, phase):
    pairs = np.array(numbers).view(np.complex128).reshape(JOINTS, POWERS)
    curve = FourierCurve(tuple(tuple(complex(one) for one in joint) for joint in pairs))
    moment = [phase, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert references(curve, moment, UNIT, [0.0] * JOINTS) == [list(one) for one in curve.at(phase)]


@settings(max_examples=30, deadline=None)
@given(AMPLITUDES, st.lists(PARTS, min_size=6 * JOINTS, max_size=6 * JOINTS), st.lists(PARTS, min_size=7, max_size=7))
def test_velocity_and_acceleration_are_the_slopes_of_what_it_leads_to(numbers, ends, moving):
    """Every input as a polynomial of time: the angle's differences must be the velocity, the velocity's the rest."""
    pairs = np.array(numbers).view(np.complex128).reshape(JOINTS, POWERS)
    curve = FourierCurve(tuple(tuple(complex(one) for one in joint) for joint in pairs))
    phase, turning, change, rate, rate_change, lead, lead_1 = moving
    start = ends[:JOINTS]

    def at(time):
        own = time * rate + 0.5 * time**2 * rate_change  # the script's time
        moment = [phase + own * turning + 0.5 * own**2 * change, turning + own * change, change]
        moment += [rate + time * rate_change, rate_change, 1.0, lead + own * lead_1, lead_1, 0.0]
        moved = [(v + own * s + 0.5 * own**2 * b, s + own * b, b) for v, s, b in np.reshape(ends, (-1, 3)).tolist()]
        return np.array(references(curve, moment, np.ravel(moved), start))

    step = 1e-5
    before, here, after = at(-step), at(0.0), at(step)
    slopes = (after[:2] - before[:2]) / (2.0 * step)
    scale = 1.0 + np.abs(here).max()
    assert np.abs(slopes - here[1:]).max() < 1e-5 * scale
