"""The benchmark of the simulation: rounds of a trial and of bare steps by turns, each timed alone."""

import pytest

from benchmarks import simulation, trials
from careloop.build import PLANS
from careloop.build import load_exercise as loaded


def test_a_trials_rounds_leave_out_the_bare_steps_between_them(monkeypatch):
    """Time goes on by 1 s with each tick, by 10 s with the bare steps of a round, and by nothing else."""
    now = [0.0]
    monkeypatch.setattr(simulation.time, "thread_time", lambda: now[0])

    def bare():
        now[0] += 10.0

    rounds = simulation.Rounds(bare)
    rounds.begin()
    for _ in range(3 * simulation.TICKS):
        now[0] += 1.0
        rounds.after_tick(None)
    assert rounds.trial_s == [simulation.TICKS] * 2  # the first was one of warming up
    assert rounds.bare_s == [10.0] * 3


@pytest.mark.parametrize("scene", simulation.SCENES)
def test_every_scenes_bare_steps_move_it_and_no_other(scene):
    exercise, matrix = loaded(scene.plan), simulation.standard_matrix()
    case = simulation.case_of(exercise.plan, matrix, scene.patient, "nominal", {})
    # A load is made of plan and robot, which the exercise has too: law and guard would take long to compile.
    one, other = (simulation.load_of_case(exercise, case, matrix, simulation.NOMINAL) for _ in range(2))
    bare = simulation._Bare(one)
    moved, stays = one._world.states(), other._world.states()
    bare.step(5)
    assert one._world.states() != moved
    assert other._world.states() == stays
    bare.close()
    other.close()


def test_the_shortened_plan_is_the_shipped_one_with_fewer_repetitions(tmp_path):
    file = tmp_path / "short.yaml"
    file.write_text(trials._shortened((PLANS / f"{trials.PLAN}.yaml").read_text()))
    short, whole = loaded(file).plan, loaded(trials.PLAN).plan
    assert (short.motion.repetitions, whole.motion.repetitions) == (trials.REPETITIONS, 3)
    assert short.model_copy(update={"motion": whole.motion}) == whole
