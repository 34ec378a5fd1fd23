"""What supervisor and control tell each other through a session's folder, besides ring and mailbox."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from careloop.build import Exercise, make_law
from careloop.session.dose import Dose, trial_changes
from robot.controller import Controller, Person
from robot.description import RobotDescription
from robot.fingerprint import libm_fingerprint
from robot.motion import Motion
from robot.plan import Plan
from session_records.folder import read_facts

MAILBOX = "mailbox"
LIFE_SIGN = "supervisor.life"
STOP_INPUT = "stop-input"
"""The mailbox of the process that reads the emergency stop's digital input."""

VISION = "vision"
"""The mailbox of the process that watches the patient."""


@dataclass(frozen=True, slots=True)
class Order:
    """What control is to run: everything by content, so that a file that changes meanwhile changes nothing.

    `plant` is `{"sim": patient}` or `{"serial": {bus: port}}`; `law` and `guard` the SHA-256 that the
    proof names (None in simulation, where none is asked for), `trajectory` that of a motion that is not recorded.
    `stop_input` is the port of the emergency stop's digital input and how it was seen working at this start, None
    without one. `camera` is the calibration of the robot's camera, `zero` the zero pose of the plates that it looks at;
    None where it needs none. `dose` is a `Dose`, None
    for the plan's own repetitions without a trial.
    """

    file: str
    plan: dict[str, Any]
    robot: dict[str, Any]
    person: dict[str, float]
    changes: dict[str, float]
    plant: dict[str, Any]
    law: str | None
    guard: str | None
    stop_input: dict[str, Any] | None = None
    dose: dict[str, Any] | None = None
    trajectory: str | None = None
    camera: dict[str, Any] | None = None
    zero: dict[str, Any] | None = None

    @classmethod
    def read(cls, folder: Path) -> "Order":
        """The order in a session's folder."""
        return cls(**read_facts(folder)["order"])

    @property
    def facts(self) -> dict[str, Any]:
        """As `session.json` keeps it."""
        return {"order": asdict(self)}

    def exercise(self) -> Exercise:
        """Plan, robot and law again, as they were when the order was given."""
        plan = Plan.model_validate_json(json.dumps(self.plan))
        robot = RobotDescription.model_validate_json(json.dumps(self.robot))
        return Exercise(self.file, plan, robot, make_law(plan))

    def what(self) -> Dose:
        """The dose, by the plan itself where none was given."""
        return Dose(self.plan["motion"]["repetitions"], trial=False) if self.dose is None else Dose(**self.dose)

    def trial(self) -> Mapping[str, float] | None:
        """What the trial changes, None without one."""
        return trial_changes(Plan.model_validate_json(json.dumps(self.plan))) if self.what().trial else None

    def starts_with(self) -> Mapping[str, float]:
        """The adjustable values that the session starts with: those of its trial, if any, before those asked for."""
        return {**self.changes, **(self.trial() or {})}

    def motion(self) -> Motion:
        """The motion as the session starts with it."""
        return self.exercise().adjusted(self.starts_with()).motion(self.what().in_all)

    def controller(self) -> Controller:
        """Law and guard compiled, parameters and motion as the session starts with them."""
        return self.exercise().controller(self.starts_with(), self.what().in_all)

    def whom(self) -> Person:
        """The person's height and mass."""
        return Person(**self.person)


@dataclass(frozen=True, slots=True)
class Code:
    """What computes a session: the SHA-256 of the law's and the guard's C, what runs it, and libm's fingerprint."""

    law: str
    guard: str
    built_by: str
    libm: str

    @classmethod
    def of(cls, controller: Controller) -> "Code":
        """The code of a controller on this machine; blocks for some milliseconds."""
        law, guard = controller.law.compiled, controller.guard
        return cls(law.sha256, guard.sha256, law.built_by, libm_fingerprint())

    @classmethod
    def read(cls, folder: Path) -> "Code":
        """The code that control recorded in a session's folder; `KeyError` where it recorded none."""
        return cls(**read_facts(folder)["code"])

    @property
    def facts(self) -> dict[str, Any]:
        """As `session.json` keeps it, beside the order."""
        return {"code": asdict(self)}
