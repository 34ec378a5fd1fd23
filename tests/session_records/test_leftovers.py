"""What a kill between the registry's entry and the journal's removal leaves is removed at the next look."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from session_records.folder import RING, TRACE
from session_records.journal import segments
from session_records.leftovers import discard_leftovers
from session_records.recovery import close_session
from session_records.store import Registry, Started
from tests.session_records.conftest import SessionFolder, exercise

ROWS = exercise(0.2)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path)


def session_with_a_journal(registry: Registry) -> tuple[str, SessionFolder]:
    started = Started(plan="p", robot="r", on="sim", started_at=datetime(2026, 11, 21, tzinfo=UTC))
    session = registry.add("KNEE", started).session
    folder = SessionFolder(registry.folder(session))
    folder.journal(ROWS)
    folder.make_ring()
    return session, folder


def closed(registry: Registry) -> SessionFolder:
    """A session that ended, whose journal is there again."""
    session, folder = session_with_a_journal(registry)
    (folder.path / RING).unlink()
    close_session(registry, session, "stopped", "completed", "0.1.0", {})
    folder.journal(ROWS)
    folder.make_ring()
    return folder


def test_a_journal_goes_whose_trace_is_kept(registry: Registry) -> None:
    folder = closed(registry)
    discard_leftovers(registry)
    assert (segments(folder.path), (folder.path / RING).exists()) == ([], False)
    assert (folder.path / TRACE).exists()


def test_a_journal_stays_whose_trace_was_taken_away(registry: Registry) -> None:
    folder = closed(registry)
    (folder.path / TRACE).unlink()
    discard_leftovers(registry)
    assert segments(folder.path)


def test_a_journal_stays_of_a_session_without_an_end_or_that_nobody_knows(registry: Registry, tmp_path: Path) -> None:
    _, running = session_with_a_journal(registry)
    stranger = SessionFolder(tmp_path / "sessions" / "brought-along")
    stranger.journal(ROWS)
    discard_leftovers(registry)
    assert segments(running.path)
    assert (running.path / RING).exists()
    assert segments(stranger.path)
