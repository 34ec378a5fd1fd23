"""Sessions over serial, against the emulator in a process of its own: how they run, and how they end."""

import json
import os
import pty
import resource
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from careloop.build import load_exercise
from careloop.session import supervision
from careloop.settings import Home
from hardware.link import SerialLink
from robot.errors import DeviceError
from robot.models import knee_exo
from robot.runtime.session_state import State
from session_records.folder import announce_control
from tests.campaigns.kit import RECORDER, process_of
from tests.careloop.sessions import (
    Site,
    careloop,
    careloop_as_ordinary_user,
    emulator,
    one_line,
    patient_robot,
    proven_plan,
    rows,
    sign,
    start,
    wait_for_rows,
    write_plan,
)
from tests.session_records.conftest import SessionFolder, rows_from

TRUTH = ("limb_q_rad", "limb_dq_rad_s", "cuff_force_N", "patient_tau_Nm", "interaction_tau_Nm")

pytestmark = pytest.mark.xdist_group("real-time")  # one after the other: they would disturb each other's loop


def test_a_session_without_truth_has_the_same_columns_and_says_what_was_not_measured(site: Site) -> None:
    answer = careloop(site.home, *site.words)
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    assert said["reason"] == "completed"
    assert said["truth_limb_rms_deg"] is None
    assert said["truth_peak_cuff_force_N"] is None
    assert "Limb and cuff were not measured" in Path(said["report"]).read_text()
    folder = Path(said["trace"]).parent
    assert list(rows(folder)) == list(load_exercise(site.plan).controller().layout.columns)
    assert not [name for name in rows(folder) if name.endswith(TRUTH)]


def test_killing_the_emulator_ends_in_fault_with_the_record_complete(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    with emulator(home) as (process, port):
        session = start(home, "run", str(plan), "--on", f"serial:{port}")
        folder = wait_for_rows(home, 1500, session)
        process.kill()
        _, said = session.communicate(timeout=200)
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


@pytest.mark.parametrize("at_row", [*(pytest.param(row, marks=pytest.mark.sweep) for row in (1, 800)), 2600])
def test_an_interrupt_fades_the_torque_out_and_closes_the_record(site: Site, at_row: int) -> None:
    session = start(site.home, *site.words)
    folder = wait_for_rows(site.home, at_row, session)
    session.send_signal(signal.SIGINT)
    out, said = session.communicate(timeout=200)
    assert session.returncode == 130, said
    assert json.loads(out)["end"] == "stopped"
    trace = rows(folder)
    tau = np.array(trace["knee_tau_command_Nm"])
    limit = trace["knee_limit_tau_rate_Nm_s"][0]
    assert tau[-1] == pytest.approx(0.0, abs=1e-6)
    assert np.abs(np.diff(tau)).max() <= limit * 0.002 + 1e-9
    assert trace["session_state"][-1] == State.STOPPED


@pytest.mark.sweep
def test_a_second_interrupt_stops_faster(site: Site) -> None:
    session = start(site.home, *site.words)
    folder = wait_for_rows(site.home, 1500, session)
    session.send_signal(signal.SIGINT)
    wait_for_rows(site.home, 1600, session)
    session.send_signal(signal.SIGINT)
    session.communicate(timeout=200)
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
def test_a_port_that_is_none_is_named_with_status_3(site: Site, port: str, code: str) -> None:
    answer = careloop(site.home, "run", str(site.plan), "--on", f"serial:{port}", "--no-person")
    assert answer.returncode == 3
    assert code in one_line(answer.stderr)


def test_a_port_without_drives_says_what_was_expected(site: Site) -> None:
    master, slave = pty.openpty()
    on = f"serial:{os.ttyname(slave)}"
    try:
        answer = careloop(site.home, "run", str(site.plan), "--on", on, "--no-person")
    finally:
        os.close(master)
        os.close(slave)
    assert answer.returncode == 3
    assert "id 1" in one_line(answer.stderr)


def test_a_busy_port_is_refused(site: Site) -> None:
    with SerialLink(site.port, 4000000):
        answer = careloop(site.home, "run", str(site.plan), "--on", f"serial:{site.port}")
    assert answer.returncode == 3
    assert site.port in one_line(answer.stderr)


def test_a_drive_of_another_id_than_described_is_named(tmp_path: Path, site: Site) -> None:
    robot = patient_robot(tmp_path)
    robot.write_text(robot.read_text().replace("      id: 1\n", "      id: 2\n"))
    plan = write_plan(tmp_path / "plan.yaml", {"robot: knee-exo": f"robot: {robot}"})
    sign(site.home, load_exercise(plan))
    answer = careloop(site.home, "run", str(plan), "--on", f"serial:{site.port}")
    assert answer.returncode == 3
    assert "(id 2, bus main, " in one_line(answer.stderr)
    assert "found are 1:" in answer.stderr


@pytest.mark.sweep
def test_a_drive_of_another_model_than_described_is_named(tmp_path: Path, site: Site) -> None:
    other = tmp_path / "other.yaml"
    text = (Path(knee_exo.__file__).parent / "knee-exo.yaml").read_text()
    weaker = {
        "ph54-200-s500-r": "xh430-w350-r",
        "torque: 40 ": "torque: 1 ",
        "velocity_deg_s: 170": "velocity_deg_s: 100",
    }
    for old, new in weaker.items():
        text = text.replace(old, new)
    other.write_text(text)
    with emulator(site.home, robot=other) as (_, port):
        answer = careloop(site.home, "run", str(site.plan), "--on", f"serial:{port}")
    assert answer.returncode == 3
    assert "xh430-w350-r" in one_line(answer.stderr)


def allow_file_sizes(process: int, most: int) -> None:
    """Let no file of a process grow past `most` bytes: to it, a full disk."""
    resource.prlimit(process, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def test_rows_refused_by_a_full_disk_are_counted_and_the_session_stops_softly(tmp_path: Path, site: Site) -> None:
    robot, home = patient_robot(tmp_path), site.home
    plan = write_plan(tmp_path / "long.yaml", {"repetitions: 3": "repetitions: 12", "knee-exo": str(robot)})
    sign(home, load_exercise(plan))
    session = start(home, "run", str(plan), "--on", f"serial:{site.port}", "--json")
    folder = wait_for_rows(home, 1, session)
    recorder = process_of(RECORDER, folder)
    assert recorder is not None
    allow_file_sizes(recorder, 100_000)  # its log fits, its journal soon does not
    while not (folder / "end.json").exists():
        assert session.poll() is None
        time.sleep(0.01)
    allow_file_sizes(recorder, resource.RLIM_INFINITY)
    out, said = session.communicate(timeout=200)
    assert session.returncode == 4, said
    assert "Traceback" not in said
    told = json.loads(out)
    assert (told["end"], told["reason"]) == ("stopped", "rows-lost")
    trace = rows(folder)
    assert told["rows"] >= 5000  # ten seconds: what the ring took, and all of it
    assert np.array_equal(trace["tick"], np.arange(told["rows"]))
    assert told["rows_lost"] > 0


def test_a_disk_that_stays_full_is_told_and_the_rows_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "RECORDER_PATIENCE_S", 0.5)
    folder = SessionFolder(tmp_path / "session")
    ring = folder.make_ring()
    announce_control(folder.path)
    recorder = supervision.start_process(folder.path, RECORDER)
    allow_file_sizes(recorder.pid, 1000)
    for row in rows_from(0, 500):
        assert ring.push(row)
    ring.close_writing()
    with pytest.raises(DeviceError) as told:
        supervision._finish_recording(folder.path, recorder)
    assert told.value.code == "record-not-closed"
    assert recorder.returncode == -signal.SIGKILL
    assert ring.waiting == 500


def test_an_emulator_of_another_user_is_not_taken_for_ours(site: Site) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can show that another user's process is not trusted")
    answer = careloop_as_ordinary_user(site.home, "run", str(site.plan), "--on", f"serial:{site.port}")
    assert answer.returncode == 1
    assert "--no-person" in one_line(answer.stderr)


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
