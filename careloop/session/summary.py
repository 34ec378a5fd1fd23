"""A session's figures: as scripts read them, and in words."""

from pathlib import Path
from typing import Any

from careloop.messages import sentence
from session_records.store import SessionRecord

LOOP = ("rate_hz", "overruns", "lateness_us", "compute_us", "longest_unmeasured_ms")
"""The figures of how the loop kept time."""


def summary(record: SessionRecord, folder: Path) -> dict[str, Any]:
    """What the registry holds of a session, flat; None where something was not measured."""
    ended = record.ended
    metrics = (ended.metrics if ended else None) or {}
    names = (
        "encoder_rms_deg",
        "peak_torque_Nm",
        "rms_torque_Nm",
        "truth_limb_rms_deg",
        "truth_peak_cuff_force_N",
        "bus_misses",
        "guard_interventions",
        "repetitions",
        "assistance",
    )
    return {
        "session": record.session,
        "on": record.started.on,
        "end": ended.end if ended else None,
        "reason": ended.reason if ended else None,
        "trace": folder / "trace.parquet",
        "report": folder / "report.html",
        **{name: metrics.get(name) for name in names},
        "effort_Nm": {joint: one.get("effort_Nm") for joint, one in metrics.get("joints", {}).items()},
        "loop": {name: metrics.get(name) for name in LOOP},
        "rows": metrics.get("rows"),
        "rows_lost": metrics.get("dropped"),
    }


def in_words(said: dict[str, Any]) -> dict[str, str]:
    """The figures of `summary`, a line each."""
    return {
        "done": _done(said),
        "tracking": _tracking(said),
        "torque": f"peak {_figure(said['peak_torque_Nm'], ' N·m', 1)}, RMS {_figure(said['rms_torque_Nm'], ' N·m', 1)}",
        "loop": _loop(said),
        "timing": _timing(said),
        "guard": _guard(said["guard_interventions"] or {}),
        "trace": str(said["trace"]),
        "report": str(said["report"]),
    }


def _done(said: dict[str, Any]) -> str:
    assistance = _figure(said["assistance"], "", 2)
    efforts = ", ".join(f"{joint} {_figure(one, ' N·m', 1)}" for joint, one in said["effort_Nm"].items())
    count = "not counted" if said["repetitions"] is None else f"{said['repetitions']} whole repetitions"
    return f"{count}, mean assistance {assistance}; the person's own effort, estimated: {efforts or 'not measured'}"


def _tracking(said: dict[str, Any]) -> str:
    encoder, limb = said["encoder_rms_deg"], said["truth_limb_rms_deg"]
    whose = "simulation's" if said["on"] == "sim" else "emulator's"
    truth = (
        f"{whose} truth: limb {limb:.1f}° RMS, cuff peak {said['truth_peak_cuff_force_N']:.0f} N"
        if limb is not None
        else "limb and cuff were not measured"
    )
    return f"encoder {_figure(encoder, '°', 1)} RMS from the reference; {truth}"


def _loop(said: dict[str, Any]) -> str:
    lost = f"bus misses {said['bus_misses']}, rows lost {said['rows_lost']}"
    if said["on"] == "sim":
        return f"in simulated time; {lost}"
    return f"{_figure(said['loop']['rate_hz'], ' Hz', 1)}; overruns {said['loop']['overruns']}, {lost}"


def _timing(said: dict[str, Any]) -> str:
    loop = said["loop"]
    late = "" if said["on"] == "sim" else f"late by {_percentiles(loop['lateness_us'])}, "
    unmeasured = _figure(loop["longest_unmeasured_ms"], " ms", 1)
    return (
        f"{late}computing {_percentiles(loop['compute_us'])} µs (p50 / p99 / p99.9 / max); "
        f"longest without a measurement {unmeasured}"
    )


def _percentiles(of: dict[str, float] | None) -> str:
    return " / ".join(_figure((of or {}).get(name), "", 0) for name in ("p50", "p99", "p999", "max"))


def _guard(interventions: dict[str, int]) -> str:
    acted = [f"{sentence(name, {})} ({count}×)" for name, count in interventions.items() if count]
    return "; ".join(acted) or "did not have to act"


def _figure(value: object, unit: str, places: int) -> str:
    return f"{value:.{places}f}{unit}" if isinstance(value, int | float) else "not measured"
