"""All that ails a joint together: the sum of its parts, the same as symbols, and tired after a while."""

import math

import numpy as np
import pytest
from casadi import SX, Function, vertcat
from hypothesis import given
from hypothesis import strategies as st

from sim_models.virtual_patient import STANDARD
from sim_models.virtual_patient.acting import RESTED, Moment, Tiredness, act
from sim_models.virtual_patient.effort import effort_torque
from sim_models.virtual_patient.fatigue import Compartments
from sim_models.virtual_patient.joint import JointNumbers, JointState, Muscles, reflexes, shaking, voluntary_torque
from sim_models.virtual_patient.passive import knee_moment, stop_moment
from sim_models.virtual_patient.population import patient_named, population
from sim_models.virtual_patient.profile import shipped_profiles
from sim_models.virtual_patient.spasticity import reflex_torque
from sim_models.virtual_patient.tremor import tremor_torque

STEP = 0.001
PATIENTS = [*STANDARD.values(), *(patient_named(name) for name in shipped_profiles())]


def at(knee_deg: float, dq_delayed: float, carried: float, time: float) -> Moment:
    return Moment({"hip": 30.0, "knee": knee_deg, "ankle": 0.0}, dq_delayed, dq_delayed, carried, time)


INSTANTS = st.builds(at, st.floats(-10.0, 140.0), st.floats(-8.0, 8.0), st.floats(-60.0, 60.0), st.floats(0.0, 100.0))


@pytest.mark.parametrize("name", sorted(STANDARD))
@given(moment=INSTANTS)
def test_a_standard_patient_is_passive_effort_reflex_and_tremor_to_the_last_bit(name, moment):
    of, passive = STANDARD[name].numbers("knee"), knee_moment(30.0, moment.angles_deg["knee"], 0.0)
    torque, tired = act("knee", of, moment, RESTED, STEP)
    expected = (
        passive
        + effort_torque(of.effort, moment.carried, passive, 0.0, 0.0)
        + reflex_torque(of.extensors.gain, of.extensors.threshold, moment.dq_delayed)
        + tremor_torque(of.tremor_amplitude, of.tremor_frequency, moment.time)
    )
    assert float(torque) == float(expected)
    assert float(tired.extensors.fatigued) == 0.0


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.name)
@given(moment=INSTANTS, fatigued=st.floats(0.0, 0.9))
def test_the_torque_is_the_sum_of_its_parts_and_finite(patient, moment, fatigued):
    of, angle = patient.numbers("knee", "left"), moment.angles_deg["knee"]
    tired = Tiredness(
        Compartments(0.0, fatigued, 1.0 - fatigued), Compartments(0.0, 0.5 * fatigued, 1.0 - 0.5 * fatigued)
    )
    torque, _ = act("knee", of, moment, tired, STEP)
    passive = float(knee_moment(30.0, angle, 0.0))
    parts = (
        passive,
        voluntary_torque(of, moment.carried - passive, tired.flexors, tired.extensors),
        reflexes(of, moment.dq_delayed),
        shaking(of, moment.time),
        stop_moment(angle, of.low_deg, of.high_deg, moment.dq),
    )
    assert math.isfinite(float(torque))
    assert float(torque) == pytest.approx(sum(float(part) for part in parts), abs=1e-9)


def compiled() -> Function:
    """(numbers, knee °, delayed velocity, carried, time, tiredness) → (torque, tiredness)."""
    numbers, instant, tired = SX.sym("numbers", 17), SX.sym("instant", 4), SX.sym("tired", 4)
    of = JointNumbers.from_flat([numbers[i] for i in range(17)])
    moment = at(*(instant[i] for i in range(4)))
    torque, later = act("knee", of, moment, Tiredness.from_flat([tired[i] for i in range(4)]), STEP)
    return Function("act", [numbers, instant, tired], [torque, vertcat(*later.flat())])


def test_symbols_give_the_same_for_every_patient():
    function, random = compiled(), np.random.default_rng(4)
    for patient in (*PATIENTS, *population("spinal-cord-incomplete", 10, 1)):
        for side in ("left", "right"):
            of = patient.numbers("knee", side)
            instant = random.uniform((-10.0, -8.0, -60.0, 0.0), (140.0, 8.0, 60.0, 9.0))
            torque, later = function(of.flat(), instant, RESTED.flat())
            expected, tired = act("knee", of, at(*map(float, instant)), RESTED, STEP)
            assert float(torque) == pytest.approx(float(expected), rel=1e-12)
            np.testing.assert_allclose(np.asarray(later).ravel(), [float(one) for one in tired.flat()], rtol=1e-12)


def test_a_person_who_works_at_their_limit_tires_and_recovers_when_they_rest():
    weak = JointState(effort=1.0, extensors=Muscles(strength=0.1, fatigue=4.0)).numbers("knee", 75.0, None, 40.0)
    carried, tired, step_s, count = SX.sym("carried"), SX.sym("tired", 4), 0.02, 6000
    torque, later = act(
        "knee", weak, at(60.0, 0.0, carried, 0.0), Tiredness.from_flat([tired[i] for i in range(4)]), step_s
    )
    minutes = Function("step", [tired, carried], [vertcat(*later.flat()), torque]).mapaccum(count)
    loads = np.where(np.arange(count) < count // 2, -60.0, 0.0)  # they hold their shank up, then lie down
    shares, torques = (np.asarray(one) for one in minutes(RESTED.flat(), loads))
    assert (shares >= 0.0).all()
    assert (shares[2:].sum(axis=0) <= 1.0 + 1e-12).all()
    early, late, rested = (shares[3, at] for at in (count // 4, count // 2 - 1, count - 1))
    assert 0.0 < early < late
    rates = weak.extensors.rates
    assert rested == pytest.approx(late * math.exp(-60.0 * rates.rest * rates.recovery), rel=0.01)
    assert torques[0, count // 4] < torques[0, count // 2 - 1] < 0.0  # it holds less and less
