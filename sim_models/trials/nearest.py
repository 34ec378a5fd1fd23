"""Which gate a trial came nearest to, and which trials came nearest of all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from robot.plan import Plan
from sim_models.trials.gates import Result, interaction_gate
from sim_models.trials.matrix import Gates
from sim_models.trials.wording import number, stop_words

WORST = 5
"""Trials that are listed as nearest to a gate."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """A trial and the gate that it came nearest to, used by `share` (1 is the gate itself)."""

    result: Result
    gate: str
    figure: str
    share: float


def worst(results: Sequence[Result], plan: Plan, gates: Gates) -> list[Nearest]:
    """The trials that failed, then those nearest to a gate, worst first."""
    nearest = [_nearest(result, plan, gates) for result in results]
    return sorted(nearest, key=lambda one: (one.result.passed, -one.share))[:WORST]


def _nearest(result: Result, plan: Plan, gates: Gates) -> Nearest:
    return max(_candidates(result, plan, gates), key=lambda one: one.share)


def _candidates(result: Result, plan: Plan, gates: Gates) -> Iterator[Nearest]:
    """Each gate that has a figure, and how much of it the trial used."""

    def used(gate: str, reached: float | None, allowed: float, places: int, unit: str) -> Iterator[Nearest]:
        if reached is None:
            return
        said = stop_words(reached) if unit == " ms" else number(reached, places, unit)
        share = reached / allowed if isfinite(reached) else inf
        yield Nearest(result, f"{gate} {allowed:g}{unit}", said, share)

    if plan.limits.cuff:
        yield from used("cuff force", result.peak_cuff_force_N, plan.limits.cuff.force, 0, " N")
    if result.stop_ms is None:
        yield from used("limb error", result.limb_rms_deg, gates.limb_rms_deg, 1, "°")
        yield from used("beyond the motion", result.overshoot_deg, gates.overshoot_deg, 1, "°")
        bearable = interaction_gate(result, plan)
        yield from used(f"{result.interaction_joint} torque", result.peak_interaction_Nm, bearable, 1, " N·m")
        yield from used("tool error", result.tool_rms_mm, gates.tool_rms_mm, 1, " mm")
    else:
        yield from used("stop within", result.stop_ms, gates.stop_within_ms, 0, " ms")
        yield from used("stop within", result.stop_deg, gates.stop_within_deg, 1, "°")
        yield from used("stop within", result.stop_mm, gates.stop_within_mm, 1, " mm")
