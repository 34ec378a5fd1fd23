"""The people of the pages: their torque against the virtual patients', their adaptation, their intentions."""

from math import degrees

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docs.science.knee import CUFF, POSTURE, WilledLoad, curve, needed_torque
from docs.science.slacker import PATIENTS, Slacking
from docs.science.tunnel import CYCLES
from docs.science.walker import BLEND, Walker
from robot.description import load_robot
from sim_models.load import PatientLoad
from sim_models.virtual_patient.passive import knee_moment
from sim_models.virtual_patient.patient import VirtualPatient, alike


class Share:
    """The will to do a share of what the limb needs."""

    def listen(self, cycles, q_ref):
        pass

    def torque(self, q, dq, needed):
        return 0.6 * needed


def test_a_will_to_do_a_share_is_the_virtual_patient_with_that_effort():
    drives = np.random.default_rng(1).uniform(-12.0, 12.0, 60).tolist()
    with (
        WilledLoad(VirtualPatient("willed"), Share(), 0.7, CUFF) as willed,
        PatientLoad(load_robot("knee-exo"), alike("weak", effort=0.6), POSTURE, [0.7]) as patient,
    ):
        start = willed.truth[0] - patient.truth[0]  # the will is not asked where the limb balances before the start
        for torque in drives:
            for load in (willed, patient):
                load.advance([torque], 20)
        assert abs(start) < 0.05
        assert willed.truth[0] == pytest.approx(patient.truth[0], abs=0.02)
        assert willed.truth[1] == pytest.approx(patient.truth[1], abs=0.1)


@pytest.mark.parametrize("start", [0.4, 0.7, 1.1])
def test_what_a_limb_needs_at_rest_is_what_the_virtual_patient_holds_a_share_of(start):
    patient = alike("weak", effort=0.6)
    with PatientLoad(load_robot("knee-exo"), patient, POSTURE, [start]) as load:
        q, dq, _, torque, _ = load.truth
    assert dq == 0.0
    held = 0.6 * needed_torque(patient.limb, q, 0.0) + float(knee_moment(POSTURE.hip_flexion_deg, degrees(q), 0.0))
    assert torque == pytest.approx(held, abs=1e-3)


@settings(max_examples=30)
@given(short=st.floats(0.0, 0.05), which=st.integers(0, 3))
def test_a_slacking_will_ends_at_its_slope_times_how_far_it_falls_short(short, which):
    """u = G e, and on the way there (u − G e) goes by f_H each cycle."""
    patient = PATIENTS[which]
    will = Slacking(patient)
    for cycle in range(1, 9):
        for _ in range(5):
            will.torque(0.5, 0.0, -8.0)
            will.torque(0.5, 0.0, -2.0)
        will.listen(float(cycle), 0.5 - short)
        will.q_ref = 0.5 - short
    end = patient.slope * short
    first, *_, last = will.efforts[1:]  # the first cycle was done with no reference yet
    assert last - end == pytest.approx((first - end) * patient.retention**7, abs=1e-9)


def test_a_walker_means_the_recorded_curve_each_time_in_another_way_and_never_jumps():
    walker = Walker(20101, CYCLES)
    course = np.arange(0.0, CYCLES, 1e-3)
    wanted = np.array([walker.intended(one) for one in course])
    assert np.abs(np.diff(wanted)).max() < 1e-3 * 8.0  # rad a cycle: twice the curve's own steepest
    inside = np.abs(course - np.round(course)) > 0.5 * BLEND
    plain = np.array([curve(one) for one in course])
    away = np.degrees(wanted - plain)[inside]
    assert 1.0 < away.std() < 8.0  # 0.1 s where the curve is steep are 7°, move and stretch 2°
    again = Walker(20101, CYCLES)
    assert [again.intended(one) for one in (0.3, 7.02)] == [walker.intended(one) for one in (0.3, 7.02)]
    assert Walker(20102, CYCLES).intended(3.3) != walker.intended(3.3)
