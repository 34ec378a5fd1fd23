"""A limb that is lifted and put down elsewhere: how high it was, and where it lies."""

import numpy as np

from robot.plan_task import Reposition
from sim_models.tasks.course import Course, Outcome
from sim_models.tasks.criteria import Criteria


def judged(course: Course, task: Reposition, criteria: Criteria) -> Outcome:
    """Lifted high enough, let go of, and lying near the place it was meant for."""
    target, force = course.target, course.of("forearm_contact_N")
    lift_mm = 1000.0 * float((target[:, 2] - target[0, 2]).max())
    held = np.flatnonzero(force > 0.0)
    looked = int(held[-1]) + round(criteria.reposition.settles_s / course.dt) if held.size else 0
    is_free = looked < len(target)
    moved = target[min(looked, len(target) - 1)] - target[0]
    off_mm = 1000.0 * float(np.hypot(*(moved[:2] - np.array(task.move_m))))
    missed = []
    if not lift_mm >= task.lift_mm:
        missed.append(f"forearm lifted by {lift_mm:.0f} mm, under {task.lift_mm:g} mm")
    if not is_free:
        missed.append("forearm not let go of")
    if not off_mm <= task.within_mm:
        missed.append(f"forearm lies {off_mm:.0f} mm from where it was meant to, over {task.within_mm:g} mm")
    return Outcome({"lift_mm": lift_mm, "off_mm": off_mm}, tuple(missed))


def drop_mm(course: Course, since_s: float) -> float:
    """How far in mm the limb fell at most from a moment in s on: below where it was then."""
    height = course.target[round(since_s / course.dt) :, 2]
    return 1000.0 * float(height[0] - height.min()) if height.size else 0.0
