"""A session tick by tick: a real motion, and in place of law and guard a torque in closed form."""

import math

from controllers.motions.periodic import PeriodicMotion
from controllers.motions.recorded import FourierCurve
from robot.guard import Flag
from robot.runtime.session import Session
from robot.runtime.session_state import Severity, State
from robot.runtime.settling import Settling
from robot.tick import Column, Row, TickLayout

DT = 1.0 / 128.0
"""A power of two: times add up exactly, and a limit can be met to the bit."""

SILENCE_S = 0.0625
TORQUE, RATE = 20.0, 1500.0
DAMPING = 9.0
NOTHING = (Severity.NONE, "")
STOPS = [Severity.FINISH, Severity.SOFT, Severity.OFF]
LONGEST = 6000
"""Ticks after which a ride that was to come to something never will: 47 s."""

MEASURED_Q = 0.6
MEASURED = ("q", "dq", "tau_measured", "drive_error")


class Ride:
    """A session with a real motion; in place of law and guard, a torque that is wanted, damped and limited in rate."""

    def __init__(self, *, damped=False, repetitions=1, joints=("knee",)):
        columns = (Column("knee.settle_damping", "N·m·s/rad"),)
        self.row = Row(TickLayout(joints, limits=columns))
        there_and_back = FourierCurve(((0.5 + 0j, -0.5 + 0j),) * len(joints))
        self.motion = PeriodicMotion(there_and_back, dict.fromkeys(joints, (10.0, 60.0)), 1.2, 0.6, repetitions, DT)
        settling = Settling([0], [DAMPING]) if damped else None
        self.asked = NOTHING
        self.session = Session(self.motion, DT, SILENCE_S, [lambda row: self.asked], settling)
        self.session.arm()
        self.ticks, self.tau, self.dq = 0, 0.0, 0.0
        self.silent_s, self.lost, self.stuck = 0.0, False, False
        self.guard = (Severity.NONE, Flag(0))
        self.states = [State.ARMED]

    @property
    def time(self):
        return self.ticks * DT

    @property
    def codes(self):
        return [event.code for event in self.session.events]

    def tick(self, at=None):
        assert self.ticks < LONGEST, f"no end in sight: {self.codes}"
        row, session = self.row, self.session
        row.time[0] = self.time if at is None else at
        self.silent_s = self.silent_s + DT if self.lost else 0.0
        row.age[0] = self.silent_s
        for name in MEASURED:
            getattr(row, name)[:] = math.nan if self.lost else 0.0
        if not self.lost:
            row.q[:], row.dq[:] = MEASURED_Q, self.dq
        session.before_law(row)
        wanted = row.fade[0] * TORQUE - row.limits[0] * self.dq
        self.tau += min(max(wanted - self.tau, -RATE * DT), RATE * DT)
        row.tau_command[:] = TORQUE if self.stuck else self.tau
        row.severity[0], row.flags[0] = self.guard
        session.after_guard(row)
        self.states.append(session.state)
        self.ticks += 1
        return self

    def until(self, state):
        while self.session.state is not state:
            self.tick()
        return self

    def to_full_torque(self):
        self.until(State.RUNNING)
        while self.row.fade[0] < 1.0:
            self.tick()
        return self

    def pause(self):
        self.session.pause_wished = True
        return self.until(State.PAUSED)
