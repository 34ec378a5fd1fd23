"""The virtual mass against its closed form and its energy, and in the loop with a joint."""

import casadi
import numpy as np
import pytest
from casadi import SX
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.admittance import Admittance
from tests.controllers.law_bench import DT, Bench, knee

M, D, K, LOOP_K, LOOP_D, REACH = 2.0, 6.0, 20.0, 300.0, 25.0, 0.9
COULOMB = 4.0


def admittance(robot, dt=DT, **changed):
    values = {"mass": M, "damping": D, "stiffness": K, "loop_stiffness": LOOP_K, "loop_damping": LOOP_D}
    return Bench(Admittance(**{**values, "limb_share": 0.0, "reach": REACH, **changed}), robot, dt)


@pytest.fixture(scope="module")
def law():
    return admittance(knee())


def push(law, own, torque):
    """One tick in which the motor holds the robot's own weight against this push, past the dead band."""
    return law(q=0.5, q_ref=0.5, tau=own - torque - np.sign(torque) * COULOMB)[0]


@pytest.fixture(scope="module")
def own():
    """The motor torque that holds the robot's own weight at the posture of `push`."""
    return weight_of(knee())(0.5)


def weight_of(robot):
    """The robot's own weight in N·m as a function of one joint's angle."""
    q = SX.sym("q")
    weight = casadi.Function("weight", [q], [casadi.densify(robot.gravity(q))])
    return lambda angle: float(weight(angle))


@pytest.mark.parametrize("torque", [5.0, -8.0])
def test_at_a_constant_push_it_moves_as_the_sampled_mass_and_ends_at_push_over_stiffness(law, own, torque):
    """x_k = x_end + Aᵏ (x_0 − x_end) of the backward difference, and within T of the continuous solution."""
    law.forget()
    whole = M + DT * D + DT**2 * K
    step = np.array([[1.0 - DT**2 * K / whole, DT * M / whole], [-DT * K / whole, M / whole]])
    values, vectors = np.linalg.eig(step)
    end = np.array([torque / K, 0.0])
    weights = np.linalg.solve(vectors, -end)
    decay, swing = D / (2.0 * M), np.sqrt(K / M - (D / (2.0 * M)) ** 2)
    course = []
    for _ in range(3000):
        push(law, own, torque)
        course.append(law.memory.copy())
    ticks = np.arange(1, 3001)
    expected = end + ((values ** ticks[:, None] * weights) @ vectors.T).real
    np.testing.assert_allclose(course, expected, atol=1e-8)
    time = ticks * DT
    there = end[0] * (1.0 - np.exp(-decay * time) * (np.cos(swing * time) + decay / swing * np.sin(swing * time)))
    np.testing.assert_allclose(np.array(course)[:, 0], there, atol=2.0 * DT * abs(end[0]))
    assert law.memory[0] == pytest.approx(torque / K, rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(pushes=st.lists(st.floats(-60.0, 60.0), min_size=1, max_size=200), reach=st.floats(0.05, 1.0))
def test_the_virtual_mass_never_holds_more_than_it_was_given(law, own, pushes, reach):
    """½ M ẏ² + ½ K y² grows by at most T τ ẏ in every tick, also at the end of its reach."""
    law.forget()
    place = [column.title for column in law.law.parameters].index("admittance_reach_knee_rad")
    law.parameters[place] = reach
    held = 0.0
    for torque in pushes:
        push(law, own, torque)
        now = 0.5 * M * law.memory[1] ** 2 + 0.5 * K * law.memory[0] ** 2
        assert now - held <= DT * torque * law.memory[1] + 1e-9
        assert abs(law.memory[0]) <= reach + 1e-12
        held = now
    law.parameters[place] = REACH


def test_within_the_drives_coulomb_friction_nobody_pushes(law, own):
    law.forget()
    for share in (-0.99, 0.0, 0.99):
        law(q=0.5, q_ref=0.5, tau=own + share * COULOMB)
        assert not law.memory.any()


def test_the_position_loop_follows_the_offset(law, own):
    law.forget()
    push(law, own, 10.0)
    torque = law(q=0.45, dq=0.2, q_ref=0.5, dq_ref=0.1, tau=own)[0]
    offset, velocity = law.memory
    expected = LOOP_K * (0.5 + offset - 0.45) + LOOP_D * (0.1 + velocity - 0.2)
    assert torque == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("inertia", [0.3, 0.9, 2.0])
@pytest.mark.parametrize("mass", [1.0, 3.0])
def test_in_the_loop_with_a_joint_a_push_yields_by_stiffness_and_settles(mass, inertia):
    """The shipped robot's drive without weight, for a light and a heavy joint; the motor's torque is read back."""
    law, push_, q, dq, tau, course = admittance(knee(), mass=mass), 10.0, 0.5, 0.0, 0.0, []
    weight = weight_of(knee())
    for _ in range(5000):
        tau = law(q=q, dq=dq, tau=tau + weight(q), q_ref=0.5)[0]
        dq += DT * (tau + push_ - 4.0 * np.tanh(dq / 0.02) - 1.2 * dq) / inertia
        q += DT * dq
        course.append(q)
    assert course[-1] == pytest.approx(0.5 + (push_ - COULOMB) / K + push_ / LOOP_K, abs=1e-4)
    assert np.ptp(course[-1000:]) < 1e-3
