"""The plant is stopped and closed wherever the loop breaks."""

import itertools

import pytest

from robot.errors import DeviceError
from tests.robot.course import Course


@pytest.mark.parametrize("stage", ["law", "guard", "after_tick"])
def test_the_plant_is_stopped_and_closed_where_a_stage_breaks(controller, person, rotor, rows, stage):
    ticks, plant = itertools.count(), rotor()

    def breaks(*_):
        if next(ticks) > 100:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Course(controller, person, plant, rows(), replaced={stage: breaks})
    assert plant.calls[0] == "open"
    assert plant.calls[-2:] == ["stop", "close"]
    assert plant.tau == 0.0


def test_the_plant_is_stopped_and_closed_where_the_recorder_breaks(controller, person, rotor, rows):
    plant, recorder = rotor(), rows(full=(None, None))
    with pytest.raises(TypeError):
        Course(controller, person, plant, recorder)
    assert plant.calls == ["open", "stop", "stop", "close"]


def test_a_plant_that_cannot_be_opened_is_left_alone(controller, person, rotor, rows):
    plant = rotor(opens=False)
    with pytest.raises(DeviceError):
        Course(controller, person, plant, rows())
    assert plant.calls == ["open"]
