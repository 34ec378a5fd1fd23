"""A motion run tick by tick and kept to be looked at, and what every motion promises that goes in a time of its own."""

from dataclasses import dataclass, field
from math import pi

import numpy as np

from controllers.motions.slewed import ROUNDING_S, SPACING_S
from robot.motion import Motion
from robot.tick import Row, TickLayout

DT = 0.01
"""Coarser than a robot's: every truth about a motion is one of continuous time, and holds on any grid."""

LAYOUT = TickLayout(joints=("hip", "knee"))
START = (0.1, 0.9)


@dataclass
class Course:
    """What a motion of hip and knee did from `START` on, one tick of `dt` s after the other."""

    motion: Motion
    dt: float = DT
    rows: list = field(default_factory=list)

    def __post_init__(self):
        self.row = Row(LAYOUT)
        self.motion.begin(START)

    def go(self, ticks):
        for _ in range(ticks):
            self.motion.sample(self.row)
            self.rows.append(self.row.values.copy())
        return self

    def to_rest(self, within_s=300.0):
        while not self.motion.at_rest and len(self.rows) * self.dt < within_s:
            self.go(1)
        assert self.motion.at_rest
        return self

    def __getitem__(self, name):
        return np.array(self.rows)[:, LAYOUT.slices[name]]

    @property
    def turned(self):
        """Cycles done so far."""
        return np.unwrap(2.0 * pi * self["phase"][:, 0]) / (2.0 * pi)


def assert_belong_together(course, jerk):
    """Angle, velocity and acceleration are one another's derivatives, up to what Taylor leaves at this largest jerk."""
    q, dq, ddq, dt = course["q_ref"], course["dq_ref"], course["ddq_ref"], course.dt
    assert (np.abs(np.diff(dq, axis=0) - 0.5 * dt * (ddq[1:] + ddq[:-1])) <= jerk * dt**2 / 4 + 1e-10).all()
    taken = dt * dq[:-1] + dt**2 / 3 * ddq[:-1] + dt**2 / 6 * ddq[1:]
    assert (np.abs(np.diff(q, axis=0) - taken) <= jerk * dt**3 / 3 + 1e-10).all()


def assert_a_stop_comes_through(course, speed):
    """Whatever is asked afterwards: it rests as soon as it said, and for good."""
    course.motion.come_to_rest()
    stopped = len(course.rows)
    course.motion.resume()
    course.motion.adjust("motion.speed", speed)
    assert course.motion.duration_s <= (stopped + 1) * course.dt + ROUNDING_S
    course.go(round(ROUNDING_S / course.dt) + 2)
    assert course.motion.at_rest
    assert not course.motion.held
    course.go(200)
    still = course["q_ref"][stopped + round(ROUNDING_S / course.dt) + 1 :]
    np.testing.assert_array_equal(still, np.broadcast_to(still[0], still.shape))
    np.testing.assert_array_equal([course["dq_ref"][-1], course["ddq_ref"][-1]], 0.0)


def assert_a_pause_holds_until_it_is_over(course):
    """It soon stands, and resumed it goes on where it stood; nothing is promised where it rests before."""
    course.motion.pause()
    course.go(round((ROUNDING_S + SPACING_S) / course.dt) + 2)
    if course.motion.at_rest:
        return
    assert course.motion.held
    np.testing.assert_array_equal([course["dq_ref"][-1], course["ddq_ref"][-1]], 0.0)
    stood = course["q_ref"][-1]
    course.go(300)
    np.testing.assert_array_equal(course["q_ref"][-1], stood)
    course.motion.resume()
    course.go(1)
    assert not course.motion.held
    np.testing.assert_array_equal(course["q_ref"][-1], stood)
    course.to_rest()


def assert_a_pause_changes_when_and_not_where(plain, paused):
    """The same path, later: by what the pause took, the ramps covering half of theirs."""
    plain.to_rest()
    paused.motion.pause()
    paused.go(400)
    paused.motion.resume()
    paused.to_rest()
    np.testing.assert_allclose(paused["q_ref"][-300:], plain["q_ref"][-300:], atol=1e-9)
    assert len(paused.rows) == len(plain.rows) + 400
    assert abs(paused.motion.duration_s - plain.motion.duration_s - 400 * plain.dt) < 1e-9
