"""Everything that acts on an arm robot and the whole person in it besides gravity, inertia, Coulomb friction and the
motors, compiled as one: patient, seat and straps are inputs, so that a sweep compiles once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import casadi
import numpy as np
from casadi import SX

from robot.compile import Compiled, compile_function
from robot.description import RobotDescription
from robot.tick import Array
from sim_models.cuff import Cuff
from sim_models.forces import TRUTH
from sim_models.person_forces import Acting, PersonSymbols, acting_on
from sim_models.strap import Strap
from sim_models.tree import Frame, Wrench
from sim_models.worn_arm import SHOULDER, WornArm

TURN_ABOUT = 1.72
"""N·m/rad by which a strap turns a limb: 0.03 N·m/°, measured on the upper arm (Schiebl 2025)."""

TILT, TURN_DAMPING = 3.8, 0.05
"""N·m/rad and N·m·s/rad. Assumed: a cuff 10 cm wide of the stiffness across, in one piece; the damping synthetic."""

WRIST = 8.0
"""N·m/rad by which the wrist's ring turns the forearm. Assumed: it holds both bones and the hand on a grip, where a
strap would turn the skin alone."""

STRAPS = (("upper_arm_cuff", "upper_arm"), ("forearm_cuff", "ulna"))
"""The robot's frames that are strapped to the person's links, the side's name before these."""

STRAPPED_JOINTS = (2, 3)
"""Which of the robot's joints carry these links."""

STOP_STIFFNESS, STOP_DAMPING = 2000.0, 1.0
"""N·m/rad where the robot's own range ends, and by how much of itself that is more for each rad/s outwards, in s/rad.
Assumed: a rubber buffer that an arm's weight presses in by less than a degree."""

SHARED = ("cuff_along", "cuff_across", "cuff_damping")
GIVEN = len(SHARED) + 3 * len(STRAPS)


def straps_of(robot: Mapping[str, Array], upper_arm_m: float, shoulder: Sequence[float], cuff: Cuff) -> Array:
    """The straps' inputs: their numbers, and where each was fastened in its limb.

    `robot` tells places and axes of the robot's links and frames as it stood then (`standing`); the limb stood as its
    links did, with the person's `shoulder` where it is, in m.
    """
    upper, fore = robot["upper_arm_bar_turn"], robot["forearm_bar_turn"]
    at = np.array(shoulder)
    elbow = at + upper @ [upper_arm_m, 0.0, 0.0]
    away = [
        turn.T @ (robot[f"{frame}_place"].ravel() - place)
        for (frame, _), turn, place in zip(STRAPS, (upper, fore), (at, elbow), strict=True)
    ]
    return np.concatenate([[cuff.stiffness_along, cuff.stiffness_across, cuff.damping], *away])


def slip_places() -> tuple[int, ...]:
    """Where it is said among `straps_of` how far along the limb each was fastened."""
    return tuple(len(SHARED) + 3 * index for index in range(len(STRAPS)))


@cache
def compiled_arm(urdf: str, joints: tuple[str, ...]) -> Compiled:
    """The function (robot q, robot dq, the person's symbols, straps, joints) → (robot torques, torques for PyBullet on
    the person, unbalanced, memory, truth) of an arm robot.

    `straps` as `straps_of` has them, `joints` as `joints_of`; the truth is `TRUTH` of every joint of the robot, but
    forces of `STRAPPED_JOINTS` alone.
    """
    worn, person, count = WornArm.of(urdf, joints), PersonSymbols.new(), len(joints)
    q, dq, given, numbers = (
        SX.sym(name, size) for name, size in {"q": count, "dq": count, "straps": GIVEN, "joints": 3 * count}.items()
    )
    viscous, low, high = casadi.vertsplit(numbers, count)
    strapped = _strapped(worn, worn.tree.frames(q, dq), person.frames, given)
    on_robot = worn.tree.torques(q, strapped.on_robot)
    acting = acting_on(person, strapped.on_person)
    return compile_function(
        "arm_forces",
        [q, dq, *person.all, given, numbers],
        [
            on_robot - viscous * dq + _stopped(q, dq, low, high),
            acting.torque,
            acting.unbalanced,
            acting.memory,
            _truth(worn, person, acting, -on_robot, strapped.forces),
        ],
    )


def joints_of(description: RobotDescription) -> Array:
    """The robot's inputs: viscous friction of each in N·m·s/rad, then where it ends in rad, all low, all high."""
    ranges = [description.range_rad(name) for name in description.joint_names]
    return np.array([*(drive.friction.viscous for drive in description.drives), *np.transpose(ranges).ravel()])


def _stopped(q: SX, dq: SX, low: SX, high: SX) -> SX:
    """What the mechanics' stops do in N·m: they push back, on the way out more than back, and never pull."""
    below, above = casadi.fmax(0.0, low - q), casadi.fmax(0.0, q - high)
    inward = below * casadi.fmax(0.0, 1.0 - STOP_DAMPING * dq) - above * casadi.fmax(0.0, 1.0 + STOP_DAMPING * dq)
    return STOP_STIFFNESS * inward


def truth_columns(joints: Sequence[str]) -> tuple[str, ...]:
    """The names of the truth of `compiled_arm`."""
    return tuple(f"{joint}_{name}" for index, joint in enumerate(joints) for name in TRUTH if _is_told(index, name))


def _is_told(joint: int, name: str) -> bool:
    return name != "cuff_force_N" or joint in STRAPPED_JOINTS


@dataclass(frozen=True, slots=True)
class _Strapped:
    """Wrenches of all straps on links by name, each in its link's frame, and the cuffs' forces in N."""

    on_person: list[tuple[str, Wrench]]
    on_robot: list[tuple[str, Wrench]]
    forces: list[SX]


def _strapped(worn: WornArm, robot: Mapping[str, Frame], person: Mapping[str, Frame], given: SX) -> _Strapped:
    along, across, damping = casadi.vertsplit(given[: len(SHARED)])
    cuff = Strap(along, across, TURN_ABOUT, TILT, damping, TURN_DAMPING)
    found = _Strapped([], [], [])
    for index, (frame, link) in enumerate(STRAPS):
        at, name = given[len(SHARED) + 3 * index : len(SHARED) + 3 * index + 3], f"{worn.side}_{link}"
        on_limb, on_robot, force = cuff.between(robot[frame], person[name], at)
        found.on_person.append((name, on_limb))
        found.on_robot.append((frame, on_robot))
        found.forces.append(force)
    ring, wrist = Strap(SX(1, 1), SX(1, 1), WRIST, 0.0, SX(1, 1), TURN_DAMPING), worn.tree.hinges[-1].link
    name = f"{worn.side}_radius"
    on_limb, on_robot, _ = ring.between(robot[wrist], person[name], SX(3, 1))
    found.on_person.append((name, on_limb))
    found.on_robot.append((wrist, on_robot))
    return found


def _truth(worn: WornArm, person: PersonSymbols, acting: Acting, interaction: SX, forces: Sequence[SX]) -> SX:
    """What no real robot measures: `TRUTH`, the person's angles and torques as the robot's joints would have them."""
    q, places = person.q, worn.places
    upper_arm = person.frames[f"{worn.side}_upper_arm"]
    angles = worn.limb_angles(upper_arm, q)
    slopes = casadi.jacobian(angles, q)[:, places]
    # Virtual work: the same power in both joints' velocities.
    shoulder = casadi.solve(slopes[:SHOULDER, :SHOULDER].T, acting.own[places[:SHOULDER]])
    torque = casadi.vertcat(shoulder, acting.own[places[SHOULDER:]])
    speeds = slopes @ person.dq[places]
    cuffs = dict(zip(STRAPPED_JOINTS, forces, strict=True))
    rows = list[SX]()
    for index in range(angles.numel()):
        told = dict(
            zip(TRUTH, (angles[index], speeds[index], cuffs.get(index), torque[index], interaction[index]), strict=True)
        )
        rows += [value for name, value in told.items() if value is not None]
    return casadi.vertcat(*rows)
