"""A robot as CasADi expressions: gravity, inertia, friction of robot and limb, for laws and the guard."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import casadi
import numpy as np
from casadi import SX

from robot.body import Segment, SegmentName, segment
from robot.description import RobotDescription
from robot.newton_euler import Bodies, Body, links_of, torque_from_rest
from robot.urdf_dynamics import KinDynComputations

GRAVITY = 9.80665
"""Standard gravity, m/s²."""

SINGULAR = 0.01
"""Damping of the inverse that looks for the last link's wrench, in m/rad and rad/rad: directions that the joints move
less than this count as lost, where an undamped inverse would give any force. Our choice."""

FRICTION_SMOOTHING = 0.02
"""Speed in rad/s over which Coulomb friction changes sign, so that its compensation does not chatter; our choice."""


@dataclass(frozen=True, slots=True)
class Person:
    """Height in m and mass in kg of the patient, as run-time parameters."""

    height: SX
    mass: SX


def friction_torque(dq: SX, coulomb: SX | float, viscous: SX | float) -> SX:
    """Friction in N·m that opposes `dq` (rad/s): smoothed Coulomb plus viscous; positive along `dq`."""
    return coulomb * casadi.tanh(dq / FRICTION_SMOOTHING) + viscous * dq


class SymbolicRobot:
    """A robot's dynamics as expressions of `q` and `dq`; joint side, joint order of the description.

    The base is fixed; `base_pitch` in rad tilts its +x axis up (the thigh's pitch for a seated knee robot). `person`
    and `assistance` (0…1, how much is done for the patient) are symbols: they are given while running.
    """

    def __init__(
        self,
        urdf: str,
        joints: Sequence[str],
        *,
        base_pitch: float = 0.0,
        coulomb: Sequence[float] = (),
        viscous: Sequence[float] = (),
        drive_inertia: Sequence[float] = (),
        carries: Sequence[tuple[SegmentName, ...]] = (),
    ) -> None:
        self.joints = tuple(joints)
        count = len(self.joints)
        self.base_pitch = base_pitch
        self.person = Person(SX.sym("height"), SX.sym("mass"))
        self.assistance = SX.sym("assistance")
        self._coulomb, self._viscous, self._drive_inertia = (
            casadi.DM(list(values) or [0.0] * count) for values in (coulomb, viscous, drive_inertia)
        )
        # Written anew without comments: adam looks for the robot element near the text's beginning alone.
        root = ElementTree.fromstring(urdf)
        bare = ElementTree.tostring(root, encoding="unicode")
        moved = [_link_moved_by(root, joint) for joint in self.joints]
        self._tip = moved[-1]
        self._model = KinDynComputations(bare, list(self.joints), gravity=np.array([0.0, 0.0, -GRAVITY, 0.0, 0.0, 0.0]))
        self._links = links_of(self._model)
        self._limb = _limb_of(self.person, dict(zip(moved, carries, strict=bool(carries))))
        cosine, sine = np.cos(base_pitch), np.sin(base_pitch)
        self._up = SX([sine, 0.0, cosine])
        self._base = np.array([[cosine, 0, -sine, 0], [0, 1, 0, 0], [sine, 0, cosine, 0], [0, 0, 0, 1]])

    @classmethod
    def of(cls, description: RobotDescription, base_pitch: float = 0.0) -> "SymbolicRobot":
        """The robot of a description."""
        drives = description.drives
        return cls(
            description.urdf,
            description.joint_names,
            base_pitch=base_pitch,
            coulomb=[drive.friction.coulomb for drive in drives],
            viscous=[drive.friction.viscous for drive in drives],
            drive_inertia=[drive.inertia for drive in drives],
            carries=[joint.carries for joint in description.joints.values()],
        )

    @property
    def count(self) -> int:
        """Number of joints."""
        return len(self.joints)

    @property
    def coulomb(self) -> casadi.DM:
        """Coulomb friction in N·m of each drive at its joint."""
        return self._coulomb

    @property
    def drive_inertia(self) -> casadi.DM:
        """Inertia in kg·m² of each drive, seen from its joint."""
        return self._drive_inertia

    def gravity(self, q: SX) -> SX:
        """Torque in N·m that holds the robot's own links against gravity at `q`."""
        return self._model.gravity_term(self._base, q)[6:]

    def coriolis(self, q: SX, dq: SX) -> SX:
        """Coriolis and centrifugal torque in N·m of the robot's own links."""
        return self._model.coriolis_term(self._base, q, SX.zeros(6), dq)[6:]

    def mass_matrix(self, q: SX) -> SX:
        """Inertia in kg·m² of the robot's own links, drives not included."""
        return self._model.mass_matrix(self._base, q)[6:, 6:]

    def inertia_torque(self, q: SX, ddq: SX) -> SX:
        """Torque in N·m that accelerates links and drives by `ddq` rad/s²."""
        return casadi.mtimes(self.mass_matrix(q), ddq) + self._drive_inertia * ddq

    def torque_from_rest(self, q: SX, ddq: SX) -> SX:
        """Gravity and inertia torque in N·m in one: a fifth of the operations of their sum."""
        return self._from_rest(self._links, q, ddq, GRAVITY * self._up) + self._drive_inertia * ddq

    def position(self, q: SX) -> SX:
        """Where the frame of the last joint's link is, in m, in the world's axes (base at the origin)."""
        return self._model.forward_kinematics(self._tip, self._base, q)[:3, 3]

    def rotation(self, q: SX) -> SX:
        """How that link is turned: its axes as the columns of a matrix."""
        return self._model.forward_kinematics(self._tip, self._base, q)[:3, :3]

    def jacobian(self, q: SX) -> SX:
        """Its velocity by each joint's: three rows in m/rad, then three in rad/rad, in the world's axes."""
        return self._model.jacobian(self._tip, self._base, q)[:, 6:]

    def tip_wrench(self, q: SX, tau: SX) -> SX:
        """The force in N and then the moment in N·m at that link, in the world's axes, that joint torques bear on it.

        (J Jᵀ + λ² I)⁻¹ J τ, least squares; exact for τ = Jᵀ w away from `SINGULAR` directions.
        """
        jacobian = self.jacobian(q)
        reached = casadi.mtimes(jacobian, jacobian.T) + SINGULAR**2 * SX.eye(6)
        return casadi.solve(reached, casadi.mtimes(jacobian, tau))

    def friction(self, dq: SX) -> SX:
        """Torque in N·m that overcomes drive and gear friction at `dq`."""
        return friction_torque(dq, self._coulomb, self._viscous)

    def limb_gravity(self, q: SX) -> SX:
        """Torque in N·m that holds the person's limbs against gravity; each moves with the joint that carries it."""
        return self._from_rest(self._limb, q, SX.zeros(self.count), GRAVITY * self._up)

    def limb_inertia_torque(self, q: SX, ddq: SX) -> SX:
        """Torque in N·m that accelerates the person's limbs from rest at `q` by `ddq` rad/s²."""
        return self._from_rest(self._limb, q, ddq, SX.zeros(3))

    def _from_rest(self, bodies: Bodies, q: SX, ddq: SX, base_acceleration: SX) -> SX:
        return torque_from_rest(self._model, bodies, q, ddq, base_acceleration)


def _limb_of(person: Person, carried: Mapping[str, tuple[SegmentName, ...]]) -> Bodies:
    """The segments that move with each link, one behind the other, the first at the link's joint."""
    return {link: _stretched(person, names) for link, names in carried.items() if names}


def _stretched(person: Person, names: tuple[SegmentName, ...]) -> Body:
    begins, mass, lever, about_origin = SX(0), SX(0), SX.zeros(3), SX.zeros(3, 3)
    for name in names:
        part = segment(name, person.height, person.mass)
        centre = casadi.vertcat(begins + part.centre[0], 0.0, part.centre[1])
        mass += part.mass
        lever += part.mass * centre
        about_origin += _tensor(part) + part.mass * (casadi.dot(centre, centre) * SX.eye(3) - centre @ centre.T)
        begins += part.length
    return Body(mass, lever, about_origin)


def _tensor(part: Segment) -> SX:
    """A segment's inertia about its centre."""
    (x, y, z), product = part.moments, part.product
    return casadi.blockcat([[x, 0.0, product], [0.0, y, 0.0], [product, 0.0, z]])


def _link_moved_by(root: ElementTree.Element, joint: str) -> str:
    """The name of a joint's child link."""
    return next(
        str(child.get("link"))
        for one in root.findall("joint")
        if one.get("name") == joint
        for child in one.iter("child")
    )
