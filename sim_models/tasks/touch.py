"""What a tool and a person do to each other, compiled as one function for every body of a scene."""

from functools import cache
from itertools import accumulate

import casadi
from casadi import SX

from robot.compile import Compiled, compile_function
from robot.contact_limits import contact_limits
from robot.description import RobotDescription
from robot.symbolic import SymbolicRobot
from robot.tool import Tool
from sim_models.contact import Meeting, Surface, padded, pressed
from sim_models.person import FRAME, WRENCH
from sim_models.tasks.parts import Part, Pose, pose_of
from sim_models.tasks.scene import CareScene
from sim_models.virtual_patient.body import USUAL

TEETH_STIFFNESS, TEETH_FRICTION = 10e3, 0.2
"""N/m of a silicone spoon on what does not give way, and the friction there: assumed."""

TOLD = (
    *("tool_x_m", "tool_y_m", "tool_z_m", "tool_tilt_deg"),
    *("target_x_m", "target_y_m", "target_z_m"),
    *("tool_along_m", "tool_aside_m", "tool_ahead_m"),
)
"""What no real robot measures, besides the force on each region: where the tool's tip is and how far its +x axis leans
from the vertical; where the task's target is now; and the tip from there in the axes of the target's link."""


def truth_columns(scene: CareScene) -> tuple[str, ...]:
    """The names of all that `compiled_touch` tells: `TOLD`, then the force in N that presses on each region."""
    return (*TOLD, *(f"{region.replace('-', '_')}_contact_N" for region in scene.regions))


def compiled_touch(description: RobotDescription, tool: Tool, scene: CareScene) -> Compiled:
    """(q, dq, frames, numbers) → (torques at the arm's joints, wrenches on the person's links, truth)."""
    return _compiled(description.urdf, description.joint_names, tool, scene.parts, scene.regions)


@cache
def _compiled(
    urdf: str, joints: tuple[str, ...], tool: Tool, parts: tuple[Part, ...], regions: tuple[str, ...]
) -> Compiled:
    robot = SymbolicRobot(urdf, joints)
    q, dq = SX.sym("q", len(joints)), SX.sym("dq", len(joints))
    counts = [len(part.numbers(USUAL)) for part in parts]
    frames, numbers = SX.sym("frames", FRAME * len(parts)), SX.sym("numbers", sum(counts))
    of_parts = casadi.vertsplit(numbers, [0, *accumulate(counts)])
    place, turn, jacobian = robot.position(q), robot.rotation(q), robot.jacobian(q)
    motion = casadi.mtimes(jacobian, dq)
    wrench, back = SX.zeros(6), [SX.zeros(WRENCH) for _ in parts]
    felt = dict.fromkeys(regions, SX(0))
    for ball in tool.balls:
        lever = casadi.mtimes(turn, SX(list(ball.place)))
        for index, (part, frame) in enumerate(zip(parts, casadi.vertsplit(frames, FRAME), strict=True)):
            at = pose_of(frame)
            for region, met in part.meetings(at, of_parts[index], place + lever, ball.radius):
                force, pressing = pressed(met, _sliding(met, place, motion, frame), _surface(tool, region))
                wrench += casadi.vertcat(force, casadi.cross(met.place - place, force))
                back[index] -= casadi.vertcat(force, casadi.cross(met.place - at.place, force))
                felt[region] += pressing
    at = pose_of(frames[:FRAME])
    told = _told(place, turn, at, parts[0].target(at, of_parts[0]))
    torque = casadi.mtimes(jacobian.T, wrench)
    return compile_function(
        "touch", [q, dq, frames, numbers], [torque, casadi.vertcat(*back), casadi.vertcat(told, *felt.values())]
    )


def _sliding(met: Meeting, place: SX, motion: SX, frame: SX) -> SX:
    """The velocity of the tool against the part in m/s, where they meet."""
    of_tool = motion[:3] + casadi.cross(motion[3:], met.place - place)
    return of_tool - frame[12:15] - casadi.cross(frame[15:], met.place - frame[:3])


def _surface(tool: Tool, region: str) -> Surface:
    if region in contact_limits().regions:
        return padded(tool.padding, region, tool.friction)
    return Surface(TEETH_STIFFNESS, TEETH_FRICTION)


def _told(place: SX, turn: SX, at: Pose, target: SX) -> SX:
    upright = casadi.fmax(casadi.fmin(turn[2, 0], 1.0), -1.0)
    tilt = casadi.acos(upright) * (180.0 / casadi.pi)
    return casadi.vertcat(place, tilt, target, casadi.mtimes(at.turn.T, place - target))
