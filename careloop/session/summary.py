"""A session's figures: as scripts read them, and in words."""

from pathlib import Path
from typing import Any

from careloop.messages.language import Words
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


def in_words(said: dict[str, Any], words: Words) -> dict[str, str]:
    """The figures of `summary`, a line each under its title."""
    peak, rms = (_figure(said[name], "newton-metres", 1, words) for name in ("peak_torque_Nm", "rms_torque_Nm"))
    return {
        words("figure-done"): _done(said, words),
        words("figure-tracking"): _tracking(said, words),
        words("figure-torque"): words("peak-and-rms", peak=peak, rms=rms),
        words("figure-loop"): _loop(said, words),
        words("figure-timing"): _timing(said, words),
        words("figure-guard"): _guard(said["guard_interventions"] or {}, words),
        words("figure-trace"): str(said["trace"]),
        words("figure-report"): str(said["report"]),
    }


def _done(said: dict[str, Any], words: Words) -> str:
    count = said["repetitions"]
    efforts = [
        f"{words.joint(joint)} {_figure(one, 'newton-metres', 1, words)}" for joint, one in said["effort_Nm"].items()
    ]
    return words(
        "done-figures",
        count=words("repetitions-not-counted") if count is None else words("repetitions-whole", count=count),
        assistance=_figure(said["assistance"], "plain-number", 2, words),
        efforts=words.listed(efforts) or words("not-measured"),
    )


def _tracking(said: dict[str, Any], words: Words) -> str:
    encoder, limb = _figure(said["encoder_rms_deg"], "degrees", 1, words), said["truth_limb_rms_deg"]
    truth = words("limb-not-measured")
    if limb is not None:
        rms = _figure(limb, "degrees", 1, words)
        peak = _figure(said["truth_peak_cuff_force_N"], "newtons", 0, words)
        truth = words("truth-of-simulation" if said["on"] == "sim" else "truth-of-emulator", rms=rms, peak=peak)
    return words("tracking-figures", rms=encoder, truth=truth)


def _loop(said: dict[str, Any], words: Words) -> str:
    lost = words("lost-figures", misses=said["bus_misses"], rows=said["rows_lost"])
    if said["on"] == "sim":
        return words("loop-simulated", lost=lost)
    rate = _figure(said["loop"]["rate_hz"], "hertz", 1, words)
    return words("loop-figures", rate=rate, overruns=said["loop"]["overruns"], lost=lost)


def _timing(said: dict[str, Any], words: Words) -> str:
    loop = said["loop"]
    computing = _percentiles(loop["compute_us"], words)
    unmeasured = _figure(loop["longest_unmeasured_ms"], "milliseconds", 1, words)
    if said["on"] == "sim":
        return words("timing-simulated", computing=computing, unmeasured=unmeasured)
    late = _percentiles(loop["lateness_us"], words)
    return words("timing-figures", late=late, computing=computing, unmeasured=unmeasured)


def _percentiles(of: dict[str, float] | None, words: Words) -> str:
    return " / ".join(_figure((of or {}).get(name), "plain-number", 0, words) for name in ("p50", "p99", "p999", "max"))


def _guard(interventions: dict[str, int], words: Words) -> str:
    acted = [f"{words(name)} ({count}×)" for name, count in interventions.items() if count]
    return "; ".join(acted) or words("guard-did-not-act")


def _figure(value: object, unit: str, places: int, words: Words) -> str:
    """A number with its unit's sentence; in words where there is none."""
    if not isinstance(value, int | float):
        return words("not-measured")
    return words(unit, value=f"{value:.{places}f}")
