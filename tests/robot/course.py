"""A session on a plant known in closed form, through the real loop, law and guard, to its end."""

from robot.plant import opened
from robot.runtime.clock import SimulatedClock
from robot.runtime.loop import run_loop
from robot.runtime.session import Session
from robot.runtime.session_state import Severity

SOFT_STOP_GATE_S = 0.100
STOPS = [Severity.FINISH, Severity.SOFT, Severity.OFF]
FIELDS = ("time", "q", "q_ref", "dq_ref", "fade", "state", "tau_command", "severity", "phase", "repetition", "age")


class Course:
    """One run to its end: the session, the rows and what was done to the plant."""

    def __init__(self, controller, person, plant, recorder, asked=(), replaced=None):
        """`asked` are (time in s, severity); `replaced` are stages to use instead of the compiled ones."""
        row = controller.row(person)
        law, guard = controller.stages(row)
        stages = {"law": law, "guard": guard, "after_tick": lambda row: None, **(replaced or {})}

        def asked_stop(row):
            due = [severity for time, severity in asked if row.time[0] >= time]
            return max(due, default=Severity.NONE), "asked"

        motion = controller.motion()
        self.session = Session(motion, controller.robot.dt, controller.robot.silence_s, [asked_stop])
        self.plant, self.rows, self.row = plant, recorder, row
        with opened(plant):
            run_loop(row, SimulatedClock(), plant, session=self.session, recorder=recorder, **stages)

    def __getattr__(self, field):
        if field in FIELDS:
            return self.rows[field]
        raise AttributeError(field)

    @property
    def codes(self):
        return [event.code for event in self.session.events]

    def when(self, code):
        return next(event.time_s for event in self.session.events if event.code == code)
