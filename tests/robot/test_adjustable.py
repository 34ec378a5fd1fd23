"""What may be adjusted: named in a plan, found in the row, set at the start; and what is refused."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careloop.build import Exercise, load_exercise, make_law, shipped_plans
from robot.adjustable import adjustable_corners, adjustables, adjusted, check_adjustable
from robot.errors import PlanError
from robot.law import COMMON, parameter_columns
from robot.plan import Plan

EVERYTHING = {
    "assistance": (0.5, 1.0),
    "joint-impedance.stiffness": (60.0, 160.0),
    "joint-impedance.damping": (4.0, 12.0),
    "gravity-compensation.limb_share": (0.5, 1.0),
    "feed-forward.inertia_share": (0.0, 1.0),
    "motion.speed": (0.2, 0.35),
    "motion.range_deg.knee.low": (15.0, 30.0),
    "motion.range_deg.knee.high": (50.0, 80.0),
}


def plan_with(adjustable, **changes):
    content = load_exercise("knee-walking").plan.model_dump()
    return Plan.model_validate({**content, **changes, "adjustable": adjustable})


def refused(plan):
    with pytest.raises(PlanError) as caught:
        check_adjustable(plan, make_law(plan))
    return caught.value


@pytest.fixture(scope="module")
def everything():
    plan = plan_with(EVERYTHING)
    check_adjustable(plan, make_law(plan))
    return plan


def test_every_adjustable_tells_its_place_among_the_parameters_and_the_plans_own_value(everything):
    law = make_law(everything)
    columns = parameter_columns(law, ("knee",))
    found = adjustables(everything, law, ("knee",))
    assert [one.name for one in found] == list(EVERYTHING)
    assert [(one.low, one.high) for one in found] == list(EVERYTHING.values())
    assert [one.value for one in found] == [1.0, 120.0, 8.0, 1.0, 1.0, 0.3, 20.0, 65.0]
    for one in found:
        titles = [columns[index].name for index in one.columns]
        expected = (
            []
            if one.name.startswith("motion.")
            else ["assistance"]
            if one.name == "assistance"
            else [f"{one.name}.knee"]
        )
        assert titles == expected
    assert all(0.0 < one.slew < inf for one in found)


def test_an_adjustable_parameter_has_a_column_for_each_joint(everything):
    found = adjustables(everything, make_law(everything), ("hip", "knee"))
    assert found[0].columns == (COMMON.index(next(one for one in COMMON if one.name == "assistance")),)
    assert found[1].columns == (3, 4)
    assert found[2].columns == (5, 6)


def test_the_row_starts_with_what_the_plan_says(everything, person):
    exercise = Exercise("mine.yaml", everything, load_exercise("knee-walking").robot, make_law(everything))
    changes = {name: low for name, (low, _) in EVERYTHING.items()}
    controller = exercise.controller(changes)
    row = controller.row(person)
    for one in controller.adjustables:
        assert one.value == changes[one.name]
        assert [row.parameters[index] for index in one.columns] == [one.value] * len(one.columns)
    assert tuple(row.parameters[:3]) == (person.height_m, person.mass_kg, 0.5)


@given(data=st.data())
def test_an_adjusted_plan_differs_in_that_value_alone_and_can_be_adjusted_back(data):
    plan = plan_with(EVERYTHING)
    name = data.draw(st.sampled_from(list(EVERYTHING)))
    value = data.draw(st.floats(*EVERYTHING[name]))
    changed = adjusted(plan, {name: value})
    own = {one.name: one.value for one in adjustables(plan, make_law(plan), ("knee",))}
    for one in adjustables(changed, make_law(changed), ("knee",)):
        assert one.value == (value if one.name == name else own[one.name])
    assert adjusted(changed, {name: own[name]}) == plan


@pytest.mark.parametrize("value", [nan, inf, -inf, 0.49, 1.01])
def test_a_value_outside_its_range_is_refused(everything, value):
    with pytest.raises(PlanError) as caught:
        adjusted(everything, {"assistance": value})
    assert (caught.value.code, caught.value.values["field"]) == ("outside-adjustable", "assistance")


def test_what_the_plan_does_not_list_is_refused_with_what_it_does(everything):
    with pytest.raises(PlanError) as caught:
        adjusted(everything, {"feed-forward.friction_share": 0.5})
    assert (caught.value.code, caught.value.values["known"]) == ("not-adjustable", ", ".join(EVERYTHING))


@pytest.mark.parametrize(
    ("adjustable", "code", "field"),
    [
        ({"assistance": (0.5, 1.1)}, "out-of-bounds", "adjustable.assistance"),
        ({"assistance": (0.2, 0.9)}, "outside-adjustable", "adjustable.assistance"),
        ({"assistence": (0.2, 1.0)}, "field-unknown", "adjustable.assistence"),
        ({"motion.range_deg.knee.low": (5.0, 30.0)}, "out-of-bounds", "adjustable.motion.range_deg.knee.low"),
        ({"motion.range_deg.knee.high": (50.0, 96.0)}, "out-of-bounds", "adjustable.motion.range_deg.knee.high"),
        ({"motion.range_deg.knee.high": (66.0, 80.0)}, "outside-adjustable", "adjustable.motion.range_deg.knee.high"),
        ({"motion.range_deg.hip.high": (50.0, 80.0)}, "field-unknown", "adjustable.motion.range_deg.hip.high"),
        ({"motion.range_deg.knee": (50.0, 80.0)}, "field-unknown", "adjustable.motion.range_deg.knee"),
        ({"motion.range_deg.knee.low": (15.0, 65.0)}, "range-crossed", "adjustable.motion.range_deg.knee"),
        (
            {"motion.range_deg.knee.low": (15.0, 50.0), "motion.range_deg.knee.high": (50.0, 80.0)},
            "range-crossed",
            "adjustable.motion.range_deg.knee",
        ),
    ],
)
def test_what_cannot_be_adjusted_is_refused_by_name(adjustable, code, field):
    error = refused(plan_with(adjustable))
    assert (error.code, error.values["field"]) == (code, field)


@pytest.mark.parametrize("value", [-0.01, 1.01, nan])
def test_assistance_is_a_share(value):
    with pytest.raises(ValueError, match="assistance"):
        plan_with({}, assistance=value)


def test_a_plan_that_says_nothing_of_assistance_gives_all_of_it():
    text = shipped_plans()["knee-walking"].read_text()
    assert "\nassistance:" not in text
    assert load_exercise("knee-walking").plan.assistance == 1.0


def test_corners_are_every_end_with_every_other_of_the_names_asked_for(everything):
    assert len(adjustable_corners(everything)) == 2 ** len(EVERYTHING)
    corners = adjustable_corners(everything, "motion.range_deg.")
    assert len(corners) == 4
    assert all(set(one) == {"motion.range_deg.knee.low", "motion.range_deg.knee.high"} for one in corners)
    assert adjustable_corners(plan_with({}), "motion.") == [{}]
