"""The sampled-wall bound of a plan's impedance."""

from pathlib import Path

import pytest

from careloop.build import load_exercise
from careloop.proving.passivity import passivity_margins
from controllers.joint_impedance import passive_damping
from tests.careloop.sessions import write_plan


def test_the_published_example_comes_out() -> None:
    # K = 60 N·m/rad, D = 3 N·m·s/rad at 2 ms ask for 3.06 N·m·s/rad of physical damping.
    assert passive_damping(60.0, 3.0, 0.002, 0.0) == pytest.approx(3.06)
    # 0.2 N·m·s/rad carry a spring without damper of at most 200 N·m/rad at 2 ms.
    assert passive_damping(200.0, 0.0, 0.002, 0.0) == pytest.approx(0.2)


def energy_made(stiffness: float, physical: float, period: float, late: int) -> float:
    """Energy in J that a held (zero-order) spring has given after one slow press of a wall and its release."""
    steps, given, waiting = 200, 0.0, [0.0] * late
    speed, depth = 0.01, 0.0
    for step in range(2 * steps * 10):
        if step % 10 == 0:
            waiting.append(stiffness * depth)
            held = waiting.pop(0)
        way = (speed if step < steps * 10 else -speed) * period / 10
        given += -held * way - physical * abs(way / (period / 10)) * abs(way)
        depth += way
    return given


@pytest.mark.parametrize("late", [0, 1, 3])
def test_beyond_the_bound_a_sampled_wall_makes_energy_and_within_it_does_not(late: int) -> None:
    period = 0.002
    stiffness = 200.0
    bound = passive_damping(stiffness, 0.0, period, late * period)
    assert energy_made(stiffness, 0.9 * bound, period, late) > 0.0
    assert energy_made(stiffness, 1.1 * bound, period, late) < 0.0


def test_the_margin_is_taken_at_the_stiffest_corner(tmp_path: Path) -> None:
    (knee,) = passivity_margins(load_exercise("knee-walking"))
    assert (knee.stiffness, knee.damping) == (160.0, 8.0)
    assert knee.margin == pytest.approx(1.2 - (160.0 * 3.0 * 0.002 / 2.0 + 8.0))  # one cycle late
    soft = write_plan(
        tmp_path / "soft.yaml",
        {"stiffness: 120, damping: 8": "stiffness: 30, damping: 0.5", "stiffness: [60, 160]": "stiffness: [20, 40]"},
    )
    (knee,) = passivity_margins(load_exercise(soft))
    assert knee.margin > 0.0


def test_the_most_assistance_that_there_may_be_scales_the_spring_and_the_damper(tmp_path: Path) -> None:
    half = write_plan(
        tmp_path / "half.yaml",
        {"assistance: [0.8, 1.0]": "assistance: [0.3, 0.5]", "adjustable:": "assistance: 0.4\nadjustable:"},
    )
    (knee,) = passivity_margins(load_exercise(half))
    assert (knee.stiffness, knee.damping) == (80.0, 4.0)


def test_a_plan_without_an_impedance_has_no_margin(tmp_path: Path) -> None:
    text = write_plan(tmp_path / "plan.yaml", {}).read_text()
    lines = [line for line in text.splitlines() if "joint-impedance" not in line]
    plan = tmp_path / "none.yaml"
    plan.write_text("\n".join(lines))
    assert passivity_margins(load_exercise(plan)) == ()
