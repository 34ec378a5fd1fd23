"""Controllers that are wrong on purpose: the trials refuse each, and for what is wrong with it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import casadi
import pytest
from casadi import SX

from careloop.build import Exercise
from controllers.feed_forward import FeedForward
from controllers.gravity import GravityCompensation
from controllers.joint_impedance import JointImpedance
from robot.controller import Controller, build_controller
from robot.law import Law, Measurement, Memory, MemoryState, Parameter, Reference
from robot.motion import Motion
from robot.runtime.session import Session, StopSource
from robot.symbolic import SymbolicRobot
from sim_models.trials.cases import Case, standard_cases
from sim_models.trials.gates import Result, judge
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.trial import run_trial
from tests.sim_models.trials_kit import SHIPPED, exercise

MATRIX = standard_matrix()
PLAN = SHIPPED.plan.model_copy(update={"adjustable": {}})
HELP = GravityCompensation(limb_share=1.0) + FeedForward(friction_share=1.0, inertia_share=1.0)
LATE = 20
"""Ticks that are 40 ms."""


class Flipped(Law):
    """A spring with the wrong sign."""

    stiffness = Parameter("N·m/rad", at_least=0.0, at_most=400.0)

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        return -self.stiffness * (reference.q - x.q)


class Stale(Law):
    """A joint impedance that looks at what was measured 40 ms ago."""

    stiffness = Parameter("N·m/rad", at_least=0.0, at_most=400.0)
    damping = Parameter("N·m·s/rad", at_least=0.0, at_most=40.0)
    q = Memory("q", "rad", count=LATE)
    dq = Memory("dq", "rad/s", count=LATE)

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        torque = self.stiffness * (reference.q - memory.q[:, 0]) + self.damping * (reference.dq - memory.dq[:, 0])
        q, dq = (casadi.horzcat(past[:, 1:], now) for past, now in ((memory.q, x.q), (memory.dq, x.dq)))
        return torque, memory.next(q=q, dq=dq)


@dataclass(frozen=True)
class Deaf(Controller):
    """A controller whose sessions hear nobody who asks for a stop."""

    def session(self, motion: Motion, sources: Sequence[StopSource] = ()) -> Session:
        return super().session(motion)


def with_law(law: Law) -> Controller:
    exercise = Exercise(SHIPPED.file, PLAN, SHIPPED.robot, law)
    return build_controller(PLAN, SHIPPED.robot, law, lambda: exercise.motion(1))


def loosest() -> Controller:
    """Law and motion as shipped, each limit as loose as robot and drive allow: it goes on through a spasm."""
    most = SHIPPED.robot.joints["knee"]
    limits = {"torque": most.torque, "velocity_deg_s": most.velocity_deg_s, "torque_rate": 1e4, "power": 1e4}
    changes = {f"limits.knee.{name}": value for name, value in limits.items()}
    changes |= {"limits.energy": {"budget": 1e4, "refill": 1e4}, "stop.spasm": {"torque": most.torque, "within_ms": 80}}
    return exercise({"adjustable": {}} | changes).controller({}, 1)


def deaf() -> Controller:
    sound = with_law(SHIPPED.law)
    return Deaf(**{name: getattr(sound, name) for name in Controller.__dataclass_fields__})


WRONG: dict[str, Callable[[], Controller]] = {
    "sign flipped": lambda: with_law(Flipped(stiffness=120) + HELP),
    "no damping": lambda: with_law(JointImpedance(stiffness=400, damping=0) + HELP),
    "unstable gain": lambda: with_law(JointImpedance(stiffness=400, damping=40) + HELP),
    "40 ms stale": lambda: with_law(Stale(stiffness=120, damping=8) + HELP),
    "ignores the stop": deaf,
    "limits at the drive's maximum": loosest,
}


def cases() -> list[Case]:
    return [replace(one, repetitions=1) for one in standard_cases(PLAN, SHIPPED.robot, MATRIX)]


def judged(controller: Controller, case: Case) -> Result:
    return judge(run_trial(controller, case, MATRIX), case, controller.plan, MATRIX.gates)


@pytest.mark.parametrize(
    ("wrong", "patient", "condition", "failure"),
    [
        ("sign flipped", "passive", "nominal", r"knee angle outside 10 to 95°"),
        ("no damping", "weak", "more-delay", r"ended as stops-safely \(velocity-stop\)"),
        ("unstable gain", "passive", "late-and-unsteady", r"ended as stops-safely \(spasm\)"),
        ("40 ms stale", "passive", "late-and-unsteady", r"knee interaction torque \d+\.\d N·m over 20 N·m"),
        ("ignores the stop", "passive", "emergency-stop", r"ended as completes \(completed\)"),
        ("limits at the drive's maximum", "weak", "spasm", r"ended as completes \(completed\)"),
    ],
)
def test_a_wrong_controller_is_refused_for_what_is_wrong_with_it(
    wrong: str, patient: str, condition: str, failure: str
) -> None:
    (case,) = (one for one in cases() if (one.patient, one.condition) == (patient, condition))
    failures = judged(WRONG[wrong](), case).failures
    assert any(re.fullmatch(failure, one) for one in failures), failures


def test_the_same_trials_pass_the_controller_that_is_shipped() -> None:
    controller = with_law(SHIPPED.law)
    for case in cases():
        if case.patient in {"passive", "weak"} and case.condition in {"nominal", "late-and-unsteady", "emergency-stop"}:
            assert judged(controller, case).passed


@pytest.mark.sweep
@pytest.mark.parametrize("wrong", WRONG)
def test_no_wrong_controller_gets_through_the_whole_matrix(wrong: str) -> None:
    controller = WRONG[wrong]()
    assert not all(judged(controller, case).passed for case in cases())
