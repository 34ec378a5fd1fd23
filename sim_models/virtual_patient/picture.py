"""Pictures of a virtual patient: three postures, each limb coloured by what the joint above it is still able to do."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from robot.errors import DeviceError, InputError
from sim_models.engine import pybullet
from sim_models.virtual_patient.joint import JointState
from sim_models.virtual_patient.joints import LIMB_JOINTS, SIDES
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.posture import SITTING, STANDING, SUPINE, WholePosture
from sim_models.virtual_patient.skeleton import person_urdf, skeleton

FORMATS = (".png", ".svg")
PIXELS = 640
_COLOURS: Colormap = colormaps["cividis"]
_UNCOLOURED = (0.82, 0.83, 0.85, 1.0)


@dataclass(frozen=True, slots=True)
class View:
    """A posture as a camera sees it, which looks at a point of the person from `yaw_deg` and `pitch_deg`.

    `ahead` and `height` of that point from the hip and the camera's `distance` are shares of the person's height.
    """

    name: str
    posture: WholePosture
    yaw_deg: float
    pitch_deg: float
    ahead: float
    height: float
    distance: float


VIEWS = (
    View("standing", STANDING, 60.0, -8.0, 0.0, -0.02, 1.4),
    View("sitting", SITTING, 40.0, -12.0, 0.12, 0.1, 1.2),
    View("lying", SUPINE, 20.0, -25.0, 0.03, 0.0, 1.5),
)


def ability(state: JointState) -> float:
    """What a joint is still able to do, 0…1: the strength of its weaker muscles."""
    return min(1.0, state.flexors.strength, state.extensors.strength)


def draw_patient(patient: VirtualPatient, file: Path) -> None:
    """Save the picture, PNG or SVG by the end of the file's name; raises `InputError`, or `DeviceError`."""
    if file.suffix.lower() not in FORMATS:
        raise InputError("picture-format", field="--picture", known=", ".join(FORMATS))
    figure = Figure(figsize=(11.0, 4.2), layout="constrained")
    axes = figure.subplots(1, len(VIEWS))
    for axis, view in zip(axes, VIEWS, strict=True):
        axis.imshow(photographed(patient, view))
        axis.set_title(view.name, fontsize=10)
        axis.axis("off")
    shown = ScalarMappable(Normalize(0.0, 1.0), _COLOURS)
    figure.colorbar(shown, ax=axes, shrink=0.75, label="weaker muscles' strength, 1: healthy")
    body = patient.body
    person = (
        f"{body.sex or 'mean of both sexes'}, {body.age_years:.0f} years, {body.height_m:.2f} m, {body.mass_kg:.0f} kg"
    )
    figure.suptitle(f"{patient.name} (synthetic): {person}", fontsize=11)
    try:
        figure.savefig(file, dpi=130, metadata={"Date": None} if file.suffix.lower() == ".svg" else None)
    except OSError as problem:
        raise DeviceError("picture-not-written", file=file, reason=problem.strerror or str(problem)) from problem


def photographed(patient: VirtualPatient, view: View) -> NDArray[np.uint8]:
    """The picture in red, green and blue, `PIXELS` high and wide."""
    client = pybullet.connect(pybullet.DIRECT)
    try:
        body = _placed(patient, view.posture, client)
        for link, colour in _colours(patient, body, client).items():
            pybullet.changeVisualShape(body, link, rgbaColor=colour, physicsClientId=client)
        return _seen(view, patient.body.height_m, client)
    finally:
        pybullet.disconnect(client)


def _placed(patient: VirtualPatient, posture: WholePosture, client: int) -> int:
    with tempfile.TemporaryDirectory(prefix="careloop-") as folder:
        file = Path(folder) / "person.urdf"
        file.write_text(person_urdf(patient.body), encoding="utf-8")
        turn = pybullet.getQuaternionFromEuler(posture.trunk_turn)
        body: int = pybullet.loadURDF(str(file), (0.0, 0.0, 0.0), turn, useFixedBase=True, physicsClientId=client)
    angles = posture.angles()
    for index in range(pybullet.getNumJoints(body, client)):
        name = pybullet.getJointInfo(body, index, client)[1].decode()
        pybullet.resetJointState(body, index, angles.get(name, 0.0), 0.0, client)
    return body


def _colours(patient: VirtualPatient, body: int, client: int) -> dict[int, Any]:
    """The colour of each link by its index, the trunk's being -1: that of the joint above it."""
    states = {f"{side}_{joint}": patient.state(joint, side) for side in SIDES for joint in LIMB_JOINTS}
    states["neck"] = patient.neck
    coloured: dict[str | None, Any] = {"trunk": _UNCOLOURED}
    for bone in skeleton(patient.body)[1:]:
        coloured[bone.name] = _COLOURS(ability(states[bone.joint])) if bone.joint else coloured[bone.parent]
    count = pybullet.getNumJoints(body, client)
    links = {pybullet.getJointInfo(body, index, client)[12].decode(): index for index in range(count)}
    return {links.get(str(name), -1): colour for name, colour in coloured.items()}


def _seen(view: View, height_m: float, client: int) -> NDArray[np.uint8]:
    target = (view.ahead * height_m, 0.0, view.height * height_m)
    seen = pybullet.computeViewMatrixFromYawPitchRoll(
        target, view.distance * height_m, view.yaw_deg, view.pitch_deg, 0.0, 2
    )
    lens = pybullet.computeProjectionMatrixFOV(45.0, 1.0, 0.1, 20.0)
    _, _, pixels, _, _ = pybullet.getCameraImage(
        PIXELS,
        PIXELS,
        seen,
        lens,
        renderer=pybullet.ER_TINY_RENDERER,
        lightDirection=(2, -1, 3),
        physicsClientId=client,
    )
    return np.asarray(pixels, dtype=np.uint8).reshape(PIXELS, PIXELS, 4)[..., :3]
