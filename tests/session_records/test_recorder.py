"""The recorder's process: killed, restarted, without room on the disk, left alone; never a row lost or doubled."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from robot.errors import CheckFailed
from robot.runtime.ring import Ring
from robot.runtime.session_state import Event, State
from session_records.ending import End
from session_records.events import read_events
from session_records.folder import RING, announce_control
from session_records.journal import JournalReading, read_journal, segments
from session_records.recorder import record
from tests.session_records.conftest import LAYOUT, SessionFolder, rows_from

WRITER = Path(__file__).with_name("ring_writer.py")


def start_writer(folder: SessionFolder) -> "subprocess.Popen[str]":
    writer = subprocess.Popen(
        [sys.executable, str(WRITER), str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    return writer


def wait_for_a_batch(folder: SessionFolder, run: int, recorder: "subprocess.Popen[str]") -> None:
    """Until the recorder's `run` has written into its own segment."""
    while len(segments(folder.path)) <= run or not segments(folder.path)[run].stat().st_size:
        assert recorder.poll() is None
        time.sleep(0.0005)


def record_through_kills(folder: SessionFolder, kills: int, seed: int) -> JournalReading:
    """Kill the recorder `kills` times, each a random moment after its first batch, then let one finish."""
    chance = random.Random(seed)
    ring = folder.make_ring()
    writer = start_writer(folder)
    for run in range(kills):
        recorder = folder.start_recorder()
        wait_for_a_batch(folder, run, recorder)
        time.sleep(chance.uniform(0.0, 0.01))
        recorder.kill()
        assert recorder.wait() == -signal.SIGKILL
        assert recorder.stderr is not None
        recorder.stderr.close()
    writer.communicate()
    recorder = folder.start_recorder()
    assert recorder.communicate()[1] == ""
    assert recorder.returncode == 0
    reading = JournalReading(folder.path)
    for batch in reading.batches():
        columns = [column.to_numpy() for column in batch]
        assert all(np.array_equal(column, columns[0]) for column in columns)
    assert reading.rows == ring.pushed
    return reading


def test_ten_kills_at_random_moments_lose_and_double_no_row(folder: SessionFolder) -> None:
    reading = record_through_kills(folder, kills=10, seed=1)
    assert (reading.first, reading.missing) == (0, 0)
    assert len(segments(folder.path)) >= 10


@pytest.mark.sweep
def test_a_hundred_kills_at_random_moments_lose_and_double_no_row(folder: SessionFolder) -> None:
    reading = record_through_kills(folder, kills=100, seed=2)
    assert (reading.first, reading.missing) == (0, 0)


def test_rows_of_a_closed_ring_are_all_journaled_in_order(folder: SessionFolder) -> None:
    rows = rows_from(0, 2500)
    with folder.make_ring() as ring:
        for row in rows:
            assert ring.push(row)
    record(folder.path, pytest.fail)
    assert ring.waiting == 0
    np.testing.assert_array_equal(read_journal(folder.path), rows)


def test_a_ring_left_by_a_dead_control_process_is_drained_without_being_closed(folder: SessionFolder) -> None:
    ring = folder.make_ring()
    for row in rows_from(0, 30):
        ring.push(row)
    control = subprocess.Popen([sys.executable, "-c", ""])
    (folder.path / "control.pid").write_text(f"{control.pid} 1\n", encoding="ascii")
    control.wait()
    record(folder.path, pytest.fail)
    assert ring.waiting == 0
    assert len(read_journal(folder.path)) == 30


def test_where_control_was_killed_the_recorder_enters_the_fault_and_ends(folder: SessionFolder) -> None:
    ring = folder.make_ring()
    writer = start_writer(folder)  # it goes on pushing until it is killed
    recorder = folder.start_recorder()
    wait_for_a_batch(folder, 0, recorder)
    writer.kill()
    assert recorder.communicate()[1] == ""
    writer.communicate()
    assert recorder.returncode == 0
    assert End.read(folder.path) == End("fault", "control-died")
    *before, died, faulted = read_events(folder.path)
    # The writer's rows have their own number in every column, so that row 2 says that it runs.
    assert before == [Event(float(state), f"state-{state.name.lower()}", {}) for state in State]
    assert (died.code, faulted.code) == ("control-died", "state-fault")
    reading = JournalReading(folder.path)
    assert sum(batch.num_rows for batch in reading.batches()) == ring.pushed
    assert died.time_s == ring.latest[LAYOUT.slices["time"]][0] == ring.pushed - 1


def test_an_end_that_control_left_is_kept(folder: SessionFolder) -> None:
    folder.make_ring()
    left = End("refused", "drive-missing", {"kind": "DeviceError", "values": {}})
    left.write(folder.path)
    (folder.path / "control.pid").write_text("1 1\n", encoding="ascii")
    recorder = folder.start_recorder()
    assert recorder.communicate()[1] == ""
    assert End.read(folder.path) == left
    assert read_events(folder.path) == ()


def test_a_recorder_whose_supervisor_died_before_control_was_there_ends(folder: SessionFolder) -> None:
    folder.make_ring()
    supervisor = subprocess.Popen([sys.executable, "-c", ""])
    supervisor.wait()
    command = [sys.executable, "-m", "session_records.recorder", str(folder.path), str(supervisor.pid)]
    assert subprocess.run(command, check=False).returncode == 0
    assert End.read(folder.path) is None


def test_an_interrupt_from_the_keyboard_does_not_end_the_recording(folder: SessionFolder) -> None:
    ring = folder.make_ring()
    announce_control(folder.path)
    recorder = folder.start_recorder()
    ring.push(rows_from(0, 1)[0])
    while ring.waiting:
        assert recorder.poll() is None
    recorder.send_signal(signal.SIGINT)
    ring.push(rows_from(1, 1)[0])
    ring.close_writing()
    assert recorder.communicate()[1] == ""
    assert recorder.returncode == 0
    assert len(read_journal(folder.path)) == 2


def test_without_room_the_recorder_lives_says_so_once_and_the_rows_wait_in_the_ring(folder: SessionFolder) -> None:
    """The room is a limit on the file's size; a second recorder without the limit completes the session."""
    ring = folder.make_ring()
    announce_control(folder.path)
    rows = rows_from(0, 4000)
    room = 300_000

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    command = [sys.executable, "-m", "session_records.recorder", str(folder.path), str(os.getpid())]
    limited = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=limit)  # noqa: PLW1509
    for row in rows:
        assert ring.push(row)
    ring.close_writing()
    assert limited.stderr is not None
    assert "journal-not-written" in limited.stderr.readline()
    waiting = ring.waiting
    assert 0 < waiting <= 4000
    assert limited.poll() is None, "the recorder died of a full disk"
    limited.kill()
    assert limited.communicate()[1] == "", "said more than once"
    assert ring.waiting == waiting, "rows left the ring without being journaled"
    record(folder.path, pytest.fail)
    np.testing.assert_array_equal(read_journal(folder.path), rows)
    assert not ring.waiting


def test_two_recorders_never_work_in_one_folder(folder: SessionFolder) -> None:
    ring = folder.make_ring()
    announce_control(folder.path)
    ring.push(rows_from(0, 1)[0])
    recorder = folder.start_recorder()
    while ring.waiting:
        assert recorder.poll() is None
    with pytest.raises(CheckFailed, match="recorder-already-runs"):
        record(folder.path, pytest.fail)
    ring.close_writing()
    assert recorder.communicate()[1] == ""


def test_a_folder_without_a_ring_ends_the_process_with_one_line(folder: SessionFolder) -> None:
    recorder = folder.start_recorder()
    line = recorder.communicate()[1]
    assert recorder.returncode == 3
    assert line.count("\n") == 1
    assert "ring-unreadable" in line


def test_rows_of_another_width_than_described_are_refused(folder: SessionFolder) -> None:
    Ring.create(folder.path / RING, LAYOUT.size + 1, 100)
    with pytest.raises(CheckFailed, match="ring-width-differs"):
        record(folder.path, pytest.fail)
