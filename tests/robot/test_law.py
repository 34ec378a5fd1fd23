"""Laws as an engineer writes them: they add, remember, keep to their bounds, and change while running."""

from itertools import pairwise

import numpy as np
import pytest

from controllers.gravity import GravityCompensation
from controllers.joint_impedance import JointImpedance
from robot.controller import build_controller, compile_law
from robot.errors import PlanError
from robot.law import Law, Memory, Parameter
from robot.symbolic import SymbolicRobot

DT = 0.002


class IntegralAssistance(Law):
    """Slow assistance that forgets: a' = f a + g e."""

    forgetting = Parameter("1", at_least=0.0, at_most=1.0)
    gain = Parameter("N·m/rad", at_least=0.0, at_most=50.0)
    memory = Memory("assistance", "N·m")

    def step(self, robot, x, reference, memory, dt):
        assistance = self.forgetting * memory.assistance + self.gain * (reference.q - x.q)
        return assistance, memory.next(assistance=assistance)


class Counter(Law):
    """Counts ticks in two memories, one twice as fast, to see that each keeps its place."""

    once = Memory("once", "1")
    twice = Memory("twice", "1")

    def step(self, robot, x, reference, memory, dt):
        return 0.0 * x.q, memory.next(once=memory.once + 1, twice=memory.twice + 2)


class Running:
    """A compiled law with arrays of its own; `tick` sets what is given and carries the memory on."""

    INPUTS = ("q", "dq", "tau", "q_ref", "dq_ref", "ddq_ref", "phase", "parameters", "memory")

    def __init__(self, law, robot):
        self.law = compile_law(law, robot, DT)
        function = self.law.compiled.function
        for index, name in enumerate(self.INPUTS):
            setattr(self, name, np.zeros(function.numel_in(index)))
        self.parameters[:] = self.law.initial
        self.torque, self.memory_next = (np.zeros(function.numel_out(index)) for index in (0, 1))
        inputs = [getattr(self, name) for name in self.INPUTS]
        self.run = self.law.compiled.bind(inputs, [self.torque, self.memory_next])

    def tick(self, **given):
        for name, value in given.items():
            getattr(self, name)[:] = value
        self.run()
        self.memory[:] = self.memory_next
        return self.torque.copy()

    def place(self, title):
        return [column.title for column in self.law.parameters].index(title)


@pytest.fixture(scope="module")
def knee(exercise):
    return SymbolicRobot.of(exercise.robot)


@pytest.fixture(scope="module")
def chain(chain_urdf):
    return SymbolicRobot(chain_urdf, ("shoulder", "elbow"))


def test_the_torques_of_laws_that_are_added_add_up(knee):
    impedance, gravity = JointImpedance(stiffness=60, damping=3), GravityCompensation(limb_share=0.5)
    alone, other, both = (Running(law, knee) for law in (impedance, gravity, impedance + gravity))
    rng = np.random.default_rng(0)
    for _ in range(50):
        state = {name: rng.normal(0.0, 1.0, 1) for name in Running.INPUTS[:6]}
        for running in (alone, other, both):
            running.parameters[:2] = 1.7, 70.0
        expected = alone.tick(**state) + other.tick(**state)
        np.testing.assert_allclose(both.tick(**state), expected, rtol=1e-14, atol=1e-12)


def test_adding_is_associative_and_keeps_each_laws_own_parameters(knee):
    a, b, c = JointImpedance(stiffness=60, damping=3), GravityCompensation(limb_share=0.5), Counter()
    left, right = compile_law((a + b) + c, knee, DT), compile_law(a + (b + c), knee, DT)
    assert left.parameters == right.parameters
    assert left.compiled.sha256 == right.compiled.sha256
    assert [column.title for column in left.parameters] == [
        "patient_height_m",
        "patient_mass_kg",
        "assistance",
        "joint_impedance_stiffness_knee_Nm_rad",
        "joint_impedance_damping_knee_Nms_rad",
        "gravity_compensation_limb_share_knee",
    ]


def test_the_same_law_twice_is_refused(knee):
    with pytest.raises(PlanError) as refused:
        JointImpedance(stiffness=60, damping=3) + JointImpedance(stiffness=1, damping=0)
    assert (refused.value.code, refused.value.values["given"]) == ("law-repeated", "joint-impedance")


@pytest.mark.parametrize("value", [-1e-9, 400.001, float("nan"), float("inf"), -float("inf")])
def test_a_parameter_outside_its_bounds_is_refused_with_them(knee, value):
    with pytest.raises(PlanError) as refused:
        compile_law(JointImpedance(stiffness=value, damping=3), knee, DT)
    values = refused.value.values
    assert refused.value.code == "out-of-bounds"
    assert (values["field"], values["low"], values["high"]) == ("joint-impedance.stiffness", 0.0, 400.0)
    assert values["unit"] == "N·m/rad"


@pytest.mark.parametrize("value", [0.0, 400.0, 400])
def test_the_bounds_themselves_are_allowed(knee, value):
    assert compile_law(JointImpedance(stiffness=value, damping=3), knee, DT).initial[3] == value


@pytest.mark.parametrize("value", [True, "60", None])
def test_a_parameter_that_is_no_number_is_refused(knee, value):
    with pytest.raises(PlanError) as refused:
        compile_law(JointImpedance(stiffness=value, damping=3), knee, DT)
    assert refused.value.code == "not-a-number"


def test_a_misspelt_or_missing_parameter_is_named_with_the_known_ones():
    with pytest.raises(PlanError) as refused:
        JointImpedance(stifness=60, damping=3)
    assert refused.value.values == {"field": "joint-impedance.stifness", "known": "stiffness, damping"}
    with pytest.raises(PlanError) as refused:
        JointImpedance(stiffness=60)
    assert (refused.value.code, refused.value.values["field"]) == ("field-missing", "joint-impedance.damping")


def test_a_parameter_can_be_given_for_each_joint(chain):
    running = Running(JointImpedance(stiffness={"elbow": 10.0, "shoulder": 40.0}, damping=0.0), chain)
    np.testing.assert_allclose(running.tick(q_ref=[1.0, 1.0]), [40.0, 10.0])
    for given in ({"elbow": 10.0}, {"elbow": 1.0, "shoulder": 1.0, "wrist": 1.0}):
        with pytest.raises(PlanError) as refused:
            compile_law(JointImpedance(stiffness=given, damping=0.0), chain, DT)
        assert (refused.value.code, refused.value.values["known"]) == ("joints-not-matched", "shoulder, elbow")


def test_a_law_remembers_what_it_says_it_will(knee):
    """a' = f a + g e from zero at a constant error is a geometric series."""
    running = Running(IntegralAssistance(forgetting=0.9, gain=2.0), knee)
    assert [column.title for column in running.law.memory] == ["integral_assistance_assistance_knee_Nm"]
    for tick in range(1, 60):
        torque = running.tick(q_ref=0.5)
        assert torque[0] == pytest.approx(2.0 * 0.5 * (1.0 - 0.9**tick) / (1.0 - 0.9))
        assert running.memory[0] == torque[0]


def test_each_memory_keeps_its_own_place_beside_others(chain):
    running = Running(IntegralAssistance(forgetting=1.0, gain=1.0) + Counter(), chain)
    for _ in range(10):
        running.tick(q_ref=[0.1, -0.2])
    np.testing.assert_allclose(running.memory, [1.0, -2.0, 10.0, 10.0, 20.0, 20.0])


@pytest.mark.parametrize("nonsense", [np.nan, np.inf, -np.inf])
def test_one_broken_measurement_is_not_remembered_for_ever(knee, nonsense):
    running = Running(IntegralAssistance(forgetting=0.9, gain=2.0), knee)
    for _ in range(10):
        running.tick(q_ref=0.5)
    remembered = running.memory.copy()
    assert not np.isfinite(running.tick(q=nonsense)).any()  # the guard sees that, and lets none of it through
    np.testing.assert_array_equal(running.memory, remembered)
    assert running.tick(q=0.0)[0] == pytest.approx(0.9 * remembered[0] + 1.0)


def test_a_memory_that_was_not_declared_is_refused(knee):
    class Forgetful(IntegralAssistance):
        def step(self, robot, x, reference, memory, dt):
            return x.q, memory.next(assistence=x.q)

    with pytest.raises(AttributeError, match="assistence"):
        compile_law(Forgetful(forgetting=0.9, gain=2.0), knee, DT)


def test_a_law_is_named_after_its_class_and_inherits_what_it_declares():
    class TremorFilter(IntegralAssistance):
        cut_off = Parameter("1", at_least=0.0, at_most=1.0)

    assert TremorFilter.name == "tremor-filter"
    assert list(TremorFilter.parameters()) == ["forgetting", "gain", "cut_off"]
    assert [memory.name for memory in TremorFilter.memories()] == ["assistance"]


def test_compiling_leaves_the_law_as_it_was(knee):
    law = JointImpedance(stiffness=60, damping=3)
    first = compile_law(law, knee, DT).compiled.sha256
    assert law.values == {"stiffness": 60, "damping": 3}
    assert compile_law(law, knee, DT).compiled.sha256 == first


def test_the_code_does_not_hold_the_parameters_values(knee):
    """So that a therapist may change them, and one proof covers every patient."""
    soft, stiff = (compile_law(JointImpedance(stiffness=k, damping=3), knee, DT) for k in (20, 80))
    assert soft.compiled.sha256 == stiff.compiled.sha256
    assert soft.initial != stiff.initial


def test_a_parameter_changed_in_the_row_changes_the_torque_without_a_rebuild(controller, person):
    row = controller.row(person)
    law, _ = controller.stages(row)
    row.q_ref[:], row.q[:] = 0.5, 0.4
    place = [column.title for column in controller.law.parameters].index("joint_impedance_stiffness_knee_Nm_rad")
    for stiffness in (120.0, 60.0, 80.0):
        row.parameters[place] = stiffness
        law()
        assert row.tau_law[0] == pytest.approx(stiffness * 0.1)


def test_the_rows_columns_are_all_different_and_named_with_units(exercise, controller):
    law = JointImpedance(stiffness=60, damping=3) + IntegralAssistance(forgetting=0.9, gain=1.0)
    layout = build_controller(exercise.plan, exercise.robot, law, controller.motion).layout
    assert len(set(layout.columns)) == layout.size
    assert "knee_q_rad" in layout.columns
    assert "integral_assistance_assistance_knee_before_Nm" in layout.columns
    assert "integral_assistance_assistance_knee_after_Nm" in layout.columns
    ends = [(part.start, part.stop) for part in layout.slices.values()]
    assert all(one[1] == following[0] for one, following in pairwise(ends))
    assert (ends[0][0], ends[-1][1]) == (0, layout.size)
