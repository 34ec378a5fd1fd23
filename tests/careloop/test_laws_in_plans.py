"""Every law that a plan can name: what plan check says of it, and how it refuses what its bounds do not allow.

Laws are taken from `LAWS`, so a new one is held to the same.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from careloop.__main__ import main
from careloop.build import Exercise, load_exercise, shipped_plans
from careloop.messages import explain, read_catalogue
from careloop.proving.feasibility import check_feasible
from careloop.proving.law_needs import law_needs
from careloop.proving.passivity import PassivityMargin, passivity_margins
from controllers import LAWS
from robot.errors import PlanError
from robot.law import Law

WALKING = yaml.safe_load(shipped_plans()["knee-walking"].read_text())
PARAMETERS = [(law, name) for law in LAWS.values() for name in law.parameters()]
DT = 0.002


def low_in(law: type[Law], share: float = 0.1) -> dict[str, float]:
    """A law with every parameter a share of its span above its lower bound."""
    return {name: one.at_least + share * (one.at_most - one.at_least) for name, one in law.parameters().items()}


def written(folder: Path, *law: Mapping[str, Mapping[str, Any]], **changes: Any) -> Path:
    """The shipped plan with another law and nothing adjustable, in short brisk cycles."""
    path = folder / "mine.yaml"
    motion = {**WALKING["motion"], "speed": 1.0, "range_deg": {"knee": [35, 50]}}
    path.write_text(yaml.safe_dump({**WALKING, "motion": motion, "adjustable": {}, "law": list(law), **changes}))
    return path


@pytest.mark.parametrize(("law", "name"), PARAMETERS, ids=lambda one: getattr(one, "name", one))
def test_a_parameter_that_cannot_be_is_refused_at_plan_check_with_its_bounds_and_why(
    law: type[Law], name: str, tmp_path: Path
) -> None:
    one, field = law.parameters()[name], f"law.{law.name}.{name}"
    for bad in (math.nextafter(one.at_least, -math.inf), math.nan):
        with pytest.raises(PlanError) as refused:
            load_exercise(written(tmp_path, {law.name: {**low_in(law), name: bad}}))
        line = explain(refused.value)
        assert line.startswith(f"mine.yaml: {field}: ")
        assert f"outside {one.at_least:.4g} to {one.at_most:.4g}" in line
        assert line.endswith(f"({read_catalogue('en')[one.why]})")
        assert f"{one.at_most:.4g} 1:" not in line


@pytest.mark.parametrize("law", LAWS.values(), ids=lambda law: law.name)
def test_a_law_refuses_joints_and_names_that_there_are_not(law: type[Law], tmp_path: Path) -> None:
    name = next(iter(law.parameters()))
    refusals = {
        "joints-not-matched": {name: {"hip": 0.1, "knee": 0.1}},
        "field-unknown": {"no-such": 1.0},
        "field-not-allowed": {name: "much"},
    }
    for code, given in refusals.items():
        with pytest.raises(PlanError) as refused:
            load_exercise(written(tmp_path, {law.name: {**low_in(law), **given}}))
        assert refused.value.code == code
        assert refused.value.values["file"] == "mine.yaml"
    missing = {one: value for one, value in low_in(law).items() if one != name}
    with pytest.raises(PlanError) as refused:
        load_exercise(written(tmp_path, {law.name: missing}))
    assert (refused.value.code, refused.value.values["field"]) == ("field-missing", f"{law.name}.{name}")


@pytest.mark.parametrize("law", LAWS.values(), ids=lambda law: law.name)
def test_an_adjustable_range_past_a_bound_is_refused_with_the_bound_and_why(law: type[Law], tmp_path: Path) -> None:
    name, one = next(iter(law.parameters().items()))
    too_wide = {f"{law.name}.{name}": [one.at_least, 1.1 * one.at_most]}
    with pytest.raises(PlanError) as refused:
        load_exercise(written(tmp_path, {law.name: low_in(law)}, adjustable=too_wide))
    assert (refused.value.code, refused.value.values["high"]) == ("out-of-bounds", one.at_most)
    assert explain(refused.value).endswith(f"({read_catalogue('en')[one.why]})")


def test_an_unknown_law_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as refused:
        load_exercise(written(tmp_path, {"spring": {"stiffness": 1}}))
    assert all(name in explain(refused.value) for name in LAWS)


@pytest.mark.parametrize("law", LAWS.values(), ids=lambda law: law.name)
def test_plan_check_says_of_every_law_what_it_asks_for_and_how_passive_it_is(law: type[Law], tmp_path: Path) -> None:
    exercise = load_exercise(written(tmp_path, {law.name: low_in(law)}))
    try:
        needs = law_needs(exercise)
    except PlanError as refused:  # as a spring about an angle far away
        assert refused.code == "law-too-strong"
    else:
        (knee,) = needs.joints
        assert 0.0 <= knee.nearest.share <= 1.0
        assert math.isfinite(knee.peak_torque)
        assert knee.peak_power >= 0.0
        assert needs.remembers == ((law.name,) if law.memories() else ())
    for margin in passivity_margins(exercise):
        assert 0.0 < margin.needed < math.inf
        assert margin.largest_stiffness == pytest.approx(400.0)  # 2 · 1.2 N·m·s/rad over three periods


def test_what_follows_no_reference_is_said_to_leave_the_motion_to_the_person(tmp_path: Path) -> None:
    alone = {
        name
        for name in (
            "gravity-compensation",
            "transparent-mode",
            "viscous-resistance",
            "joint-impedance",
            "feed-forward",
        )
        if not law_needs(load_exercise(written(tmp_path, {name: low_in(LAWS[name])}))).leads
    }
    assert alone == {"gravity-compensation", "transparent-mode", "viscous-resistance"}


def needs_of(folder: Path, name: str, **values: float) -> Any:
    return law_needs(load_exercise(written(folder, {name: values}))).joints[0]


def test_a_resistance_asks_for_its_closed_form_and_gives_no_power(tmp_path: Path) -> None:
    exercise = load_exercise(written(tmp_path, {"viscous-resistance": {"damping": 2.0}}))
    speed = math.radians(exercise_peak_deg_s(exercise))
    viscous = needs_of(tmp_path, "viscous-resistance", damping=2.0)
    assert viscous.peak_torque == pytest.approx(2.0 * speed, rel=1e-3)
    assert viscous.peak_power == 0.0
    isotonic = needs_of(tmp_path, "isotonic-resistance", resistance=5.0)
    assert isotonic.peak_torque == pytest.approx(5.0 * math.tanh(speed / 0.25), rel=1e-6)
    assert isotonic.peak_power == 0.0


def exercise_peak_deg_s(exercise: Exercise) -> float:
    cycle = exercise.cycle
    slopes = [abs(cycle.curve.at(place / 4096)[1][0]) for place in range(4096)]
    return math.degrees(max(slopes)) / cycle.lasts_s


def test_filtered_acceleration_has_settled_where_it_is_looked_at(tmp_path: Path) -> None:
    law = {"transparent-mode": {"friction_share": 0.0, "inertia_share": 0.5}}
    exercise = load_exercise(written(tmp_path, law))
    gravity = needs_of(tmp_path, "gravity-compensation", limb_share=0.0).peak_torque
    bends = [abs(exercise.cycle.curve.at(place / 4096)[2][0]) for place in range(4096)]
    acceleration = max(bends) / exercise.cycle.lasts_s**2
    inertia = 0.9 + 1.8 * (0.30**2 / 3 + 0.015**2 / 4)
    assert law_needs(exercise).joints[0].peak_torque <= gravity + 0.5 * inertia * acceleration


def test_an_adjustable_gain_is_looked_at_up_to_its_end(tmp_path: Path) -> None:
    law = {"viscous-resistance": {"damping": 1.0}}
    own = law_needs(load_exercise(written(tmp_path, law))).joints[0]
    wide = {"viscous-resistance.damping": [0.5, 3.0]}
    adjustable = load_exercise(written(tmp_path, law, adjustable=wide))
    assert law_needs(adjustable).joints[0].peak_torque == pytest.approx(3.0 * own.peak_torque)
    (margin,) = passivity_margins(adjustable)
    assert margin.damping == pytest.approx(3.0)


def test_a_law_that_asks_for_more_than_the_plan_allows_is_refused_and_so_is_one_that_gives_no_number(
    tmp_path: Path, monkeypatch: Any
) -> None:
    limits = {**WALKING["limits"], "knee": {**WALKING["limits"]["knee"], "torque": 4.0}}
    stop = {**WALKING["stop"], "spasm": {**WALKING["stop"]["spasm"], "torque": 3.0}}  # it must be reached first
    strong = written(tmp_path, {"isotonic-resistance": {"resistance": 5.0}}, limits=limits, stop=stop)
    with pytest.raises(PlanError) as refused:
        law_needs(load_exercise(strong))
    assert (refused.value.code, refused.value.values["field"]) == ("law-too-strong", "limits.knee")
    assert refused.value.values["allowed"] == 4.0 < refused.value.values["torque"]

    class Broken(Law):
        """Divides by the error."""

        def torque(self, robot: Any, x: Any, reference: Any) -> Any:
            """No number where nobody errs."""
            return 1.0 / (reference.q - x.q)

    monkeypatch.setitem(LAWS, "broken", Broken)
    with pytest.raises(PlanError) as refused:
        law_needs(load_exercise(written(tmp_path, {"broken": {}})))
    assert refused.value.code == "law-not-finite"


def margin_of(folder: Path, name: str, **values: float) -> PassivityMargin:
    (margin,) = passivity_margins(load_exercise(written(folder, {name: values})))
    assert margin.needed == pytest.approx(1.5 * DT * margin.stiffness + margin.damping)
    return margin


@pytest.mark.parametrize(
    ("name", "values", "stiffness", "damping"),
    [
        ("joint-impedance", {"stiffness": 100, "damping": 3}, 100.0, 3.0),
        (
            "phase-impedance",
            {"stiffness_0": 80, "stiffness_25": 110, "stiffness_50": 90, "stiffness_75": 50, "damping": 3},
            110.0,
            3.0,
        ),
        ("path-control", {"stiffness": 100, "damping": 3, "width": 0.35, "window": 0.0, "flow": 0}, 100.0, 3.0),
        ("viscous-resistance", {"damping": 3}, 0.0, 3.0),
        ("elastic-resistance", {"stiffness": 100, "rest": 0.5}, 100.0, 100.0 * DT / 2.0),
    ],
)
def test_what_a_law_renders_is_its_own_derivative(
    name: str, values: dict[str, float], stiffness: float, damping: float, tmp_path: Path
) -> None:
    margin = margin_of(tmp_path, name, **values)
    assert (margin.stiffness, margin.damping) == (pytest.approx(stiffness), pytest.approx(damping))


def test_an_admittance_and_a_link_render_the_stiffness_of_their_loops(tmp_path: Path) -> None:
    loop = {"mass": 2, "damping": 10, "stiffness": 0, "limb_share": 0, "reach": 0.3}
    margin = margin_of(tmp_path, "admittance", **loop, loop_stiffness=100, loop_damping=3)
    assert margin.stiffness == pytest.approx(100.0, rel=0.01)
    link = {"stiffness": 0, "damping": 0, "posture_stiffness": 0, "posture_damping": 0}
    margin = margin_of(tmp_path, "cartesian-impedance", **link, turn_stiffness=50, turn_damping=3)
    assert (margin.stiffness, margin.damping) == (pytest.approx(50.0, rel=1e-3), pytest.approx(3.0, rel=1e-3))


def test_in_words_a_figure_that_does_not_apply_is_said_so(tmp_path: Path, capsys: Any) -> None:
    law = {"gravity-compensation": {"limb_share": 1.0}}
    assert main(["plan", "check", str(written(tmp_path, law, motion=WALKING["motion"]))]) == 0
    told = capsys.readouterr().out
    assert "passivity        does not apply: the law renders neither spring nor damper" in told
    assert "the law does not follow it: the person makes it" in told
    law = {"error-based-assistance": low_in(LAWS["error-based-assistance"])}
    assert main(["plan", "check", str(written(tmp_path, law, motion=WALKING["motion"]))]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "what error-based-assistance gives by its memory comes on top" in told
    assert "the bound does not see what a law remembers" in told and "whatever it touches" not in told


@pytest.mark.sweep
@pytest.mark.parametrize("robot", ["leg-exo", "care-arm"])
def test_robots_of_many_joints_are_told_joint_by_joint(robot: str, tmp_path: Path) -> None:
    from robot.description import load_robot

    described = load_robot(robot)
    middle = {name: 0.5 * sum(one.range_deg) for name, one in described.joints.items()}
    pace = {"velocity_deg_s": 20, "acceleration_deg_s2": 60, "jerk_deg_s3": 300}
    motion = {
        "via_deg": [middle, {name: angle + 8.0 for name, angle in middle.items()}],
        "pace": {name: dict(pace) for name in middle},
        "speed": 1.0,
        "repetitions": 2,
    }
    joints = {
        name: {"range_deg": list(one.range_deg), "velocity_deg_s": one.velocity_deg_s, "torque": one.torque}
        for name, one in described.joints.items()
    }
    limits = {name: {**one, "torque_rate": 800} for name, one in joints.items()} | {"cuff": {"force": 150}}
    law = [{"joint-impedance": {"stiffness": 60, "damping": 4}}, {"gravity-compensation": {"limb_share": 1.0}}]
    exercise = load_exercise(written(tmp_path, *law, robot=robot, motion=motion, limits=limits))
    names = list(described.joints)
    assert [one.joint for one in check_feasible(exercise).joints] == names
    assert [one.joint for one in law_needs(exercise).joints] == names
    assert [(one.joint, one.stiffness) for one in passivity_margins(exercise)] == [(name, 60.0) for name in names]
    rows = np.array([exercise.cycle.curve.at(place / 64)[0] for place in range(64)])
    for place, name in enumerate(names):
        assert np.degrees(rows[:, place]).max() <= exercise.range_deg[name][1] + 1e-5
