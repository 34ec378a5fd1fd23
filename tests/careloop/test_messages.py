"""Every code that is raised anywhere has a sentence, and every sentence finds its values."""

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from careloop.commands.patient_fields import ASKED
from careloop.day.preflight import ITEMS, VITALS
from careloop.messages import catalogue, explain, read_catalogue
from patient_vision.boards import SEGMENTS
from robot.errors import CareloopError, PlanError
from robot.guard import Flag
from robot.runtime.session_state import State
from robot.vision import Fault
from session_records.people.afterwards import REASONS, SEVERITIES
from session_records.people.fields import AFFECTED

ROOT = Path(__file__).parents[2]
ROOMS = ("robot", "controllers", "sim_models", "hardware", "patient_vision", "session_records", "careloop")
FROM_NUMBERS = {str(flag.name).lower().replace("_", "-") for flag in Flag} | {
    f"state-{state.name.lower()}" for state in State
}
FROM_NAMES = {
    *(f"side-{side}" for side in AFFECTED),
    *(f"adverse-{severity}" for severity in SEVERITIES),
    *(f"page-{value}-toward" for value in ("assistance", "speed")),
    *(f"field-{field}".replace("_", "-") for field in (*ASKED, "range")),
    *(f"ask-{field}".replace("_", "-") for field in ASKED),
    *(f"sheet-{segment}" for segment in SEGMENTS),
    *(f"because-{reason}" for reason in REASONS),
    *(f"check-{item}" for item in ITEMS),
    *(f"sight-{fault.name}".lower().replace("_", "-") for fault in Fault),
    *(f"ask-{vital.name}" for vital in VITALS),
    *(f"ended-{end}" for end in ("stopped", "fault", "refused", "interrupted")),
}
LANGUAGES = ("en", "zh")


@cache
def trees() -> dict[Path, ast.Module]:
    """Every file of the product, read once and by the tests alone: each worker collects them all."""
    return {path: ast.parse(path.read_text()) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))}


@dataclass(frozen=True)
class Site:
    """A place where an error is made: its code and the names of its values, None where they cannot be told."""

    place: str
    code: str
    values: frozenset[str] | None


def error_classes() -> set[str]:
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"CareloopError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def literals(node: ast.expr) -> list[str]:
    """The texts that an expression may be, as far as they stand in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return [text for part in (node.body, node.orelse) for text in literals(part)] if isinstance(node, ast.IfExp) else []


def given_values(call: ast.Call, function: ast.AST) -> frozenset[str] | None:
    """The names of a call's values; a `**name` counts where `name` is a dict written out in the same function."""
    names = {keyword.arg for keyword in call.keywords if keyword.arg}
    written = {
        target.id: {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    names |= {
        str(key.value)
        for argument in call.args[1:]
        if isinstance(argument, ast.Dict)
        for key in argument.keys
        if isinstance(key, ast.Constant)
    }
    for spread in (keyword.value for keyword in call.keywords if keyword.arg is None):
        if not isinstance(spread, ast.Name) or spread.id not in written:
            return None
        names |= written[spread.id]
    return frozenset(names)


@cache
def sites() -> tuple[Site, ...]:
    return tuple(_sites())


def _sites() -> Iterator[Site]:
    makers = error_classes() | {"Notice", "error"}  # robot.files takes the class as `error`
    for path, tree in trees().items():
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            for call in [node for node in ast.walk(function) if isinstance(node, ast.Call) and node.args]:
                if not isinstance(call.func, ast.Name) or call.func.id not in makers:
                    continue
                place, code = f"{path.relative_to(ROOT)}:{call.lineno}", call.args[0]
                for text in literals(code) or passed_codes(tree, function, code):
                    yield Site(place, text, given_values(call, function))


def passed_codes(tree: ast.Module, function: ast.FunctionDef, code: ast.expr) -> list[str]:
    """The codes with which a helper is called that takes one as an argument."""
    parameters = [argument.arg for argument in function.args.args if argument.arg != "self"]
    if not isinstance(code, ast.Name) or code.id not in parameters:
        return []
    place = parameters.index(code.id)
    return [
        text
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and len(call.args) > place
        if getattr(call.func, "attr", getattr(call.func, "id", "")) == function.name
        for text in literals(call.args[place])
    ]


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_the_tree_is_read() -> None:
    assert {"file-unreadable", "port-busy", "journal-not-synced", "too-fast", "cores-not-there"} <= {
        site.code for site in sites()
    }


def test_every_code_that_is_raised_has_a_sentence() -> None:
    assert {f"{site.code} ({site.place})" for site in sites() if site.code not in catalogue("en")} == set()


def test_every_reason_for_a_stop_has_a_sentence() -> None:
    tree = trees()[ROOT / "robot" / "runtime" / "session.py"]
    stops = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) > 1]
    reasons = {text for call in stops if getattr(call.func, "attr", "") == "stop" for text in literals(call.args[1])}
    assert "bus-silent" in reasons
    assert (reasons | FROM_NUMBERS) - set(catalogue("en")) == set()


def test_every_stop_that_is_asked_for_elsewhere_has_a_sentence() -> None:
    pairs = [node.elts for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Tuple)]
    asked = {
        text
        for pair in pairs
        if len(pair) == 2 and isinstance(pair[0], ast.Attribute) and getattr(pair[0].value, "id", "") == "Severity"
        for text in literals(pair[1])
        if text
    }
    assert "supervisor-gone" in asked
    assert asked - set(catalogue("en")) == set()


def test_every_sentence_has_somebody_who_says_it() -> None:
    texts = {node.value for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    pages = "".join(page.read_text() for page in (ROOT / "careloop").rglob("*.html"))
    texts |= set(re.findall(r'words\("([a-z-]+)"\)', pages))
    named = {code for code in catalogue("en") if code.startswith("joint-")}  # a robot's description has the joints
    assert set(catalogue("en")) - texts - FROM_NUMBERS - FROM_NAMES - named == set()


def test_a_sentence_finds_its_values() -> None:
    told = [site for site in sites() if site.values is not None]
    assert len(told) > 100
    lacking = {site: placeholders(catalogue("en").get(site.code, "")) - (site.values or set()) for site in told}
    assert {f"{site.code} ({site.place}): {sorted(names)}" for site, names in lacking.items() if names} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_spans_lines_or_ends_as_one(language: str) -> None:
    for code, sentence in read_catalogue(language).items():
        assert "\n" not in sentence, code
        assert not sentence.endswith((".", "。")), code


def test_every_sentence_is_translated() -> None:
    english, chinese = read_catalogue("en"), read_catalogue("zh")
    assert set(english) - set(chinese) == set()
    assert set(chinese) - set(english) == set()


def test_a_translation_finds_the_same_values() -> None:
    english, chinese = read_catalogue("en"), read_catalogue("zh")
    both = set(english) & set(chinese) - {
        "mistyped"
    }  # Typer's own words are English: there the Chinese names the place
    assert {code for code in both if placeholders(english[code]) != placeholders(chinese[code])} == set()


def test_chinese_is_written_in_chinese() -> None:
    """Letters stand only for what is typed or named: commands, options, fields, units, places in the sentence."""
    for code, sentence in read_catalogue("zh").items():
        letters = re.sub(r"\{\w+\}", "", sentence)
        assert code == "ask-pin" or not re.search("[A-Za-z]", letters) or re.search("[\u4e00-\u9fff]", letters), code


def test_an_error_names_file_and_field_before_what_is_allowed() -> None:
    error = PlanError("above-limit", file="a.yaml", field="limits.knee", given=140, owner="knee-exo", at_most=120.0)
    assert explain(error) == "a.yaml: limits.knee: 140 is past knee-exo's 120; choose at most 120"


def test_an_error_without_a_place_is_only_its_sentence() -> None:
    assert explain(CareloopError("file-not-text")) == "it is not UTF-8 text: give a YAML file"


def test_words_of_the_validator_become_those_of_the_file() -> None:
    error = PlanError("field-not-allowed", field="x", given="3", allowed="Input should be a valid tuple")
    assert explain(error) == "x: 3 is not allowed: input should be a list"
