"""How a lower leg comes down when a session stops: on a limp robot it falls, on a damped one it sinks."""

import json
from dataclasses import replace
from functools import cache
from math import degrees, radians

import numpy as np
import pytest

from robot.controller import Person
from robot.description import RobotDescription
from robot.plant import opened
from robot.runtime.clock import SimulatedClock
from robot.runtime.loop import run_loop
from robot.runtime.session import FADE_OUT_S, SOFT_FADE_S, SOFT_STOP_LIMIT_S, ZERO_TORQUE
from robot.runtime.session_state import Severity, State
from robot.runtime.settling import SETTLE_LIMIT_S, SETTLED_S, SETTLED_SPEED
from sim_models.load import PatientLoad
from sim_models.plant import SimulatedPlant
from sim_models.trials import measures, trial
from sim_models.trials.gates import judge
from sim_models.virtual_patient import STANDARD, alike
from sim_models.virtual_patient.spasticity import Spasticity
from tests.sim_models.trials_kit import SHIPPED, SHORT, case, changed, exercise, judged

AT_S = 5.0
"""The lower leg is held up then."""

FALL_S = 2.0
PERSON = Person(1.75, 75.0)


def robot(safe_end, friction=None):
    """The shipped robot with another safe end, and gears without friction, which must not brake in its place."""
    drive = {"joints.knee.drive.friction": {"coulomb": 0.0, "viscous": 0.0}} if friction is None else {}
    content = SHIPPED.robot.model_dump(mode="json")
    return RobotDescription.model_validate_json(json.dumps(changed(content, {"safe_end": safe_end, **drive})))


class Kept:
    """The rows of a session, by field."""

    def __init__(self, layout):
        self.layout, self.rows = layout, []

    def push(self, values):
        self.rows.append(values.copy())
        return True

    def __getitem__(self, field):
        return np.array(self.rows)[:, self.layout.slices[field]][:, 0]

    @property
    def damping(self):
        (column,) = (name for name in self.layout.columns if "settle_damping" in name)
        return np.array(self.rows)[:, self.layout.columns.index(column)]


@cache
def stopped(safe_end, severity, patient="passive"):
    """Stop a session with the leg held up: session, rows, and time and true speed of the joint until it is down."""
    described = replace(SHIPPED, robot=robot(safe_end))
    controller = described.controller(repetitions=1)
    body = STANDARD[patient].sized(PERSON.height_m, PERSON.mass_kg)
    row, rows, truth = controller.row(PERSON), Kept(controller.layout), []
    sources = [lambda row: (severity if row.time[0] >= AT_S else Severity.NONE, "asked")]
    session = controller.session(controller.motion(), sources)
    with PatientLoad(described.robot, body, described.plan.posture, [radians(60.0)]) as load:
        plant = SimulatedPlant(described.robot, load, observe=lambda time, *_: truth.append((time, load.dq[0])))
        with opened(plant):
            run_loop(row, SimulatedClock(), plant, *controller.stages(row), session, rows, lambda row: None)
        plant.coast(round(FALL_S / described.robot.dt))
    return session, rows, *np.array(truth).T


def test_a_damped_end_lets_the_leg_sink_where_a_limp_one_lets_it_fall():
    peaks = {}
    for safe_end in ("limp", "damped"):
        session, rows, time, dq = stopped(safe_end, Severity.SOFT)
        assert session.state is State.STOPPED
        assert abs(rows["tau_command"][-1]) < ZERO_TORQUE
        peaks[safe_end] = np.abs(dq[time >= AT_S]).max()
    assert peaks["damped"] < 0.6 * peaks["limp"]


@pytest.mark.parametrize("severity", [Severity.SOFT, Severity.FINISH])
def test_a_damped_end_ends_slow_and_in_time_and_the_limb_stays_slow_without_torque(severity):
    session, rows, time, dq = stopped("damped", severity)
    longest = {Severity.SOFT: SOFT_FADE_S, Severity.FINISH: 0.8 + FADE_OUT_S}[severity] + SETTLE_LIMIT_S
    assert rows["time"][-1] - AT_S <= longest + SOFT_STOP_LIMIT_S
    assert rows.damping.max() == 9.0
    assert not rows.damping[rows["time"] < AT_S].any()
    released = rows["time"] > rows["time"][rows.damping > 0.0][-1]
    assert not rows.damping[released].any()
    slow = rows["time"] > rows["time"][released][0] - SETTLED_S
    assert (np.abs(rows["dq"][slow]) < SETTLED_SPEED).all()
    assert degrees(np.abs(dq[time > rows["time"][-1]]).max()) < 10.0
    assert "soft-stop-too-slow" not in [event.code for event in session.events]


def test_off_is_off_at_once_on_a_damped_robot_too():
    session, rows, *_ = stopped("damped", Severity.OFF)
    assert session.state is State.FAULT
    assert rows["time"][-1] == pytest.approx(AT_S, abs=0.003)
    assert rows["tau_command"][-1] == 0.0
    assert not rows.damping.any()


def test_a_person_who_moves_on_is_let_go():
    session, rows, *_ = stopped("damped", Severity.SOFT, "tremor")
    assert session.state is State.STOPPED
    assert rows["time"][-1] - AT_S <= SOFT_FADE_S + SETTLE_LIMIT_S + SOFT_STOP_LIMIT_S
    assert abs(rows["tau_command"][-1]) < ZERO_TORQUE


def test_in_a_trial_of_a_damped_robot_braking_is_no_torque_that_was_kept(monkeypatch):
    spastic = alike("severely-spastic", spasticity=Spasticity(gain=30.0, threshold=radians(15.0)))
    monkeypatch.setattr(trial, "patient_named", {spastic.name: spastic}.__getitem__)
    damped = replace(exercise({"stop.spasm.torque": 12.0}), robot=robot("damped", friction="its own"))
    recording, result = judged(case(spastic.name, of=damped), damped)
    assert (result.end, result.reason, result.failures) == ("stops-safely", "spasm", ())
    asked = np.flatnonzero(recording.field("severity")[:, 0])[0]
    gone = asked + round(0.100 / damped.robot.dt)
    torque, speed = recording.motor_tau[gone : len(recording.rows), 0], recording.field("dq")[gone:, 0]
    fast = np.abs(recording.true("limb_dq_rad_s")[gone : len(recording.rows)]) >= SETTLED_SPEED
    assert (np.abs(torque) > 1.0).any()
    assert (torque * speed)[fast].max() <= 0.0
    monkeypatch.setattr(measures, "_braking", lambda recording: np.zeros(len(recording.motor_tau), bool))
    assert judge(recording, case(spastic.name, of=damped), damped.plan, SHORT.gates).stop_ms > 100.0
