"""What files that are wrong are made from, and what every refusal of one is."""

import pytest

from careloop.build import shipped_plans
from careloop.messages import explain
from robot.description import shipped_robots
from robot.errors import InputError

PLAN = shipped_plans()["knee-walking"].read_text()
ROBOT = shipped_robots()["knee-exo"].read_text()


def refused(tmp_path, content, load):
    """The error that a file with this content gives; it is one line, and names the file."""
    path = tmp_path / "mine.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        load(path)
    error = caught.value
    assert "mine.yaml" in str(error.values["file"])
    told = explain(error)
    assert "mine.yaml" in told
    assert "\n" not in told
    assert len(told) < 400
    return error


def changed(text, old, new):
    assert old in text
    return text.replace(old, new, 1)
