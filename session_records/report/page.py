"""The report's page: what is written in it, from a session's record, trace, truth and events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from robot.errors import CheckFailed
from robot.runtime.session_state import Event
from session_records.events import read_events
from session_records.folder import TRUTH
from session_records.metrics import Intervention, Metrics, Truth, interventions, summarise
from session_records.report.plots import pictures
from session_records.report.table import flag_lines, person, summary
from session_records.store import Registry, SessionRecord
from session_records.trace import Trace, open_trace
from session_records.truth import join_truth, read_truth

Sentence = Callable[[str, Mapping[str, float | str]], str]
"""What a person reads for a stable code and its values."""

LONGEST_LIST = 40
"""Guard interventions that the list names; the table above it counts all, the trace has each."""

BURST_S = 1.0
"""Interventions of one flag that follow each other faster than this are one line of the list."""

SIMULATION = "sim"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the list: when (s), what kind of thing, what happened, for how long (ms, None for a moment)."""

    time_s: float
    kind: str
    what: str
    lasted_ms: float | None


def session_report(registry: Registry, session: str, flags: Mapping[int, str], sentence: Sentence) -> str:
    """The report of a session that has ended, as an HTML page.

    `flags` names the guard's flags by value; `sentence` tells an event or a reason to a person. Raises `CheckFailed`
    for a session that has not ended, has no trace, or whose trace is not the one in the registry.
    """
    record = registry.get(session)
    if record.ended is None or record.ended.trace is None:
        raise CheckFailed("session-without-trace", session=session)
    path = registry.home / record.ended.trace
    trace = open_trace(path, record.ended.trace_sha256)
    truth_path = path.with_name(TRUTH)
    truth = join_truth(trace, read_truth(truth_path)) if truth_path.exists() else None
    metrics = summarise(trace, flags, truth, (record.ended.metrics or {}).get("dropped"))
    return render(record, trace, metrics, truth, flags, read_events(path.parent), sentence)


def render(
    record: SessionRecord,
    trace: Trace,
    metrics: Metrics,
    truth: Truth | None,
    flags: Mapping[int, str],
    events: Sequence[Event],
    sentence: Sentence,
) -> str:
    """The page for these values; equal values give an equal page."""
    truth_name = "simulation's truth" if record.started.on == SIMULATION else "emulator's truth"
    raised = interventions(trace, flags)
    bursts = _bursts(raised, trace.facts.rate_hz)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("session.html").render(
        record=record,
        facts=trace.facts,
        person=person(record.started),
        reason="" if record.ended is None else sentence(record.ended.reason, {}),
        summary=summary(metrics, trace.facts, truth_name),
        pictures=list(pictures(trace, metrics, truth, truth_name)),
        truth_name=None if truth is None else truth_name,
        flags=flag_lines(raised, trace.facts.rate_hz),
        happened=sorted(_told(events, sentence) + bursts[:LONGEST_LIST], key=lambda one: one.time_s),
        more=max(0, len(bursts) - LONGEST_LIST),
    )


def _told(events: Sequence[Event], sentence: Sentence) -> list[Happening]:
    return [Happening(one.time_s, "event", sentence(one.code, one.values), None) for one in events]


def _bursts(raised: Sequence[Intervention], rate_hz: float) -> list[Happening]:
    """The guard's interventions by time, those of one flag in quick succession as one."""
    bursts: list[list[Intervention]] = []
    latest: dict[str, list[Intervention]] = {}
    for one in raised:
        burst = latest.get(one.flag)
        if burst is None or one.time_s - burst[-1].time_s > BURST_S:
            burst = latest[one.flag] = []
            bursts.append(burst)
        burst.append(one)
    return [_one_line(burst, rate_hz) for burst in bursts]


def _one_line(burst: Sequence[Intervention], rate_hz: float) -> Happening:
    first, last = burst[0], burst[-1]
    what = first.flag if len(burst) == 1 else f"{first.flag}, {len(burst)} times"
    return Happening(first.time_s, "guard", what, 1e3 * (last.time_s - first.time_s + last.ticks / rate_hz))
