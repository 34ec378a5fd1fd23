"""A few frames of an independent renderer: PyBullet's camera before plates that stand in a scene."""

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pybullet
import pytest

from patient_vision.boards import PLATE_M, Array, Image, plate_image
from patient_vision.camera import Rendered
from patient_vision.markers import MarkerTracker
from patient_vision.render import DISTANCE_M, HEIGHT, PINHOLE, WIDTH, turned

FINE = 2
"""Its renderer does not smooth: a picture of twice the size is averaged."""

NEAR_M, FAR_M = 0.1, 10.0


class Scene:
    """Thigh and shank as textured plates in a physics client whose axes are the camera's own."""

    def __init__(self, folder: Path) -> None:
        self._client = pybullet.connect(pybullet.DIRECT)
        self._plates = {name: self._plate(folder, name) for name in ("thigh", "shank")}

    def close(self) -> None:
        pybullet.disconnect(self._client)

    def _plate(self, folder: Path, name: str) -> int:
        x, y = (side / 2.0 for side in PLATE_M)
        corners = "".join(f"v {a} {b} 0\n" for a, b in ((-x, -y), (x, -y), (x, y), (-x, y)))
        obj = folder / f"{name}.obj"
        places = "vt 0 1\nvt 1 1\nvt 1 0\nvt 0 0\n"  # a texture's v goes up
        obj.write_text(f"{corners}{places}vn 0 0 -1\nf 3/3/1 2/2/1 1/1/1\nf 4/4/1 3/3/1 1/1/1\n")
        texture = folder / f"{name}.png"
        cv2.imwrite(str(texture), plate_image(name, 2000.0))
        shape = pybullet.createVisualShape(pybullet.GEOM_MESH, fileName=str(obj), physicsClientId=self._client)
        body = pybullet.createMultiBody(baseVisualShapeIndex=shape, physicsClientId=self._client)
        painted = pybullet.loadTexture(str(texture), physicsClientId=self._client)
        pybullet.changeVisualShape(body, -1, textureUniqueId=painted, physicsClientId=self._client)
        return int(body)

    def picture(self, flexion: float, yaw: float) -> Image:
        """The camera's picture of the leg, thigh hanging down, bent by `flexion` and its plane turned by `yaw`."""
        for name, middle, turn in (("thigh", -0.2, 0.0), ("shank", 0.1, flexion)):
            rotation = turned(0.0, yaw, 0.0) @ turned(0.0, 0.0, math.pi / 2.0 + turn)
            self._stand(name, rotation, np.array([0.0, middle, DISTANCE_M]))
        (fx, fy), (cx, cy) = PINHOLE.focal_px, PINHOLE.centre_px
        left, right = ((edge - cx) * NEAR_M / fx for edge in (-0.5, WIDTH - 0.5))
        top, bottom = ((cy - edge) * NEAR_M / fy for edge in (-0.5, HEIGHT - 0.5))
        _, _, pixels, _, _ = pybullet.getCameraImage(
            FINE * WIDTH,
            FINE * HEIGHT,
            pybullet.computeViewMatrix([0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]),
            pybullet.computeProjectionMatrix(left, right, bottom, top, NEAR_M, FAR_M),
            shadow=0,
            lightAmbientCoeff=1.0,
            lightDiffuseCoeff=0.0,
            lightSpecularCoeff=0.0,
            renderer=pybullet.ER_TINY_RENDERER,
            physicsClientId=self._client,
        )
        colours = np.reshape(np.asarray(pixels, np.uint8), (FINE * HEIGHT, FINE * WIDTH, 4))[..., 2::-1]
        return np.asarray(cv2.resize(colours, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)

    def _stand(self, name: str, rotation: Array, middle: Array) -> None:
        axis = cv2.Rodrigues(rotation)[0].ravel()
        angle = float(np.linalg.norm(axis))
        x, y, z = axis / angle * math.sin(angle / 2.0)
        pybullet.resetBasePositionAndOrientation(
            self._plates[name], middle.tolist(), [x, y, z, math.cos(angle / 2.0)], physicsClientId=self._client
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = Scene(tmp_path_factory.mktemp("scene"))
    yield made
    made.close()


@pytest.mark.parametrize(("yaw_deg", "within_deg"), [(0.0, 0.3), (30.0, 0.5)])
def test_pybullets_camera_shows_the_flexion_that_the_scene_has(scene: Scene, yaw_deg: float, within_deg: float) -> None:
    flexions = [10.0, 47.0, 80.0]
    source = Rendered(lambda t: scene.picture(math.radians(flexions[round(t)]), math.radians(yaw_deg)), 1.0, 3)
    tracker = MarkerTracker(PINHOLE)
    seen = [tracker.observe(frame) for frame in source]
    assert not any(one.degraded for one in seen)
    assert [math.degrees(one.angles_rad[0]) for one in seen] == pytest.approx(flexions, abs=within_deg)
