"""The picture of a robot: everything of it is in view, in its colours, and the names stand where the joints are."""

from pathlib import Path

import numpy as np
import pytest

from robot.description import load_robot, shipped_robots
from robot.errors import DeviceError, InputError
from sim_models.robot_picture import PIXELS, VIEWS, _Scene, draw_robot


@pytest.mark.parametrize("name", sorted(shipped_robots()))
def test_all_of_the_robot_is_in_the_picture(name: str) -> None:
    with _Scene(load_robot(name)) as scene:
        for angles in VIEWS.values():
            camera = scene.camera(*angles)
            drawn = (scene.photographed(camera) != 255).any(axis=2)
            for edge in (drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]):
                assert not edge.any()
            for place in scene.joints.values():
                x, y = camera.seen(place)
                assert 0.0 < x < PIXELS
                assert 0.0 < y < PIXELS


def test_a_point_is_where_the_renderer_draws_it() -> None:
    """The arm stands on a grey disc about its first joint: from above, its middle is seen at the joint's place."""
    with _Scene(load_robot("care-arm")) as scene:
        camera = scene.camera(0.0, -80.0)
        picture = scene.photographed(camera).astype(int)
        grey = (np.ptp(picture, axis=2) < 8) & (picture.max(axis=2) < 250)
        rows, columns = np.nonzero(grey)
        x, y = camera.seen(scene.joints["a1"])
        assert x == pytest.approx(0.5 * (columns.min() + columns.max()), abs=3.0)
        assert y == pytest.approx(0.5 * (rows.min() + rows.max()), abs=3.0)


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_the_same_picture_twice_is_the_same_file(tmp_path: Path, ending: str) -> None:
    one, other = tmp_path / f"one{ending}", tmp_path / f"other{ending}"
    draw_robot(load_robot("leg-exo"), one)
    draw_robot(load_robot("leg-exo"), other)
    assert one.stat().st_size > 20_000
    if ending == ".png":  # an SVG names its clips by chance
        assert one.read_bytes() == other.read_bytes()


def test_a_picture_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="picture-format"):
        draw_robot(load_robot("knee-exo"), tmp_path / "robot.gif")
    with pytest.raises(DeviceError, match="picture-not-written"):
        draw_robot(load_robot("knee-exo"), tmp_path / "nowhere" / "robot.png")
