"""The report's tables: each figure with its unit and, in a few words, what it means."""

from collections.abc import Sequence
from dataclasses import dataclass

from session_records.metrics import Intervention, Metrics
from session_records.store import Started
from session_records.timing import Percentiles
from session_records.trace import TraceFacts

NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Line:
    """A figure as a person reads it."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that belong together."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class FlagLine:
    """One flag of the guard over the session: how often it rose, for how long in all, when first and last."""

    flag: str
    times: int
    total_ms: float
    first_s: float
    last_s: float


def summary(metrics: Metrics, facts: TraceFacts, truth_name: str) -> tuple[Group, ...]:
    """The summary table: what the person did, what the robot did, how the machine kept time."""
    return (
        Group("Movement", _movement(metrics, truth_name)),
        Group("Forces", _forces(metrics, truth_name)),
        Group("Control loop", _loop(metrics, facts)),
        Group("Record", _record(metrics)),
    )


def flag_lines(raised: Sequence[Intervention], rate_hz: float) -> list[FlagLine]:
    """One line for each flag that rose, the most frequent first."""
    lines = []
    for flag in {one.flag for one in raised}:
        its = [one for one in raised if one.flag == flag]
        total_ms = 1e3 * sum(one.ticks for one in its) / rate_hz
        lines.append(FlagLine(flag, len(its), total_ms, its[0].time_s, its[-1].time_s))
    return sorted(lines, key=lambda line: (-line.times, line.flag))


def person(started: Started) -> str:
    """The run's parameters of the person, without identity."""
    parts = [] if started.height_m is None else [f"{started.height_m:.2f} m"]
    parts += [] if started.mass_kg is None else [f"{started.mass_kg:.1f} kg"]
    return ", ".join(parts) or "not given"


def _movement(metrics: Metrics, truth_name: str) -> tuple[Line, ...]:
    ranges = [
        Line(f"Range reached, {name}", _range(joint.low_deg, joint.high_deg), "by the encoder, in the exercise")
        for name, joint in metrics.joints.items()
    ]
    observed = [
        Line(
            f"Encoder and camera, {name}",
            f"{joint.observed_rms_deg:.1f}° RMS, {_number(joint.observed_largest_deg, '°', 1)} at most",
            "how far they disagreed while the camera tracked the patient",
        )
        for name, joint in metrics.joints.items()
        if joint.observed_rms_deg is not None
    ]
    efforts = [
        Line(
            f"Own effort, {name}",
            _number(joint.effort_Nm, " N·m", 1),
            "the person's torque along the motion, estimated by motor torque; positive helps, negative resists",
        )
        for name, joint in metrics.joints.items()
    ]
    return (
        Line("Duration", f"{metrics.duration_s:.1f} s", f"of this {metrics.exercise_s:.1f} s exercise"),
        Line("Repetitions", _count(metrics.repetitions), "whole ones, without a trial"),
        Line("Assistance", _number(metrics.assistance, ""), "mean over the exercise: 1 is all, 0 none"),
        *efforts,
        *ranges,
        *observed,
        Line(
            "Encoder error (RMS)",
            _number(metrics.encoder_rms_deg, "°"),
            "encoder against reference, in the exercise; approach and fades left out",
        ),
        Line("Limb error (RMS)", _number(metrics.truth_limb_rms_deg, "°"), f"limb against reference, {truth_name}"),
    )


def _forces(metrics: Metrics, truth_name: str) -> tuple[Line, ...]:
    return (
        Line("Peak torque", _number(metrics.peak_torque_Nm, " N·m", 1), "largest motor torque commanded"),
        Line("Torque (RMS)", _number(metrics.rms_torque_Nm, " N·m", 1), "motor torque over the whole session"),
        Line("Peak cuff force", _number(metrics.truth_peak_cuff_force_N, " N", 0), f"cuff on limb, {truth_name}"),
    )


def _loop(metrics: Metrics, facts: TraceFacts) -> tuple[Line, ...]:
    return (
        Line("Rate", _number(metrics.rate_hz, " Hz", 1), f"asked for {facts.rate_hz:g} Hz"),
        Line("Lateness", _spread(metrics.lateness_us), "median / 99 % / 99.9 % / largest delay of a tick's beginning"),
        Line("Computing", _spread(metrics.compute_us), "the same of what law, guard and session took in a tick"),
        Line(
            "Longest unmeasured",
            _number(metrics.longest_unmeasured_ms, " ms", 1),
            "time between two ticks with a valid measurement of every drive",
        ),
        Line("Overruns", _count(metrics.overruns), "ticks left out because one took too long"),
        Line("Bus misses", _count(metrics.bus_misses), "cycles without a valid reply of a drive"),
        Line("Guard interventions", _total(metrics.guard_interventions), "times the guard saw or limited something"),
    )


def _record(metrics: Metrics) -> tuple[Line, ...]:
    dropped = "not known" if metrics.dropped is None else str(metrics.dropped)
    return (
        Line("Rows", str(metrics.rows), "one for each tick"),
        Line("Rows missing", str(metrics.missing), "by number, between the first and the last"),
        Line("Rows dropped", dropped, "refused because the recorder was too far behind"),
    )


def _number(value: float | None, unit: str, places: int = 2) -> str:
    return NOT_MEASURED if value is None else f"{value:.{places}f}{unit}"


def _spread(of: Percentiles | None) -> str:
    return NOT_MEASURED if of is None else f"{of.p50:.0f} / {of.p99:.0f} / {of.p999:.0f} / {of.max:.0f} µs"


def _range(low: float | None, high: float | None) -> str:
    return NOT_MEASURED if low is None or high is None else f"{low:.1f}° to {high:.1f}°"


def _count(value: int | None) -> str:
    return NOT_MEASURED if value is None else str(value)


def _total(counts: dict[str, int] | None) -> str:
    return NOT_MEASURED if counts is None else str(sum(counts.values()))
