"""What a person gives at a joint: effort, strength, reflexes, tremor, adaptation; alone and together."""

import math

import numpy as np
import pytest
from casadi import SX, Function
from hypothesis import given
from hypothesis import strategies as st

from robot.errors import InputError
from sim_models.virtual_patient import STANDARD, VirtualPatient
from sim_models.virtual_patient.adaptation import FAST, SLOW, STEADY, Adaptation, next_effort
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.fatigue import FRESH, Compartments
from sim_models.virtual_patient.joint import (
    JointNumbers,
    JointState,
    Muscles,
    loads,
    reflexes,
    shaking,
    voluntary_torque,
)
from sim_models.virtual_patient.joints import JOINTS
from sim_models.virtual_patient.passive import SPRINGS, passive_moment, stop_moment, synthetic_moment
from sim_models.virtual_patient.patient import Side
from sim_models.virtual_patient.spasticity import Spasticity
from sim_models.virtual_patient.strength import NORMS, strongest
from sim_models.virtual_patient.tremor import Tremor

ALL = JointState(
    effort=0.5,
    flexors=Muscles(strength=0.1, spasticity=Spasticity(1.0, 0.5)),
    extensors=Muscles(strength=0.2, spasticity=Spasticity(4.0, 0.25), fatigue=2.0),
    tremor=Tremor(2.0, 6.0),
    range_deg=(5.0, 110.0),
)
KNEE = ALL.numbers("knee", 80.0, "male", 30.0)
TORQUES = st.floats(-500.0, 500.0)


def voluntary(of: JointNumbers, needed: float, fatigued: float = 0.0) -> float:
    tired = Compartments(0.0, fatigued, 1.0 - fatigued)
    return float(voluntary_torque(of, needed, FRESH, tired))


@given(needed=TORQUES, fatigued=st.floats(0.0, 1.0))
def test_a_person_never_gives_more_than_they_want_or_can(needed, fatigued):
    torque = voluntary(KNEE, needed, fatigued)
    assert torque * needed >= 0.0
    assert abs(torque) <= abs(0.5 * needed) + 1e-12
    assert torque <= KNEE.flexors.strength
    assert -torque <= KNEE.extensors.strength * (1.0 - fatigued)


def test_within_their_strength_a_person_gives_their_share_to_the_last_bit():
    strong = JointState(effort=0.25).numbers("knee", 75.0, None, 40.0)
    for needed in (13.7, -9.1, 0.0):
        assert voluntary(strong, needed) == 0.25 * needed


def test_a_tired_muscle_loses_the_fatigued_share_of_its_strength():
    assert voluntary(KNEE, -500.0, 0.0) == pytest.approx(-0.2 * 3.185 * 80.0)
    assert voluntary(KNEE, -500.0, 0.4) == pytest.approx(-0.6 * 0.2 * 3.185 * 80.0)


def test_the_load_is_the_share_of_the_strength_that_is_asked_for():
    flexors, extensors = (float(one) for one in loads(KNEE, -20.0))
    assert (flexors, extensors) == (0.0, pytest.approx(10.0 / KNEE.extensors.strength))
    assert [float(one) for one in loads(KNEE, 1e4)] == [1.0, 0.0]
    paralysed = JointState(effort=1.0, flexors=Muscles(strength=0.0)).numbers("hip", 80.0, None, 40.0)
    assert voluntary(paralysed, 50.0) == 0.0
    assert [float(one) for one in loads(paralysed, 50.0)] == [1.0, 0.0]


@given(dq=st.floats(-10.0, 10.0))
def test_each_muscles_reflex_resists_its_own_stretch_only(dq):
    torque = float(reflexes(KNEE, dq))
    expected = -4.0 * max(0.0, dq - 0.25) + 1.0 * max(0.0, -dq - 0.5)
    assert torque == pytest.approx(expected, abs=1e-12)


def test_a_reflex_is_no_stronger_than_its_muscle():
    assert float(reflexes(KNEE, 1e3)) == -KNEE.extensors.strength
    assert float(reflexes(KNEE, -1e3)) == KNEE.flexors.strength


def test_numbers_go_flat_and_back_as_symbols():
    flat = KNEE.flat()
    assert JointNumbers.from_flat(flat) == KNEE
    symbols = SX.sym("of", len(flat))
    of, needed, dq, time = JointNumbers.from_flat([symbols[i] for i in range(len(flat))]), *(SX.sym(n) for n in "abc")
    torque = voluntary_torque(of, needed, FRESH, FRESH) + reflexes(of, dq) + shaking(of, time)
    function = Function("torque", [symbols, needed, dq, time], [torque])
    expected = voluntary(KNEE, -60.0) + float(reflexes(KNEE, 2.0)) + float(shaking(KNEE, 0.03))
    assert float(function(flat, -60.0, 2.0, 0.03)) == pytest.approx(expected, rel=1e-15)


# Adaptation


@given(
    start=st.floats(0.2, 0.8),
    retention=st.floats(0.5, 0.99),
    sensitivity=st.floats(0.0, 0.2),
    error=st.floats(-0.2, 0.0),
)
def test_effort_follows_the_closed_form_of_its_recursion(start, retention, sensitivity, error):
    """uᵢ = fⁱ u₀ − g x (1 − fⁱ)/(1 − f) while the bounds 0 and 1 are not met."""
    effort, rest = start, -sensitivity * error / (1.0 - retention)
    if not 0.0 <= rest <= 1.0:
        return
    for count in range(1, 30):
        effort = float(next_effort(effort, error, retention, sensitivity))
        expected = rest + retention**count * (start - rest)
        assert effort == pytest.approx(expected, abs=1e-9)


def test_a_person_who_is_always_helped_slacks_and_one_who_falls_short_works_harder():
    helped = float(next_effort(0.6, 0.0, FAST.retention, FAST.sensitivity))
    short = float(next_effort(0.6, -1.0, FAST.retention, FAST.sensitivity))
    assert helped == pytest.approx(0.6 * 0.9335)
    assert short > 0.6 > helped
    assert SLOW.retention > FAST.retention
    assert float(next_effort(0.6, -0.3, STEADY.retention, STEADY.sensitivity)) == 0.6
    assert float(next_effort(0.9, -9.0, 1.0, 1.0)) == 1.0
    assert float(next_effort(0.1, 9.0, 1.0, 1.0)) == 0.0


# Strength


def test_the_knees_strength_is_within_the_published_ranges():
    """Šarabon 2021, N·m/kg: extension, then flexion where it is given."""
    for sex, age, extension, flexion in (
        ("male", 25, (2.92, 3.45), (1.15, 1.62)),
        ("female", 25, (2.08, 2.74), None),
        ("male", 75, (1.74, 2.16), (0.69, 0.89)),
        ("female", 75, (1.40, 1.64), (0.46, 0.81)),
    ):
        flexed, extended = strongest("knee", 1.0, sex, age)
        assert extension[0] <= extended <= extension[1]
        assert flexion is None or flexion[0] <= flexed <= flexion[1]


@pytest.mark.parametrize("joint", list(JOINTS))
@given(mass=st.floats(40.0, 150.0), younger=st.floats(18.0, 100.0), years=st.floats(0.0, 10.0))
def test_strength_grows_with_mass_and_never_with_age(joint, mass, younger, years):
    young, old = (strongest(joint, mass, None, age) for age in (younger, younger + years))
    woman, man = (strongest(joint, mass, sex, younger) for sex in ("female", "male"))
    for way in (0, 1):
        assert 0.0 < old[way] <= young[way] * (1.0 + 1e-12)
        assert young[way] == pytest.approx(0.5 * (woman[way] + man[way]))
        assert woman[way] < man[way]
        assert strongest(joint, 2.0 * mass, None, younger)[way] == pytest.approx(2.0 * young[way])


def test_every_joint_has_a_norm_with_a_source():
    assert set(NORMS) == set(JOINTS)
    assert all(norm.source for norm in NORMS.values())


# Passive moments


@pytest.mark.parametrize("joint", list(SPRINGS))
def test_a_synthetic_joint_has_one_angle_of_rest_and_is_driven_back_from_both_ends(joint):
    low, high = JOINTS[joint].range_deg
    moments = np.array([float(synthetic_moment(joint, angle)) for angle in np.linspace(low, high, 200)])
    assert (np.diff(moments) < 0.0).all()
    assert moments[0] > 3.0
    assert moments[-1] < -3.0
    assert abs(moments).max() < 20.0
    assert float(synthetic_moment(joint, high + 500.0)) == moments[-1]


def test_a_contracture_drives_back_beyond_its_ends_and_is_not_felt_inside():
    assert float(stop_moment(50.0, 20.0, 90.0)) == 0.0
    assert float(stop_moment(15.0, 20.0, 90.0)) == pytest.approx(10.0)
    assert float(stop_moment(95.0, 20.0, 90.0)) == pytest.approx(-10.0)


@given(angle=st.floats(-60.0, 200.0), dq=st.floats(-50.0, 50.0))
def test_a_stop_never_pulls_and_takes_energy(angle, dq):
    moment = float(stop_moment(angle, 20.0, 90.0, dq))
    resting = float(stop_moment(angle, 20.0, 90.0))
    assert moment * resting >= 0.0
    assert (moment - resting) * dq <= 0.0


def test_every_joint_has_a_passive_moment():
    angles = dict.fromkeys(JOINTS, 10.0)
    assert all(math.isfinite(float(passive_moment(joint, angles))) for joint in JOINTS)


# The patient


def test_left_and_right_differ_and_each_joint_has_its_own():
    patient = VirtualPatient("one", Body(1.8, 80.0, "male", 30.0), left=Side(knee=ALL), right=Side(elbow=ALL))
    assert patient.numbers("knee", "left") == KNEE
    assert patient.numbers("knee", "right").effort == 0.0
    assert patient.numbers("elbow", "right").effort == 0.5
    assert patient.state("neck") == JointState()


def test_the_standard_patients_are_alike_on_both_sides():
    for patient in STANDARD.values():
        assert patient.left == patient.right
        assert (patient.numbers("knee").low_deg, patient.numbers("knee").high_deg) == JOINTS["knee"].range_deg


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: JointState(effort=1.1), "effort"),
        (lambda: Muscles(strength=-0.1), "strength"),
        (lambda: Muscles(fatigue=math.nan), "fatigue"),
        (lambda: Spasticity(-1.0, 0.0), "spasticity.gain"),
        (lambda: Spasticity(1.0, math.inf), "spasticity.threshold"),
        (lambda: Tremor(1.0, 3.0), "tremor.frequency"),
        (lambda: Adaptation(1.1, 0.0), "adaptation.retention"),
        (lambda: VirtualPatient("x", left=Side(knee=JointState(range_deg=(0.0, 141.0)))), "knee.range_deg"),
        (lambda: VirtualPatient("x", right=Side(elbow=JointState(range_deg=(90.0, 20.0)))), "elbow.range_deg"),
        (lambda: VirtualPatient("x", right=Side(hip=JointState(flexors=Muscles(fatigue=1.0)))), "hip.flexors.fatigue"),
    ],
)
def test_what_cannot_be_is_refused_and_named(make, field):
    with pytest.raises(InputError) as refused:
        make()
    assert refused.value.values["field"] == field
