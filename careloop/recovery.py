"""Sessions whose processes were killed: closed from what their ring and journal hold."""

from collections.abc import Callable, Iterable
from importlib.metadata import version

from careloop.messages import explain, sentence
from careloop.run import FLAGS, REPORT
from robot.errors import CareloopError
from session_records.recovery import recover
from session_records.report.page import session_report
from session_records.store import Registry, SessionRecord


def recover_all(registry: Registry, sessions: Iterable[SessionRecord], tell: Callable[[str], None]) -> None:
    """Close each session, and say so; one that cannot be closed now is said and left for the next look."""
    for one in sessions:
        try:
            record = recover(registry, one.session, version("careloop"), FLAGS, tell)
        except CareloopError as problem:
            tell(f"{one.session}: {explain(problem)}")
            continue
        if record.ended is not None and record.ended.trace is not None:
            page = session_report(registry, one.session, FLAGS, sentence)
            (registry.folder(one.session) / REPORT).write_text(page, encoding="utf-8")
        tell(f"{one.session}: its process had died; the record was closed from what it left")
