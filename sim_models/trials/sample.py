"""The report of a plan's trials with sampled patients: one HTML page that stands alone and prints on A4."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from robot.plan import Plan
from sim_models.trials.gates import Result
from sim_models.trials.matrix import Gates
from sim_models.trials.nearest import worst
from sim_models.trials.page import page
from sim_models.trials.pictures import panels_of, sample_picture
from sim_models.trials.wording import end_words, number, repeating

_FIGURE = re.compile(r"(?:after )?\d+(?:\.\d+)?\S*(?: \S+)? (?=over|beyond)")
"""A trial's own figure, and its unit."""


def write_sample_report(
    path: Path, plan: Plan, results: Sequence[Result], gates: Gates, seed: int, called: str
) -> Path:
    """Write the page of these trials to `path`; equal values give an equal page. Blocks on the disk."""
    text = page(
        "sample.html",
        plan=plan,
        results=results,
        shares=shares(results),
        seed=seed,
        failed=[one for one in results if not one.passed],
        verdict=sample_verdict(results),
        causes=causes(results),
        picture=sample_picture(results, panels_of(plan, gates)),
        worst=worst(results, plan, gates),
        repeat=partial(repeating, called),
        end_words=end_words,
        number=number,
    )
    path.write_text(text, encoding="utf-8")
    return path


def sample_verdict(results: Sequence[Result]) -> str:
    """One sentence: how many of the sampled patients the plan served within its gates."""
    passed = sum(one.passed for one in results)
    return f"{passed} of {len(results)} sampled patients completed the exercise within every gate."


def shares(results: Sequence[Result]) -> Mapping[str, tuple[int, int]]:
    """Of each profile how many patients were served within every gate, and how many were tried."""
    tried = Counter(_profile(one) for one in results)
    served = Counter(_profile(one) for one in results if one.passed)
    return {profile: (served[profile], count) for profile, count in tried.items()}


def _profile(result: Result) -> str:
    """Where a sampled patient is from: `frail-elderly` of `frail-elderly.1.4`."""
    return result.patient.rsplit(".", 2)[0]


def causes(results: Sequence[Result]) -> Mapping[str, int]:
    """Why trials failed: each gate, without the trial's own figure, and how many did not keep it; most first."""
    return dict(Counter(_gate(failure) for one in results for failure in one.failures).most_common())


def _gate(failure: str) -> str:
    """What a failure is about: `limb error 7.1° over 6°` becomes `limb error over 6°`."""
    return _FIGURE.sub("", failure)
