"""What the next look at the sessions says of one whose processes were killed."""

from pathlib import Path

import pytest

from careloop.session import recovery
from session_records.store import Registry
from tests.session_records.conftest import SessionFolder, exercise
from tests.session_records.test_recovery import describe, session_of_a_dead_process


@pytest.mark.parametrize("takes_long", [False, True])
def test_what_takes_long_is_said_before_it_is_begun(
    takes_long: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, said = session_of_a_dead_process(tmp_path), list[str]()
    if takes_long:
        monkeypatch.setattr(recovery, "SOON_BYTES", 0)
    with Registry.open(tmp_path) as registry:
        folder = SessionFolder(describe(registry, session))
        folder.journal(exercise(1.0))
        recovery.recover_all(registry, registry.unfinished(), said.append)
        assert registry.get(session).ended is not None
    *before, after = said
    assert after == f"{session}: its process had died; the record was closed from what it left"
    assert len(before) == takes_long
    assert all("MB of rows" in line for line in before)


@pytest.mark.parametrize("left", [b"", b"torn"])
def test_one_that_left_no_whole_row_is_closed_once_without_a_trace(tmp_path: Path, left: bytes) -> None:
    session, said = session_of_a_dead_process(tmp_path), list[str]()
    with Registry.open(tmp_path) as registry:
        (describe(registry, session) / "journal-0000.arrows").write_bytes(left)
        recovery.recover_all(registry, registry.unfinished(), said.append)
        ended = registry.get(session).ended
        assert ended is not None
        assert (ended.end, ended.reason, ended.trace) == ("interrupted", "process-died", None)
        assert registry.unfinished() == ()
    (line,) = said
    assert line.startswith(f"{session}: its process had died")
