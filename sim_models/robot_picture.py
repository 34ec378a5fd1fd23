"""A picture of a robot from two sides, with its joints named."""

import tempfile
from dataclasses import dataclass
from math import radians, tan
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from robot.description import RobotDescription
from robot.errors import DeviceError, InputError
from sim_models.engine import pybullet, quiet

FORMATS = (".png", ".svg")
PIXELS = 720
OPENING_DEG = 30.0
"""The camera's angle of view."""

VIEWS = {"from the right": (0.0, -5.0), "from ahead and the left": (125.0, -20.0)}
"""Yaw and pitch of the camera in degrees."""

SHARE = 0.6
"""Where the joints stand in their ranges: a little past the middle, where an arm would stand straight up."""


def draw_robot(robot: RobotDescription, file: Path) -> None:
    """Save the picture, PNG or SVG by the end of the file's name; raises `InputError`, or `DeviceError`."""
    if file.suffix.lower() not in FORMATS:
        raise InputError("picture-format", field="--picture", known=", ".join(FORMATS))
    figure = Figure(figsize=(11.0, 5.9), layout="constrained")
    with _Scene(robot) as scene:
        for axis, (name, angles) in zip(figure.subplots(1, len(VIEWS)), VIEWS.items(), strict=True):
            _draw(axis, scene, *angles)
            axis.set_title(name, fontsize=10)
    figure.suptitle(f"{robot.name}: each joint at {SHARE:.0%} of its range", fontsize=12)
    try:
        figure.savefig(file, dpi=130, metadata={"Date": None} if file.suffix.lower() == ".svg" else None)
    except OSError as problem:
        raise DeviceError("picture-not-written", file=file, reason=problem.strerror or str(problem)) from problem


def _draw(axis: Axes, scene: "_Scene", yaw_deg: float, pitch_deg: float) -> None:
    camera = scene.camera(yaw_deg, pitch_deg)
    axis.imshow(scene.photographed(camera))
    axis.axis("off")
    # Names of joints that stand behind each other are written one under the other.
    written: list[tuple[float, float]] = []
    for name, place in scene.joints.items():
        x, y = camera.seen(place)
        below = sum(abs(x - other_x) < 0.25 * PIXELS and abs(y - other_y) < 24.0 for other_x, other_y in written)
        written.append((x, y))
        axis.plot(x, y, "o", color="black", markersize=3)
        axis.annotate(
            name,
            (x, y),
            xytext=(10.0, -14.0 * below),
            textcoords="offset points",
            fontsize=9,
            va="center",
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.75},
        )


@dataclass(frozen=True, slots=True)
class _Camera:
    view: tuple[float, ...]
    lens: tuple[float, ...]

    def seen(self, place: NDArray[np.float64]) -> tuple[float, float]:
        """Where a point of the world is in the picture, in pixels from its upper left."""
        view, lens = (np.array(one).reshape(4, 4).T for one in (self.view, self.lens))  # OpenGL's order: by column
        x, y, _, w = lens @ view @ np.array([*place, 1.0])
        return 0.5 * PIXELS * (1.0 + x / w), 0.5 * PIXELS * (1.0 - y / w)


class _Scene:
    """The robot in a physics client of its own."""

    def __init__(self, robot: RobotDescription) -> None:
        self._client = pybullet.connect(pybullet.DIRECT)
        with tempfile.TemporaryDirectory(prefix="careloop-") as folder:
            file = Path(folder) / "robot.urdf"
            file.write_text(robot.urdf, encoding="utf-8")
            with quiet(1):  # it warns of each frame that has no mass
                self._body = pybullet.loadURDF(str(file), useFixedBase=True, physicsClientId=self._client)
        links = range(pybullet.getNumJoints(self._body, self._client))
        names = [pybullet.getJointInfo(self._body, link, self._client)[1].decode() for link in links]
        turning = [link for link in links if names[link] in robot.joints]
        for index, link in enumerate(turning):
            low, high = robot.range_rad(names[link])
            pybullet.resetJointState(self._body, link, low + SHARE * (high - low), 0.0, self._client)
            colour = (*colormaps["tab10"](index % 10)[:3], 1.0)
            pybullet.changeVisualShape(self._body, link, rgbaColor=colour, physicsClientId=self._client)
        pybullet.changeVisualShape(self._body, -1, rgbaColor=(0.6, 0.6, 0.6, 1.0), physicsClientId=self._client)
        states = pybullet.getLinkStates(
            self._body, list(links), computeForwardKinematics=1, physicsClientId=self._client
        )
        self._points = np.array([state[place] for state in states for place in (0, 4)])
        self.joints = {names[link]: np.array(states[link][4]) for link in turning}

    def camera(self, yaw_deg: float, pitch_deg: float) -> _Camera:
        """A camera that has all of the robot in its view."""
        low, high = self._points.min(axis=0), self._points.max(axis=0)
        reach = 0.5 * np.linalg.norm(high - low) + 0.1
        away = reach / tan(radians(0.5 * OPENING_DEG))
        middle = 0.5 * (low + high)
        view = pybullet.computeViewMatrixFromYawPitchRoll(middle.tolist(), away, yaw_deg, pitch_deg, 0.0, 2)
        return _Camera(view, pybullet.computeProjectionMatrixFOV(OPENING_DEG, 1.0, 0.1, 4.0 * away))

    def photographed(self, camera: _Camera) -> NDArray[np.uint8]:
        """The picture in red, green and blue."""
        pixels = pybullet.getCameraImage(
            PIXELS,
            PIXELS,
            camera.view,
            camera.lens,
            renderer=pybullet.ER_TINY_RENDERER,
            lightDirection=(2, -2, 3),
            physicsClientId=self._client,
        )[2]
        return np.asarray(pixels, dtype=np.uint8).reshape(PIXELS, PIXELS, 4)[..., :3]

    def __enter__(self) -> "_Scene":
        return self

    def __exit__(self, *_: object) -> None:
        pybullet.disconnect(self._client)
