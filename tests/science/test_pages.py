"""The pages on published findings: what is committed is what the code gives."""

import inspect
import re

import pytest

from docs.science import NAMES
from docs.science.measuring import measured, write
from docs.science.page import FOLDER, Measured, page_named, row_of, shown


def committed(name):
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def lines_of(name):
    return committed(name).splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_the_first_case_measured_anew_gives_the_row_that_the_page_shows(name):
    page = page_named(name)
    assert row_of(page.CASES[0], page.measure(page.CASES[0])) in lines_of(name)


@pytest.mark.sweep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", NAMES)
def test_the_whole_page_measured_anew_is_the_one_that_is_committed(name, tmp_path):
    write(name, measured(name), tmp_path)
    assert (tmp_path / f"{name}.md").read_text(encoding="utf-8") == committed(name)
    assert (tmp_path / f"{name}.svg").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_its_protocol_its_criteria_and_what_to_think_of_it(name):
    page, text = page_named(name), committed(name)
    protocol = inspect.cleandoc(page.__doc__).partition("\n")[2].strip()
    assert protocol in text
    assert {"## Question", "## Protocol"} <= set(protocol.splitlines())
    assert "It comes out" in protocol
    assert page.DISCUSSION.strip()
    assert page.DISCUSSION.strip() in text
    assert (FOLDER / f"{name}.svg").stat().st_size > 1000
    rows = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines()]
    assert [rows.count(case) for case in page.CASES] == [1] * len(page.CASES)


def test_the_index_has_every_page():
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[(\w+)\]\((?:\1)\.md\)", index, re.MULTILINE) == list(NAMES)


def test_a_figure_is_printed_with_three_digits_and_never_by_powers_of_ten():
    assert [shown(value) for value in (12345.0, 0.00012344, -3.14159, 0.0, float("nan"))] == [
        "12300",
        "0.000123",
        "-3.14",
        "0",
        "–",
    ]
    assert row_of("one", Measured({"a (N)": 1.0, "b (1)": 0.5})) == "| one | 1 | 0.5 |"
