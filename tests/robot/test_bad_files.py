"""A file that is no document, or not there, is refused; what is right is read, however it is laid out."""

import pytest
import yaml

from careloop.build import load_exercise
from robot.description import load_robot
from robot.errors import InputError, PlanError, RobotError
from tests.robot.bad_input import PLAN, ROBOT, refused


def whatever_loads(kind):
    return load_exercise if kind is PlanError else load_robot


NOT_FILES = {
    "empty": (b"", "file-not-yaml"),
    "only a comment": (b"# nothing\n", "file-not-yaml"),
    "a list at top level": (b"- careloop: 1\n", "file-not-yaml"),
    "a text at top level": (b"knee\n", "file-not-yaml"),
    "not UTF-8": (b"name: \xff\xfe\n", "file-not-text"),
    "binary": (bytes(range(256)), "file-not-text"),
    "control characters": (b"name: a\x00b\n", "file-not-yaml"),
    "10 MB": (b"# " + b"x" * 10_000_000, "file-too-large"),
    "10 MB of list": (b"a: [" + b"1," * 5_000_000 + b"]", "file-too-large"),
    "an alias": (b"a: &one [1]\nb: *one\n", "file-not-yaml"),
    "a bomb of aliases": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(ord("b"), ord("k"))),
        "file-not-yaml",
    ),
    "an alias of itself": (b"a: &a [*a]\n", "file-not-yaml"),
    "a merge key": (b"base: &base {a: 1}\nb: {<<: *base}\n", "file-not-yaml"),
    "deep lists": (b"a: " + b"[" * 50_000, "file-not-yaml"),
    "deep closed lists": (b"a: " + b"[" * 5_000 + b"]" * 5_000, "file-not-yaml"),
    "deep fields": (b"".join(b" " * depth + b"a:\n" for depth in range(700)), "file-not-yaml"),
    "a Python object": (b"name: !!python/object/apply:os.system ['true']\n", "file-not-yaml"),
    "a Python name": (b"name: !!python/name:os.system\n", "file-not-yaml"),
    "an unknown tag": (b"name: !secret x\n", "file-not-yaml"),
    "two documents": (b"careloop: 1\n---\ncareloop: 1\n", "file-not-yaml"),
    "a field that is no name": (b"1: one\n", "file-not-yaml"),
    "a field that is a list": (b"[a, b]: one\n", "file-not-yaml"),
    "an unclosed list": (b"a: [1, 2\n", "file-not-yaml"),
    "a number of ten thousand digits": (b"careloop: " + b"9" * 10_000, "file-not-yaml"),
    "an impossible date": (b"a: 2026-13-45\n", "file-not-yaml"),
}


@pytest.mark.parametrize("kind", [PlanError, RobotError], ids=["plan", "robot"])
@pytest.mark.parametrize("what", NOT_FILES)
def test_a_file_that_is_no_document_is_refused(tmp_path, what, kind):
    content, code = NOT_FILES[what]
    error = refused(tmp_path, content, whatever_loads(kind))
    assert (type(error), error.code) == (kind, code)


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path):
    for path in (tmp_path / "missing.yaml", tmp_path):
        for load in (load_exercise, load_robot):
            with pytest.raises(InputError) as caught:
                load(path.with_suffix(".yaml"))
            assert caught.value.code == "file-unreadable"


def test_a_name_that_is_not_shipped_lists_what_is():
    with pytest.raises(PlanError) as caught:
        load_exercise("knee-wlaking")
    assert "knee-walking" in caught.value.values["known"]
    with pytest.raises(RobotError) as caught:
        load_robot("kne-exo")
    assert "knee-exo" in caught.value.values["known"]


def test_what_is_right_is_read(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(PLAN)
    assert load_exercise(path).plan == load_exercise("knee-walking").plan
    path.write_text(ROBOT)
    assert load_robot(path) == load_robot("knee-exo")


def test_comments_and_layout_do_not_change_what_a_plan_says(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("# mine\n" + yaml.dump(yaml.safe_load(PLAN), sort_keys=True))
    assert load_exercise(path).plan.content == load_exercise("knee-walking").plan.content
