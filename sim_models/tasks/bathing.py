"""A wet pad along a limb: how much of the stroke was wiped, and for how much of it the force was kept."""

import numpy as np

from robot.plan_task import FORCE_SPREAD, Bathing
from robot.tick import Array
from sim_models.tasks.course import Course, Mask, Outcome
from sim_models.tasks.criteria import Criteria


def judged(course: Course, task: Bathing, criteria: Criteria) -> Outcome:
    """In every repetition nearly all of the stroke wiped, and the force kept for most of the time on it."""
    along, wanted = 1000.0 * course.of("tool_along_m"), criteria.bathing
    force = course.of(f"{task.region.replace('-', '_')}_contact_N")
    on_stroke = (np.abs(along) <= 0.5 * task.along_mm) & (force > 0.0)
    kept = on_stroke & (np.abs(force - task.force) <= FORCE_SPREAD * task.force)
    each = course.repetitions
    wiped = min((_covered(along[one & kept], task.along_mm, wanted.bin_mm) for one in each), default=0.0)
    shares = min((_share(kept[one], on_stroke[one]) for one in each), default=0.0)
    missed = []
    if not wiped >= wanted.wiped_share:
        missed.append(f"{wiped:.0%} of the stroke wiped with the force kept, under {wanted.wiped_share:.0%}")
    if not shares >= wanted.kept_share:
        missed.append(f"the force kept for {shares:.0%} of the time on the stroke, under {wanted.kept_share:.0%}")
    mean = float(force[on_stroke].mean()) if on_stroke.any() else 0.0
    return Outcome({"wiped_share": wiped, "kept_share": shares, "mean_force_N": mean}, tuple(missed))


def _covered(along: Array, length: float, step: float) -> float:
    """The share of a stroke's parts in which there is a place, all in mm."""
    edges = np.linspace(-0.5 * length, 0.5 * length, max(2, round(length / step) + 1))
    counts, _ = np.histogram(along, edges)
    return float((counts > 0).mean())


def _share(part: Mask, whole: Mask) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else 0.0
