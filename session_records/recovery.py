"""From a session's folder to its record, at its regular end or after its process died."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from robot.errors import CheckFailed
from session_records.ending import PROCESS_DIED, End
from session_records.events import read_events, write_events
from session_records.folder import RING, TRUTH, control_lives, discard_journal
from session_records.journal import JournalReading
from session_records.lost_events import state_changes
from session_records.metrics import Metrics, summarise
from session_records.recorder import record
from session_records.store import Ended, Registry, SessionRecord
from session_records.trace import StoredTrace, compact, open_trace
from session_records.truth import join_truth, read_truth


@dataclass(frozen=True, slots=True)
class Summary:
    """A folder's trace and its figures."""

    trace: StoredTrace
    metrics: Metrics


def summarise_folder(folder: Path, careloop_version: str, flags: Mapping[int, str]) -> Summary:
    """Make the folder's journal into a trace and measure it, with the truth where one lies beside it.

    `flags` names the guard's flags by value. Blocks; raises as `session_records.trace.compact` does.
    """
    stored = compact(folder, careloop_version)
    trace = open_trace(stored.path)
    path = folder / TRUTH
    truth = join_truth(trace, read_truth(path)) if path.exists() else None
    return Summary(stored, summarise(trace, flags, truth, stored.dropped))


def close_session(
    registry: Registry, session: str, end: str, reason: str, careloop_version: str, flags: Mapping[int, str]
) -> SessionRecord:
    """Enter the end of a session whose recorder has finished: trace, hash and metrics; the journal is removed then.

    A session that ended before its first whole row has neither.
    """
    folder = registry.folder(session)
    if next(JournalReading(folder).batches(), None) is None:
        return registry.finish(session, Ended(end=end, reason=reason))
    summary = summarise_folder(folder, careloop_version, flags)
    ended = Ended(
        end=end,
        reason=reason,
        duration_s=summary.metrics.duration_s,
        trace=registry.relative(summary.trace.path),
        trace_sha256=summary.trace.sha256,
        metrics=summary.metrics.to_json(),
    )
    record_ = registry.finish(session, ended)
    discard_journal(folder)
    return record_


def recover(
    registry: Registry,
    session: str,
    careloop_version: str,
    flags: Mapping[int, str],
    report: Callable[[str], None],
) -> SessionRecord:
    """Close a session whose supervisor died: take what its ring still holds, and enter the end that was left.

    It is `interrupted` where neither control nor recorder lived to leave one. `report` gets a line where the disk
    refuses. Raises `CheckFailed` where it has ended already, and while one of its processes still runs.
    """
    ended = registry.get(session).ended
    if ended is not None:
        raise CheckFailed("session-already-ended", session=session, end=ended.end)
    folder = registry.folder(session)
    if session not in {one.session for one in registry.unfinished()} or control_lives(folder):
        raise CheckFailed("session-still-runs", session=session)
    if (folder / RING).exists():
        record(folder, report)
    end = End.read(folder) or PROCESS_DIED
    if end == PROCESS_DIED and not read_events(folder) and (changes := state_changes(folder)):
        write_events(folder, changes)
    return close_session(registry, session, end.state, end.reason, careloop_version, flags)
