"""Sessions over serial, against the emulator in a process of its own: how they run, and how they end."""

import json
import os
import pty
import signal
from pathlib import Path

import numpy as np
import pytest

from careloop.build import load_exercise
from careloop.settings import Home
from hardware.link import SerialLink
from robot.models import knee_exo
from robot.runtime.session_state import State
from tests.careloop.sessions import (
    careloop,
    careloop_as_ordinary_user,
    emulator,
    one_line,
    only_session,
    patient_robot,
    proven_plan,
    rows,
    sign,
    start,
    wait_for_rows,
    write_plan,
)

TRUTH = ("limb_q_rad", "limb_dq_rad_s", "cuff_force_N", "patient_tau_Nm", "interaction_tau_Nm")

pytestmark = pytest.mark.xdist_group("real-time")  # one after the other: they would disturb each other's loop


def test_a_session_without_truth_has_the_same_columns_and_says_what_was_not_measured(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    with emulator(home) as (_, port):
        answer = careloop(home, "run", str(plan), "--on", f"serial:{port}", "--json")
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    assert said["reason"] == "completed"
    assert said["truth_limb_rms_deg"] is None
    assert said["truth_peak_cuff_force_N"] is None
    assert "Limb and cuff were not measured" in Path(said["report"]).read_text()
    simulated = careloop(home, "run", str(plan), "--on", "sim", "--json")
    assert json.loads(simulated.stdout)["truth_limb_rms_deg"] > 0.0
    folder = Path(said["trace"]).parent
    assert list(rows(folder)) == list(rows(Path(json.loads(simulated.stdout)["trace"]).parent))
    assert not [name for name in rows(folder) if name.endswith(TRUTH)]


def test_killing_the_emulator_ends_in_fault_with_the_record_complete(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    with emulator(home) as (process, port):
        session = start(home, "run", str(plan), "--on", f"serial:{port}")
        folder = wait_for_rows(home, 1500, session)
        process.kill()
        _, said = session.communicate(timeout=60)
    assert session.returncode == 3, said
    assert "Traceback" not in said
    trace = rows(folder)
    assert trace["session_state"][-1] == State.FAULT
    assert trace["knee_tau_command_Nm"][-1] == 0.0
    silent = [age for age in trace["measurement_age_s"] if age > 0.0]
    limit = load_exercise(plan).robot.silence_s
    assert silent[-1] > limit >= silent[-2]  # not a tick later than the limit says
    assert np.array_equal(trace["tick"], np.arange(len(trace["tick"])))
    assert "Traceback" not in (folder / "control.log").read_text()


@pytest.mark.parametrize("at_row", [1, 800, 2600])
def test_an_interrupt_fades_the_torque_out_and_closes_the_record(tmp_path: Path, at_row: int) -> None:
    home, plan = proven_plan(tmp_path)
    with emulator(home) as (_, port):
        session = start(home, "run", str(plan), "--on", f"serial:{port}", "--json")
        folder = wait_for_rows(home, at_row, session)
        session.send_signal(signal.SIGINT)
        out, said = session.communicate(timeout=60)
    assert session.returncode == 130, said
    assert json.loads(out)["end"] == "stopped"
    trace = rows(folder)
    tau = np.array(trace["knee_tau_command_Nm"])
    limit = trace["knee_limit_tau_rate_Nm_s"][0]
    assert tau[-1] == pytest.approx(0.0, abs=1e-6)
    assert np.abs(np.diff(tau)).max() <= limit * 0.002 + 1e-9
    assert trace["session_state"][-1] == State.STOPPED


def test_a_second_interrupt_stops_faster(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    with emulator(home) as (_, port):
        session = start(home, "run", str(plan), "--on", f"serial:{port}", "--json")
        folder = wait_for_rows(home, 1500, session)
        session.send_signal(signal.SIGINT)
        wait_for_rows(home, 1600, session)
        session.send_signal(signal.SIGINT)
        session.communicate(timeout=60)
    assert session.returncode == 130
    codes = [event["code"] for event in json.loads((folder / "events.json").read_text())]
    assert codes.count("asked") == 2
    fade = np.array(rows(folder)["fade"])
    falling = np.flatnonzero(np.diff(fade) < 0.0)
    assert 0 < len(falling) <= 31  # the soft fade of 60 ms, not the ordinary second


@pytest.mark.parametrize(
    ("port", "code"),
    [("/dev/pts/no-such", "/dev/pts/no-such"), ("/dev/null", "/dev/null"), ("/etc/hostname", "/etc/hostname")],
)
def test_a_port_that_is_none_is_named_with_status_3(tmp_path: Path, port: str, code: str) -> None:
    home, plan = proven_plan(tmp_path)
    answer = careloop(home, "run", str(plan), "--on", f"serial:{port}", "--no-person")
    assert answer.returncode == 3
    assert code in one_line(answer.stderr)


def test_a_port_without_drives_says_what_was_expected(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    master, slave = pty.openpty()
    try:
        answer = careloop(home, "run", str(plan), "--on", f"serial:{os.ttyname(slave)}", "--no-person")
    finally:
        os.close(master)
        os.close(slave)
    assert answer.returncode == 3
    one_line(answer.stderr)


def test_a_busy_port_is_refused(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    with emulator(home) as (_, port), SerialLink(port, 4000000):
        answer = careloop(home, "run", str(plan), "--on", f"serial:{port}")
    assert answer.returncode == 3
    assert port in one_line(answer.stderr)


@pytest.mark.parametrize(
    ("old", "new", "found"), [("id: 1", "id: 2", "2"), ("ph54-200-s500-r", "xh430-w350-r", "1000")]
)
def test_drives_other_than_described_are_named(tmp_path: Path, old: str, new: str, found: str) -> None:
    other = tmp_path / "other.yaml"
    text = (Path(knee_exo.__file__).parent / "knee-exo.yaml").read_text()
    changed = text.replace(old, new)
    if "xh430" in new:
        changed = changed.replace("torque: 40 ", "torque: 1 ").replace("velocity_deg_s: 170", "velocity_deg_s: 100")
    other.write_text(changed)
    home, plan = proven_plan(tmp_path)
    with emulator(home, robot=other) as (_, port):
        answer = careloop(home, "run", str(plan), "--on", f"serial:{port}")
    assert answer.returncode == 3
    one_line(answer.stderr)


def test_rows_refused_by_a_full_disk_are_counted_and_the_session_stops_softly(tmp_path: Path) -> None:
    import resource

    robot = patient_robot(tmp_path)
    plan = write_plan(tmp_path / "long.yaml", {"repetitions: 3": "repetitions: 12", "knee-exo": str(robot)})
    site = Home(tmp_path / "home")
    sign(site, load_exercise(plan))

    def small_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_600_000, 2_600_000))  # the ring fits, its journal soon does not

    with emulator(site) as (_, port):
        session = start(site, "run", str(plan), "--on", f"serial:{port}", preexec_fn=small_disk)
        folder = wait_for_rows(site, 1, session)
        _, said = session.communicate(timeout=120)
    assert session.returncode != 0
    assert "Traceback" not in said
    end = json.loads((folder / "end.json").read_text())
    assert (end["state"], end["reason"]) == ("stopped", "rows-lost")


def test_a_home_that_an_ordinary_user_cannot_write_is_said_before_anything_starts(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    answer = careloop_as_ordinary_user(Home(closed / "home"), "run", "knee-walking", "--on", "sim")
    assert answer.returncode == 3
    assert str(closed) in one_line(answer.stderr)
    assert not list(closed.iterdir())


def test_without_privileges_a_simulation_runs_as_well(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    answer = careloop_as_ordinary_user(home, "run", str(plan), "--on", "sim", "--json")
    assert answer.returncode == 0, answer.stderr


def test_an_emulator_of_another_user_is_not_taken_for_ours(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    if os.geteuid() != 0:
        pytest.skip("only root can show that another user's process is not trusted")
    with emulator(home) as (_, port):
        answer = careloop_as_ordinary_user(home, "run", str(plan), "--on", f"serial:{port}")
    assert answer.returncode == 1
    assert "--no-person" in one_line(answer.stderr)


def test_two_simulated_runs_are_the_same_to_the_bit(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    for _ in range(2):
        assert careloop(home, "run", str(plan), "--on", "sim", "--patient", "tremor").returncode == 0
    first, second = (rows(folder) for folder in sorted(home.sessions.iterdir()))
    assert list(first) == list(second)
    for name in set(first) - {"lateness_s", "compute_s", "overruns"}:
        assert np.array_equal(first[name], second[name], equal_nan=True), name


def test_a_trace_opens_elsewhere_with_units_in_its_columns_names(tmp_path: Path) -> None:
    import duckdb

    home, plan = proven_plan(tmp_path)
    assert careloop(home, "run", str(plan), "--on", "sim").returncode == 0
    folder = only_session(home)
    names = {path.name for path in folder.iterdir()}
    assert {"trace.parquet", "report.html", "events.json", "session.json", "truth.arrows"} <= names
    assert "ring" not in names
    lowest, highest = duckdb.sql(
        f"select min(degrees(knee_q_rad)), max(abs(knee_tau_command_Nm)) from '{folder / 'trace.parquet'}'"
    ).fetchall()[0]
    assert 15.0 < lowest < 25.0  # the plan's motion reaches down to 20°
    assert 5.0 < highest <= 38.0


@pytest.mark.sweep
def test_the_demo_tells_scripts_what_it_promises(tmp_path: Path) -> None:
    answer = careloop(Home(tmp_path / "home"), "demo", "--json")
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    assert said["validated"] is True
    assert all(Path(said[name]).is_file() for name in ("proof", "proof_report", "trace", "report"))
    assert all(said[name] > 0.0 for name in ("encoder_rms_deg", "truth_limb_rms_deg", "truth_peak_cuff_force_N"))
    assert set(said["loop"]) == {"rate_hz", "overruns", "lateness_us", "compute_us", "longest_unmeasured_ms"}
    assert set(said["loop"]["lateness_us"]) == {"p50", "p99", "p999", "max"}
    assert isinstance(said["bus_misses"], int)
    assert careloop(Home(tmp_path / "home"), "sessions", "show", said["session"]).returncode == 0
