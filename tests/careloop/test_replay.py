"""A replay finds every bit that law and guard did not give, and nothing where the record is what ran."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careloop.__main__ import main
from careloop.session.files import Code
from careloop.session.replay import CARRIED, OUTPUTS, TOLERANCE, Recorded, Replay, recorded_session, replay
from careloop.settings import Home
from controllers.joint_impedance import JointImpedance
from robot.controller import Controller, build_controller
from robot.errors import CheckFailed, InputError
from robot.guard import position
from robot.law import Law, Memory, Parameter
from robot.runtime.session_state import State
from robot.tick import Array
from session_records.folder import SESSION, SessionDescription, write_session
from session_records.journal import Journal
from session_records.store import Registry
from session_records.trace import compact, open_trace
from sim_models.trials.trial import Recording, run_trial
from tests.careloop.sessions import careloop, command, one_line, only_session, write_plan
from tests.sim_models import trials_kit as kit

OTHER_LIBM = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA"}
LAST_BIT, MIDDLE_BIT = 0, 40

pytestmark = pytest.mark.xdist_group("replay")  # one session for all


@pytest.fixture(scope="module")
def home(tmp_path_factory: Any) -> Home:
    """A home with one simulated session."""
    folder = tmp_path_factory.mktemp("replay")
    site, plan = Home(folder / "home"), write_plan(folder / "short.yaml")
    answer = careloop(site, "run", str(plan), "--on", "sim", "--patient", "tremor", "--set", "motion.speed=0.3")
    assert answer.returncode == 0, answer.stderr
    return site


def read(home: Home) -> Recorded:
    with Registry.open(home.root) as registry:
        return recorded_session(registry, only_session(home).name)


@pytest.fixture(scope="module")
def session(home: Home) -> Recorded:
    return read(home)


@pytest.fixture
def own_home(home: Home, tmp_path: Path) -> Home:
    """A copy that a test may spoil."""
    shutil.copytree(home.root, tmp_path / "home")
    return Home(tmp_path / "home")


def ask(home: Home, *options: str) -> int:
    return main(["--home", str(home.root), "sessions", "replay", only_session(home).name, *options])


def rewritten(session: Recorded, path: Path, change: Callable[[dict[str, Array]], None]) -> Recorded:
    """The same session with another trace: its columns as `change` leaves them."""
    columns = {name: column.copy() for name, column in open_trace(session.trace).columns.items()}
    change(columns)
    pq.write_table(pa.table(columns), path)
    return replace(session, trace=path)


def with_flipped_bit(session: Recorded, path: Path, column: str, row: int, bit: int) -> Recorded:
    def flip(columns: dict[str, Array]) -> None:
        columns[column].view(np.uint64)[row] ^= np.uint64(1 << bit)

    return rewritten(session, path, flip)


def titles(session: Recorded, *fields: str) -> list[str]:
    """The columns of some fields, none of which is empty."""
    layout = session.controller.layout
    return [column.title for field in fields for column in layout.fields[field]]


def where(done: Replay) -> tuple[int, str] | None:
    return None if done.difference is None else (done.difference.tick, done.difference.column)


def test_a_session_replays_bit_for_bit(home: Home, session: Recorded, capsys: Any) -> None:
    assert ask(home, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["same"] is said["exact"] is True
    assert (said["rows"], said["missing"], said["largest"]) == (session.rows, 0, 0.0)
    assert said["difference"] is None
    assert said["libm"]["recorded"] == said["libm"]["here"]
    assert ask(home) == 0
    assert "bit for bit" in capsys.readouterr().out


@pytest.mark.parametrize("row", [0, 1, 4095, 4096, -1], ids="row {}".format)
@pytest.mark.parametrize("field", [name for name in (*OUTPUTS, *CARRIED) if not name.startswith("law_memory")])
def test_one_bit_of_what_law_and_guard_gave_is_found_where_it_is(
    session: Recorded, tmp_path: Path, field: str, row: int
) -> None:
    column = titles(session, field)[-1]
    done = replay(with_flipped_bit(session, tmp_path / "changed.parquet", column, row, LAST_BIT))
    assert where(done) == (row % session.rows, column)
    assert done.rows == row % session.rows + 1


@pytest.mark.parametrize(
    ("field", "seen_in"),
    [
        ("q", "tau_law"),
        ("dq", "tau_law"),
        ("q_ref", "tau_law"),
        ("ddq_ref", "tau_law"),
        ("parameters", "tau_law"),
        ("fade", "guard_memory_next"),
        ("tau_measured", "tau_interaction"),
    ],
)
def test_a_changed_input_is_found_in_its_tick(session: Recorded, tmp_path: Path, field: str, seen_in: str) -> None:
    (column, *_) = titles(session, field)
    found = where(replay(with_flipped_bit(session, tmp_path / "changed.parquet", column, 2500, MIDDLE_BIT)))
    assert found is not None
    assert found[0] == 2500
    assert found[1] in titles(session, seen_in)


@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_flipped_bit_is_found_and_every_replay_says_the_same(
    session: Recorded, tmp_path: Path, data: st.DataObject
) -> None:
    column = data.draw(st.sampled_from(titles(session, *OUTPUTS)))
    row, bit = data.draw(st.integers(100, session.rows - 1)), data.draw(st.integers(0, 63))
    changed = with_flipped_bit(session, tmp_path / "changed.parquet", column, row, bit)
    first = replay(changed)
    assert where(first) == (row, column)
    assert repr(replay(changed)) == repr(first)


def test_a_difference_is_status_1_and_names_tick_and_column(own_home: Home, monkeypatch: Any, capsys: Any) -> None:
    changed = with_flipped_bit(read(own_home), own_home.root / "x.parquet", "knee_tau_law_Nm", 1234, LAST_BIT)
    monkeypatch.setattr("careloop.session.replay.recorded_session", lambda *_: changed)
    assert ask(own_home, "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert said["same"] is False
    assert (said["difference"]["tick"], said["difference"]["column"]) == (1234, "knee_tau_law_Nm")
    assert said["difference"]["recorded"] != said["difference"]["replayed"]
    assert ask(own_home) == 1
    assert "tick 1234 (2.468 s), knee_tau_law_Nm" in capsys.readouterr().out


def test_a_trace_that_is_not_the_recorded_one_is_refused(own_home: Home, capsys: Any) -> None:
    session = read(own_home)
    with_flipped_bit(session, session.trace, "knee_q_rad", 1, LAST_BIT)
    assert ask(own_home) == 1
    assert "trace.parquet" in one_line(capsys.readouterr().err)


def test_a_session_that_is_unknown_is_bad_input(home: Home, capsys: Any) -> None:
    assert main(["--home", str(home.root), "sessions", "replay", "KNEE-20000101-0001"]) == 2
    assert "KNEE-20000101-0001" in one_line(capsys.readouterr().err)


def test_a_trace_that_is_gone_is_bad_input(own_home: Home, capsys: Any) -> None:
    read(own_home).trace.unlink()
    assert ask(own_home) == 2
    assert "trace.parquet" in one_line(capsys.readouterr().err)


def edit_description(home: Home, change: Callable[[dict[str, Any]], None]) -> None:
    path = only_session(home) / SESSION
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_another_law_is_refused_by_name(own_home: Home, capsys: Any) -> None:
    edit_description(own_home, lambda content: content["order"]["plan"]["law"].pop())
    assert ask(own_home) == 1
    assert one_line(capsys.readouterr().err).startswith("the law is not the one that ran")


def test_another_guard_is_refused_by_name(home: Home, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(position, "SOFT_STIFFNESS", position.SOFT_STIFFNESS + 1.0)
    assert ask(home) == 1
    assert one_line(capsys.readouterr().err).startswith("the guard is not the one that ran")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (lambda content: content.pop("code"), CheckFailed, "replay-without-code"),
        (lambda content: content.pop("order"), InputError, "session-unreadable"),
        (lambda content: content["order"]["plan"].pop("limits"), InputError, "session-unreadable"),
    ],
)
def test_a_record_without_what_ran_is_refused(own_home: Home, change: Any, status: type[Exception], code: str) -> None:
    edit_description(own_home, change)
    with pytest.raises(status) as refusal:
        read(own_home)
    assert refusal.value.code == code  # type: ignore[attr-defined]


def test_another_fingerprint_asks_for_nearness_and_says_so(own_home: Home, capsys: Any) -> None:
    edit_description(own_home, lambda content: content["code"].update(libm="0" * 64))
    assert ask(own_home) == 0
    assert "within 1e-12" in capsys.readouterr().out
    session, path = read(own_home), own_home.root / "changed.parquet"
    near = replay(with_flipped_bit(session, path, "knee_tau_law_Nm", 1234, LAST_BIT))
    assert (near.exact, near.difference) == (False, None)
    assert 0.0 < near.largest < TOLERANCE
    far = replay(with_flipped_bit(session, path, "knee_tau_law_Nm", 1234, 20))
    assert where(far) == (1234, "knee_tau_law_Nm")
    assert far.largest > TOLERANCE


def test_on_a_machine_with_another_libm_a_session_is_the_same_within_the_tolerance(home: Home) -> None:
    words = command(home, "sessions", "replay", only_session(home).name, "--json")
    answer = subprocess.run(words, env={**os.environ, **OTHER_LIBM}, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    if said["exact"]:
        pytest.skip("this processor has one libm only")
    assert said["same"] is True
    assert said["largest"] < TOLERANCE


def as_session(recording: Recording, controller: Controller, folder: Path, keep: slice | Array) -> Recorded:
    """A trial's rows as a session's trace."""
    layout = controller.layout
    write_session(folder, SessionDescription.of(layout, "KNEE-20261121-0001", controller.robot.rate_hz, 0.0))
    journal = Journal(folder, layout.columns)
    journal.append(recording.rows[keep])
    journal.close()
    stored, code = compact(folder, "0"), Code.of(controller)
    return Recorded("KNEE-20261121-0001", stored.path, stored.rows, stored.missing, controller, code, code)


@pytest.mark.parametrize(("condition", "end"), [("nan-measurement", State.STOPPED), ("bus-silence", State.FAULT)])
def test_a_session_with_nonsense_or_silence_replays(condition: str, end: State, tmp_path: Path) -> None:
    recording, _ = kit.shipped_trial("passive", condition)
    assert np.isnan(recording.field("tau_interaction")).any()
    assert recording.state == end
    session = as_session(recording, kit.SHIPPED.controller(), tmp_path / "session", slice(None))
    assert replay(session).difference is None
    row = session.rows - 1
    changed = with_flipped_bit(session, tmp_path / "changed.parquet", "knee_tau_command_Nm", row, LAST_BIT)
    assert where(replay(changed)) == (row, "knee_tau_command_Nm")


def test_at_a_fault_zero_was_sent_and_what_the_guard_gave_is_in_its_memory(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("sim_models.trials.trial.OVERDUE_S", -3.0)  # torque off amid the motion
    one = kit.case("passive")
    recording = kit.recorded(one)
    given, sent = recording.field("guard_memory_next")[-1, 0], recording.field("tau_command")[-1, 0]
    assert (recording.state, sent) == (State.FAULT, 0.0)
    assert abs(given) > 1.0
    session = as_session(recording, kit.SHIPPED.controller(), tmp_path / "session", slice(None))
    assert replay(session).difference is None

    def send_what_the_guard_gave(columns: dict[str, Array]) -> None:
        columns["knee_tau_command_Nm"][-1] = given

    done = replay(rewritten(session, tmp_path / "changed.parquet", send_what_the_guard_gave))
    assert where(done) == (session.rows - 1, "knee_tau_command_Nm")


def test_after_lost_rows_the_replay_goes_on(tmp_path: Path) -> None:
    recording, _ = kit.shipped_trial("passive", "bus-silence")
    kept = np.r_[0:1000, 1500 : len(recording.rows)]
    session = as_session(recording, kit.SHIPPED.controller(), tmp_path / "session", kept)
    assert session.missing == 500
    assert replay(session).difference is None


class Leak(Law):
    """A law that remembers: its memory follows the joint's angle."""

    share = Parameter("1", 0.0, 1.0)
    trail = Memory("trail", "rad")

    def step(self, robot: Any, x: Any, reference: Any, memory: Any, dt: float) -> Any:
        trail = memory.trail + self.share * (x.q - memory.trail)
        return x.q - trail, memory.next(trail=trail)


@pytest.fixture(scope="module")
def remembering(tmp_path_factory: Any) -> Recorded:
    """A session whose law has memory."""
    one, shipped = kit.case("passive"), kit.SHIPPED
    law = JointImpedance(stiffness=120.0, damping=8.0) + Leak(share=0.01)
    motion = shipped.controller(one.changes, one.repetitions).motion
    controller = build_controller(shipped.plan, shipped.robot, law, motion)
    folder = tmp_path_factory.mktemp("remembering") / "session"
    return as_session(run_trial(controller, one, kit.SHORT), controller, folder, slice(None))


@pytest.mark.parametrize("field", ["law_memory", "law_memory_next"])
def test_the_memory_of_a_law_is_replayed_too(remembering: Recorded, tmp_path: Path, field: str) -> None:
    assert replay(remembering).difference is None
    (column,) = titles(remembering, field)
    changed = with_flipped_bit(remembering, tmp_path / "changed.parquet", column, 700, LAST_BIT)
    assert where(replay(changed)) == (700, column)
