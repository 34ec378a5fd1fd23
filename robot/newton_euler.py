"""What it takes to hold a robot's links and to accelerate them, by one pass outwards and one back (Newton-Euler).

Adam's own pass knows no acceleration of the joints, and the way about its mass matrix takes five times as many
operations: for the guard, which runs in every tick, too many. So adam reads the tree, and the passes are here: those of
R. Featherstone, Rigid Body Dynamics Algorithms (2008), chapter 5, without velocities.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import casadi
from casadi import SX, cross, dot

from robot.urdf_dynamics import KinDynComputations


@dataclass(frozen=True, slots=True)
class Body:
    """A body in its link's frame: mass in kg, mass times centre in kg·m, inertia about the frame's origin in kg·m²."""

    mass: SX
    lever: SX
    about_origin: SX


Bodies = Mapping[str, Body]
"""Bodies by the name of the link that they move with."""


def links_of(model: KinDynComputations) -> Bodies:
    """The robot's own links."""
    return {
        node.name: _own(node.link.spatial_inertia().array)
        for node in model.rbdalgos.model.tree
        if node.parent_arc is not None
    }


def _own(inertia: SX) -> Body:
    lever = casadi.vertcat(inertia[5, 1], inertia[3, 2], inertia[4, 0])  # out of its cross product
    return Body(inertia[0, 0], lever, inertia[3:, 3:])


def torque_from_rest(model: KinDynComputations, bodies: Bodies, q: SX, ddq: SX, base_acceleration: SX) -> SX:
    """Torque in N·m that accelerates `bodies` on joints that stand at `q` by `ddq`.

    `base_acceleration` in m/s² stands for gravity: on a base that is pushed upwards, bodies at rest weigh the same.
    Raises `ValueError` where a joint slides.
    """
    none = SX.zeros(3)
    moved, taken, joints = {}, {}, []
    for node in model.rbdalgos.model.tree:
        joint = node.parent_arc
        if joint is None:
            moved[node.name], taken[node.name] = (none, base_acceleration), (none, none)
            continue
        if joint.type == "prismatic":
            raise ValueError(f"joint {joint.name} slides: only turning joints are known here")
        angle, change = (SX(0), SX(0)) if joint.idx is None else (q[joint.idx], ddq[joint.idx])
        place = joint.homogeneous(model.rbdalgos.math.asarray(angle)).array
        axis, turn, offset = none if joint.idx is None else SX(joint.axis.array), place[:3, :3], place[:3, 3]
        angular, linear = moved[joint.parent]
        linear = turn.T @ (linear + cross(angular, offset))
        moved[node.name] = turn.T @ angular + axis * change, linear
        taken[node.name] = _wrench(bodies[node.name], *moved[node.name]) if node.name in bodies else (none, none)
        joints.append((joint, axis, turn, offset))
    torques = [SX(0)] * model.NDoF
    for joint, axis, turn, offset in reversed(joints):
        moment, force = taken[joint.child]
        if joint.idx is not None:
            torques[joint.idx] = dot(axis, moment)
        moment_below, force_below = taken[joint.parent]
        moment, force = turn @ moment, turn @ force
        taken[joint.parent] = moment_below + moment + cross(offset, force), force_below + force
    return casadi.vertcat(*torques)


def _wrench(body: Body, angular: SX, linear: SX) -> tuple[SX, SX]:
    """Moment about the frame's origin, and force, that give a body such accelerations."""
    return body.about_origin @ angular + cross(body.lever, linear), body.mass * linear + cross(angular, body.lever)
