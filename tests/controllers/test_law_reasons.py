"""Every law refuses what is past its bounds, and says why they are there."""

import math
import re
from pathlib import Path

import pytest

from careloop.messages import explain, read_catalogue
from controllers import LAWS
from robot.controller import compile_law
from robot.errors import PlanError
from tests.controllers.law_bench import DT, knee

PARAMETERS = [(law, name) for law in LAWS.values() for name in law.parameters()]


def of_the_middle(law):
    """A law with every parameter half-way between its bounds."""
    return {name: 0.5 * (one.at_least + one.at_most) for name, one in law.parameters().items()}


@pytest.mark.parametrize(("law", "name"), PARAMETERS, ids=lambda one: getattr(one, "name", one))
def test_a_parameter_past_a_bound_is_refused_with_the_bound_and_its_reason(law, name):
    parameter, robot = law.parameters()[name], knee()
    past = (math.nextafter(parameter.at_least, -math.inf), math.nextafter(parameter.at_most, math.inf))
    for bad in (*past, math.nan, math.inf, -math.inf):
        with pytest.raises(PlanError) as refused:
            compile_law(law(**{**of_the_middle(law), name: bad}), robot, DT)
        values = refused.value.values
        assert (refused.value.code, values["field"]) == ("out-of-bounds", f"{law.name}.{name}")
        assert (values["low"], values["high"]) == (parameter.at_least, parameter.at_most)
        for language in ("en", "zh"):
            assert explain(refused.value, language).endswith(f" ({read_catalogue(language)[parameter.why]})")


@pytest.mark.parametrize(("law", "name"), PARAMETERS, ids=lambda one: getattr(one, "name", one))
def test_a_parameter_for_the_wrong_joints_is_refused(law, name):
    with pytest.raises(PlanError) as refused:
        compile_law(law(**{**of_the_middle(law), name: {"hip": 0.1, "knee": 0.1}}), knee(), DT)
    assert refused.value.code == "joints-not-matched"


def test_the_reason_stands_in_the_line_that_a_person_reads():
    with pytest.raises(PlanError) as refused:
        LAWS["friction-compensation"].parameters()["share"].checked(0.9, ("knee",), "law.friction-compensation.share")
    assert explain(refused.value) == (
        "law.friction-compensation.share: 0.9 is outside 0 to 0.8: choose a value within "
        "(friction is known to a fifth, and more of it than there is would drive the joint by itself)"
    )


def test_the_page_on_laws_lists_every_law_with_its_parameters():
    page = (Path(__file__).parents[2] / "docs" / "laws.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*?) \|", page, re.MULTILINE)
    assert {name: set(re.findall(r"`(\w+)`", cell)) for name, cell in rows if name in LAWS} == {
        name: set(law.parameters()) for name, law in LAWS.items()
    }
