"""A spoon to the mouth: how long it was in, how far it leaned, and whether it touched a tooth."""

import numpy as np

from robot.plan_task import Meal
from robot.tick import Array
from sim_models.tasks.course import Course, Outcome, longest_s
from sim_models.tasks.criteria import Criteria
from sim_models.tasks.parts import OPENING_HALF


def judged(course: Course, task: Meal, criteria: Criteria) -> Outcome:
    """In the mouth for long enough in every repetition, never leaned too far in the exercise, no tooth touched."""
    inside = _behind_lips_mm(course) >= task.depth_mm
    in_mouth_s = min((longest_s(inside & one, course.dt) for one in course.repetitions), default=0.0)
    tilt_deg = float(course.of("tool_tilt_deg")[course.repetition >= 1].max(initial=0.0))
    teeth = course.peaks["teeth"]
    missed = []
    if not in_mouth_s >= task.for_s:
        missed.append(f"spoon {in_mouth_s:.2f} s in the mouth, under {task.for_s:g} s")
    if not tilt_deg <= task.tilt_deg:
        missed.append(f"spoon leaned {tilt_deg:.1f}°, over {task.tilt_deg:g}°")
    if not teeth <= criteria.meal.teeth_N:
        missed.append(f"teeth touched with {teeth:.1f} N")
    return Outcome({"in_mouth_s": in_mouth_s, "tilt_deg": tilt_deg, "teeth_N": teeth}, tuple(missed))


def deepest_mm(course: Course) -> float:
    """How far in mm behind the lips the spoon's tip came at most: the mouth has no end here that it would touch."""
    return float(_behind_lips_mm(course).max(initial=0.0))


def _behind_lips_mm(course: Course) -> Array:
    """How far in mm the tip is behind the lips where it is in the opening, which goes on; -inf beside it."""
    ahead, along, aside = (course.of(f"tool_{way}_m") for way in ("ahead", "along", "aside"))
    in_opening = (np.abs(along) < OPENING_HALF[0]) & (np.abs(aside) < OPENING_HALF[1])
    return np.where(in_opening, -1000.0 * ahead, -np.inf)
