"""A trial's scene as it moved: the solids of robot, person and furniture at some moments, in the world's axes, +z up.

Robot and person stand at their true joint angles: not where the encoders saw them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import degrees, radians

from scipy.spatial.transform import Rotation

from robot.controller import Controller
from robot.models.urdf import Vector
from robot.plan import Plan
from robot.tick import Array
from sim_models.ground import OnBelt, soles_of
from sim_models.person_forces import TRUNK
from sim_models.person_tree import NAMES
from sim_models.solids import Poses, Solid, ball, box, poses_of, solids_of
from sim_models.tasks.parts import OPENING_HALF, HeadPart
from sim_models.tasks.scene import scene_of
from sim_models.trials.film import LIMB, sign, worn_stands
from sim_models.trials.trial import Recording
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.skeleton import HIP_PER_HEIGHT, person_urdf
from sim_models.worn import Worn, worn_joints
from sim_models.worn_arm import is_arm

LYING_DEG = 10.0
"""A trunk that is raised by less lies, and needs a board as long as the legs."""

CUSHION = 0.05
"""Thickness in m of what somebody sits, lies or walks on, as it is drawn."""

BELT: Vector = (1.6, 0.7, CUSHION)
"""A treadmill's belt as it is drawn, in m."""

FROM_BESIDE_DEG, FROM_AHEAD_DEG = 70.0, -40.0
"""Where the camera is, from straight ahead of the person towards their left: a leg is seen from the robot's side, a
whole person from ahead and the right, where an arm robot is and a nursing arm hides nothing."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A solid as it moves: `kind` is furniture, person, mouth, limb or robot; `corners` (moments, n, 3) in m.

    What is `in_focus` a picture has to show.
    """

    kind: str
    corners: Array
    in_focus: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything at some moments: `solids`, where the links of `robot` and `person` are, and where to look from.

    `azimuth_deg` is the direction of the camera from the scene, from the world's +x towards +y.
    """

    solids: tuple[Moving, ...]
    robot: Mapping[str, Poses]
    person: Mapping[str, Poses]
    azimuth_deg: float


def stage_of(recording: Recording, stands: Array, controller: Controller, body: Body, at: Sequence[int]) -> Stage:
    """The scene at the measurements `at`; `stands` as a `Film` kept them, `body` the person's."""
    robot, plan, moments = controller.robot, controller.plan, list(at)
    worn = worn_joints(robot) if plan.posture and not is_arm(robot) else ()
    base = Poses.still(len(moments), turn=(0.0, -radians(plan.posture.thigh_pitch_deg) if plan.posture else 0.0, 0.0))
    furniture: list[Moving] = []
    if plan.posture and worn:
        stands = worn_stands(recording, worn, plan.posture, body)
    if plan.posture and plan.posture.treadmill:
        base.place[:, 2] += recording.true("pelvis_lift_m")[moments]
        floor = OnBelt.of(robot, worn, soles_of(robot, worn), body, plan.posture.treadmill).given[1]
        belt = box(BELT, (0.0, 0.0, floor - 0.5 * CUSHION))
        furniture.append(Moving("furniture", Poses.still(len(moments)).points(belt)))
    angles = dict(zip(robot.joint_names, recording.joint_q[moments].T, strict=True))
    links = poses_of(robot.urdf, angles, base)
    shown = [Moving("robot", links[one.link].points(one.corners), True) for one in solids_of(robot.urdf)]
    if not len(stands):
        return Stage(tuple(shown), links, {}, FROM_AHEAD_DEG)
    stood = stands[moments]
    person = poses_of(person_urdf(body), dict(zip(NAMES, stood[:, TRUNK:].T, strict=True)), _trunk(stood))
    shown += _person(person, body, _focus(plan, worn))
    if not any(one.joint == "hip" for one in worn):
        furniture += [Moving("furniture", person[one.link].points(one.corners)) for one in _resting(stood[0], body)]
    ahead_deg = sign(worn[0].side) * FROM_BESIDE_DEG if worn else FROM_AHEAD_DEG
    return Stage((*furniture, *shown), links, person, ahead_deg + degrees(stood[0, TRUNK - 1]))


def _trunk(stood: Array) -> Poses:
    """The trunk's link: pitched, then turned by the yaw."""
    return Poses(stood[:, :3], Rotation.from_euler("yz", stood[:, 3:TRUNK]).as_matrix())


def _focus(plan: Plan, worn: Sequence[Worn]) -> tuple[str, ...]:
    """The person's links that a trial is about, the head last where it is to be seen."""
    if worn:
        return tuple(f"{one.side}_{segment}" for one in worn for segment in (*one.segments, LIMB[one.joint]))
    if plan.task:
        return scene_of(plan.task).links
    return (*(f"right_{one}" for one in ("upper_arm", "ulna", "radius", "hand")), "head")


def _person(links: Mapping[str, Poses], body: Body, focus: Sequence[str]) -> Iterator[Moving]:
    """The person's solids: limbs in focus, and a head with a mouth in place of the ball that the simulation has."""
    for one in solids_of(person_urdf(body)):
        if one.link != "head":
            is_limb = one.link in focus
            yield Moving("limb" if is_limb else "person", links[one.link].points(one.corners), is_limb)
    for kind, corners in _head(body):
        yield Moving(kind, links["head"].points(corners), "head" in focus)


def _head(body: Body) -> Iterator[tuple[str, Array]]:
    """A neck, an egg from the chin to the crown and the lips, in the head's frame; the mouth is a task's own."""
    middle, radius, lips, ahead = HeadPart().numbers(body)
    length = body.segment("head").length
    crown = middle - radius
    yield "person", box((-crown - 0.5 * length, 0.9 * radius, 0.9 * radius), (0.5 * crown + 0.25 * length, 0.0, 0.0))
    yield "person", ball(1.0) * [0.5 * length, radius, radius] + [crown + 0.5 * length, 0.0, 0.0]
    high, wide = OPENING_HALF
    yield "mouth", box((2.0 * high, 2.0 * wide, 0.005), (lips, 0.0, max(ahead, 0.8 * radius)))


def _resting(stood: Array, body: Body) -> tuple[Solid, ...]:
    """What is drawn under a person: a board behind the trunk, and a seat under the thighs of who does not lie."""
    height, thigh = body.height_m, body.segment("thigh").length
    back, is_lying = 0.09 * height, degrees(stood[3]) < LYING_DEG
    above, below = 0.5 * height, 0.5 * height if is_lying else 0.0
    board = box((above + below, 0.3 * height, CUSHION), (0.5 * (below - above), 0.0, -back - 0.5 * CUSHION))
    if is_lying:
        return (Solid("trunk", board),)
    middle = (0.4 * thigh, -HIP_PER_HEIGHT * height, -0.06 * height - 0.5 * CUSHION)
    return Solid("trunk", board), Solid("left_thigh", box((0.9 * thigh, 0.3 * height, CUSHION), middle))
