import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from math import degrees

import numpy as np
import pytest

from robot.guard import Flag
from robot.runtime.session_state import State
from robot.tick import Array
from sim_models.trials import trial
from sim_models.trials.cases import corner_cases, standard_cases
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.measures import SLACK
from sim_models.trials.runner import run_trials
from sim_models.trials.trial import Recording
from tests.sim_models.trials_kit import SHIPPED, SHORT, case, judged, matrix, recorded, shipped_trial

DT = SHIPPED.robot.dt


def untimed(recording: Recording) -> Array:
    """Every row without the columns that hold the machine's own time."""
    layout = recording.layout
    return recording.rows[:, [index for index, name in enumerate(layout.columns) if name not in layout.timing_columns]]


def assert_same_bits(one: Recording, other: Recording) -> None:
    for ours, theirs in (
        (untimed(one), untimed(other)),
        (one.truth, other.truth),
        (one.motor_tau, other.motor_tau),
    ):
        np.testing.assert_array_equal(ours, theirs)
    assert (one.state, one.reason, one.condition) == (other.state, other.reason, other.condition)


@pytest.fixture(scope="module")
def in_another_process() -> dict[str, Recording]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        conditions = ("nominal", "bus-silence")
        return dict(zip(conditions, pool.map(recorded, [case("passive", name) for name in conditions]), strict=True))


def test_a_passive_patient_completes_and_keeps_every_gate() -> None:
    recording, result = shipped_trial("passive")
    assert (result.end, result.reason, result.failures) == ("completes", "completed", ())
    assert recording.state is State.STOPPED
    assert recording.field("repetition").max() == 1.0
    assert recording.field("fade").max() == 1.0
    assert 0.5 < result.limb_rms_deg < 6.0


@pytest.mark.parametrize("condition", ["nominal", "bus-silence"])
def test_two_runs_of_a_trial_give_the_same_bits_here_and_in_another_process(
    condition: str, in_another_process: dict[str, Recording]
) -> None:
    once, _ = shipped_trial("passive", condition)
    assert_same_bits(once, recorded(case("passive", condition)))
    assert_same_bits(once, in_another_process[condition])


def test_the_truth_is_nowhere_in_the_row() -> None:
    recording, _ = shipped_trial("passive")
    columns = recording.layout.columns
    assert len(columns) == recording.rows.shape[1]
    assert not set(recording.truth_columns) & set(columns)
    assert not [name for name in columns if "limb_q" in name or "limb_dq" in name or "cuff" in name or "truth" in name]
    # Nor under another name: no column of the row moves as a column of the truth does.
    rows, truth = untimed(recording), recording.truth[: len(recording.rows)]
    assert not [
        name for name, told in zip(recording.truth_columns, truth.T, strict=True) if (told == rows.T).all(1).any()
    ]


def test_the_truth_is_taken_at_each_measurement_and_goes_on_after_the_end() -> None:
    recording, _ = shipped_trial("passive")
    assert len(recording.truth) == len(recording.motor_tau) == len(recording.rows) + round(trial.AFTERMATH_S / DT)
    # The strap lets limb and robot differ by a few degrees and by no more.
    apart = recording.true("limb_q_rad")[: len(recording.rows)] - recording.field("q")[:, 0]
    assert 0.1 < degrees(np.abs(apart).max()) < 6.0
    np.testing.assert_allclose(recording.motor_tau[: len(recording.rows)], recording.field("tau_measured"), atol=0.0025)


def test_a_measurement_that_is_no_number_for_10_ms_is_endured() -> None:
    recording, result = shipped_trial("passive", "nan-measurement")
    assert (result.end, result.failures) == ("completes", ())
    blind = np.isnan(recording.field("q")[:, 0])
    assert int(blind.sum()) == round(0.010 / DT)
    start = recording.condition.nonsense.start
    assert recording.field("time")[blind][0, 0] == pytest.approx(start, abs=DT)
    assert abs(degrees(recording.true("limb_dq_rad_s")[np.flatnonzero(blind)[0]])) > 30.0
    flags = recording.field("flags")[:, 0].astype(int)
    assert ((flags & Flag.MEASUREMENT_NOT_FINITE > 0) == blind).all()
    assert np.isfinite(recording.field("tau_command")).all()
    assert not recording.field("severity").any()


def test_20_ms_more_delay_are_endured_and_felt() -> None:
    recording, result = shipped_trial("passive", "more-delay")
    assert (result.end, result.failures) == ("completes", ())
    command, acting = recording.field("tau_command")[:, 0], recording.motor_tau[: len(recording.rows), 0]
    late = 1 + 1 + round(0.020 / DT)  # the answer to a measurement is sent, one cycle, and then acts until it is seen
    np.testing.assert_allclose(acting[late:], command[:-late], atol=0.0025)


def test_a_torn_bus_is_a_fault_and_the_drives_own_torque_is_gone_within_100_ms() -> None:
    recording, result = shipped_trial("passive", "bus-silence")
    assert (result.end, result.reason, result.failures) == ("faults", "bus-silent", ())
    start = recording.condition.silence.start
    fault = recording.field("time")[recording.field("state")[:, 0] == State.FAULT][0, 0]
    # Counted from the last reply, which is up to a tick older than the silence.
    assert SHIPPED.robot.silence_s - DT < fault - start <= 0.100
    torn, gone = round(start / DT), round((start + 0.100) / DT)
    assert abs(degrees(recording.true("limb_dq_rad_s")[torn])) > 30.0
    assert np.abs(recording.motor_tau[torn]).min() > 1.0
    assert len(recording.motor_tau) > gone + 50
    assert np.abs(recording.motor_tau[gone:]).max() <= SLACK
    assert result.stop_ms is not None
    assert result.stop_ms <= 100.0


def test_a_severely_spastic_patient_completes_or_stops_safely() -> None:
    _, result = shipped_trial("severely-spastic")
    assert result.end in {"completes", "stops-safely"}
    assert result.failures == ()


def test_a_controller_that_never_lets_go_ends_as_a_fault_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "OVERDUE_S", -6.0)
    recording, result = judged(case("passive"))
    assert (result.end, result.reason) == ("faults", "overdue")
    assert "ended as faults (overdue)" in result.failures
    assert not recording.motor_tau[-1].any()


def test_a_patients_own_size_reaches_law_and_body() -> None:
    for patient in ("passive", "weak"):
        recording, result = shipped_trial(patient)
        height, mass = recording.rows[0, recording.layout.slices["parameters"]][:2]
        assert (height, mass) == (result.height_m, result.mass_kg)
    assert shipped_trial("weak")[1].peak_tau_Nm < shipped_trial("passive")[1].peak_tau_Nm


EARLY = matrix({"conditions.bus-silence.silence.at": 0.15})
"""The bus is torn in the approach, so that a trial takes a second."""


def test_results_do_not_depend_on_how_many_processes_there_are() -> None:
    cases = [
        case("weak"),
        *(case(patient, "bus-silence") for patient in ("passive", "tremor", "severely-spastic")),
        replace(case("strong", "bus-silence"), changes={"motion.speed": 0.35, "joint-impedance.stiffness": 160.0}),
    ]
    told: list[str] = []
    alone = run_trials(SHIPPED, cases, EARLY, 1, lambda result: told.append(result.patient))
    together = run_trials(SHIPPED, cases, EARLY, 2)
    assert [result.figures for result in together] == [result.figures for result in alone]
    assert [result.patient for result in alone] == told == [one.patient for one in cases]
    assert alone[0] == judged(cases[0])[1]
    assert [result.end for result in alone] == ["completes", *["faults"] * 4]
    assert dict(alone[-1].changes) == dict(cases[-1].changes)


def test_a_corners_trial_runs_with_the_changed_values() -> None:
    corner = corner_cases(SHIPPED.plan, SHORT)[-1]
    controller = SHIPPED.controller(corner.changes, corner.repetitions)
    row = controller.row(corner.person)
    named = dict(zip((column.name for column in controller.law.parameters), row.parameters, strict=True))
    assert named["joint-impedance.stiffness.knee"] == corner.changes["joint-impedance.stiffness"] == 160.0
    assert controller.plan.motion.speed == corner.changes["motion.speed"] == 0.35


@pytest.mark.sweep
def test_the_shipped_plan_passes_the_whole_matrix() -> None:
    cases = standard_cases(SHIPPED.plan, SHIPPED.robot, standard_matrix()) + corner_cases(
        SHIPPED.plan, standard_matrix()
    )
    results = run_trials(SHIPPED, cases, standard_matrix())
    assert {result.failures for result in results} == {()}
