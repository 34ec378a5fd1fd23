import math

import numpy as np
import pytest
from casadi import SX, Function

from robot.errors import InputError
from sim_models.virtual_patient import STANDARD
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.joint import JointState
from sim_models.virtual_patient.passive import ankle_moment, hip_moment, knee_moment
from sim_models.virtual_patient.spasticity import reflex_torque
from sim_models.virtual_patient.tremor import tremor_torque

# Riener & Edrich's formulas as several independent implementations give them, other angles zero.
KNEE = {0: 10.42, 30: -2.70, 60: -4.45, 90: -6.19, 120: -11.89}
HIP = {0: 8.58, 30: -1.01, 90: -51.38}
ANKLE = {-20: 0.29, 0: -6.39, 20: -42.36}


def test_passive_moments_have_the_published_values() -> None:
    for angle, moment in KNEE.items():
        assert float(knee_moment(0.0, angle, 0.0)) == pytest.approx(moment, abs=0.005)
    for angle, moment in HIP.items():
        assert float(hip_moment(angle, 0.0, 0.0)) == pytest.approx(moment, abs=0.005)
    for angle, moment in ANKLE.items():
        assert float(ankle_moment(0.0, 0.0, angle)) == pytest.approx(moment, abs=0.005)


def test_passive_moments_vanish_at_the_published_angles() -> None:
    for moment_at, zero in (
        (lambda angle: knee_moment(0.0, angle, 0.0), 13.886),
        (lambda angle: hip_moment(angle, 0.0, 0.0), 26.80),
        (lambda angle: ankle_moment(0.0, 0.0, angle), -17.94),
    ):
        half_a_digit = 0.0005 if zero == 13.886 else 0.005
        assert float(moment_at(zero - half_a_digit)) > 0.0 > float(moment_at(zero + half_a_digit))


def test_a_hip_at_90_degrees_bends_a_straight_knee_with_35_newton_metres() -> None:
    assert float(knee_moment(90.0, 5.0, 0.0)) == pytest.approx(35.0, abs=1.0)


def test_passive_moments_stay_what_they_are_beyond_the_joints_range() -> None:
    assert float(knee_moment(0.0, 500.0, 0.0)) == float(knee_moment(0.0, 140.0, 0.0))
    assert float(knee_moment(0.0, -500.0, 0.0)) == float(knee_moment(0.0, -10.0, 0.0))


def test_passive_moments_of_symbols_are_those_of_numbers() -> None:
    angles = SX.sym("angles", 3)
    symbolic = Function("moments", [angles], [moment(*(angles[i] for i in range(3))) for moment in MOMENTS])
    for given in np.random.default_rng(1).uniform(-60.0, 150.0, (50, 3)):
        assert [float(one) for one in symbolic(given)] == [float(moment(*map(float, given))) for moment in MOMENTS]


MOMENTS = (hip_moment, knee_moment, ankle_moment)


def test_a_reflex_resists_stretch_above_the_threshold_and_nothing_else() -> None:
    assert float(reflex_torque(6.0, 0.5, 2.5)) == -12.0
    assert float(reflex_torque(6.0, 0.5, 0.5)) == 0.0
    assert float(reflex_torque(6.0, 0.5, -2.5)) == 0.0


def test_a_tremor_swings_by_its_amplitude_at_its_frequency() -> None:
    assert float(tremor_torque(3.0, 5.0, 0.05)) == pytest.approx(3.0)
    assert float(tremor_torque(3.0, 5.0, 0.15)) == pytest.approx(-3.0)
    assert float(tremor_torque(3.0, 5.0, 0.20)) == pytest.approx(0.0, abs=1e-12)


def test_a_sized_patient_keeps_the_impairment_and_scales_the_limb() -> None:
    tall = STANDARD["severely-spastic"].sized(1.95, 110.0)
    assert (tall.left, tall.right) == (STANDARD["severely-spastic"].left, STANDARD["severely-spastic"].right)
    usual = STANDARD["passive"]
    assert tall.limb.mass / usual.limb.mass == pytest.approx(110.0 / 75.0)
    assert tall.limb.moment / usual.limb.moment == pytest.approx(110.0 / 75.0 * (1.95 / 1.75) ** 2)


def test_a_body_that_cannot_be_meant_is_refused_with_its_bounds() -> None:
    for field, value in (("height_m", 175.0), ("mass_kg", math.nan), ("age_years", 3.0)):
        with pytest.raises(InputError) as refused:
            Body(**{field: value})
        assert refused.value.code == "out-of-bounds"
        assert refused.value.values["field"] == f"patient.{field}"
    with pytest.raises(InputError) as refused:
        JointState(effort=-0.1)
    assert refused.value.values["field"] == "effort"


def test_a_mass_that_no_person_of_that_height_has_is_refused_with_the_masses_that_are():
    with pytest.raises(InputError) as refused:
        Body(height_m=2.0, mass_kg=10.0)
    assert refused.value.code == "body-impossible"
    assert refused.value.values["low"] == pytest.approx(32.0)
