"""One multibody in PyBullet: a tree of links on a fixed base, stepped by generalised forces."""

import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from robot.symbolic import GRAVITY
from sim_models.engine import give_back, pybullet, solve_directly, taken_client
from sim_models.rotors import flywheels_urdf, tie

# Bound once: they are called with every step.
_TORQUE = pybullet.TORQUE_CONTROL
_get_states = pybullet.getJointStates
_set_motors = pybullet.setJointMotorControlArray
_step = pybullet.stepSimulation

LONGEST_STEP_S = 0.001
"""The physics step is at most this long: 1 kHz."""

States = Sequence[tuple[float, float, Sequence[float], float]]
"""Of each joint the angle in rad and the velocity in rad/s; then what PyBullet adds, which nobody reads."""


def physics_step(dt: float) -> float:
    """The longest physics step in s, at most `LONGEST_STEP_S`, of which a whole number makes a tick of `dt` s."""
    return dt / math.ceil(dt / LONGEST_STEP_S - 1e-9)


class World:
    """A physics client of its own with one multibody; the same calls give the same bits.

    Torques are generalised forces on `joints`, in that order, held for one step. `coulomb` friction in N·m acts in the
    solver, so that a joint at rest stays at rest until it is overcome. `rotors` gives joints an inertia in kg·m² that
    no other joint feels. The base is fixed with its +x axis pitched up by `base_pitch` rad; PyBullet's own axes are the
    base's.
    """

    def __init__(
        self,
        urdf: str,
        joints: Sequence[str],
        coulomb: Sequence[float],
        *,
        base_pitch: float,
        step_s: float,
        rotors: Mapping[str, float] | None = None,
    ) -> None:
        self.step_s = step_s
        self.client = taken_client()
        # Gravity leans instead of the base, whose orientation PyBullet's inverse dynamics leaves out.
        pybullet.setGravity(-GRAVITY * math.sin(base_pitch), 0.0, -GRAVITY * math.cos(base_pitch), self.client)
        pybullet.setPhysicsEngineParameter(fixedTimeStep=step_s, numSubSteps=0, physicsClientId=self.client)
        self.body = self._load(urdf)
        self.joints = self._indices(self.body, joints)
        self._zeros = [0.0] * len(self.joints)
        self._settle(self.body)
        self.rub(coulomb)
        self._wheels: list[tuple[int, int]] = []
        if rotors:
            self._add_rotors(dict(zip(joints, self.joints, strict=True)), rotors)

    def _load(
        self, urdf: str, place: Sequence[float] = (0.0, 0.0, 0.0), turn: Sequence[float] = (0.0, 0.0, 0.0)
    ) -> int:
        with tempfile.TemporaryDirectory(prefix="careloop-") as folder:
            file = Path(folder) / "scene.urdf"
            file.write_text(urdf, encoding="utf-8")
            body: int = pybullet.loadURDF(
                str(file),
                place,
                pybullet.getQuaternionFromEuler(turn),
                useFixedBase=True,
                # Without it PyBullet makes inertias of its own from the collision shapes.
                flags=pybullet.URDF_USE_INERTIA_FROM_FILE,
                physicsClientId=self.client,
            )
        return body

    def _indices(self, body: int, joints: Sequence[str]) -> list[int]:
        count = pybullet.getNumJoints(body, self.client)
        known = {pybullet.getJointInfo(body, index, self.client)[1].decode(): index for index in range(count)}
        return [known[name] for name in joints]

    def _settle(self, body: int) -> None:
        """Take away what PyBullet adds of its own: air damping on every link, damping and a motor in every joint."""
        for link in range(-1, pybullet.getNumJoints(body, self.client)):
            pybullet.changeDynamics(
                body, link, linearDamping=0.0, angularDamping=0.0, jointDamping=0.0, physicsClientId=self.client
            )
        for joint in range(pybullet.getNumJoints(body, self.client)):
            pybullet.setJointMotorControl2(
                body, joint, pybullet.VELOCITY_CONTROL, force=0.0, physicsClientId=self.client
            )

    def rub(self, coulomb: Sequence[float]) -> None:
        """From now on the joints have this Coulomb friction in N·m, a brake's in it."""
        for joint, friction in zip(self.joints, coulomb, strict=True):
            # A motor to rest whose torque is bounded is Coulomb friction, solved implicitly.
            pybullet.setJointMotorControl2(
                self.body,
                joint,
                pybullet.VELOCITY_CONTROL,
                targetVelocity=0.0,
                force=friction,
                physicsClientId=self.client,
            )

    def _add_rotors(self, joints: Mapping[str, int], rotors: Mapping[str, float]) -> None:
        solve_directly(self.client)
        self._flywheels = self._load(flywheels_urdf(rotors))
        self._settle(self._flywheels)
        wheels = self._indices(self._flywheels, list(rotors))
        tie(self.client, self.body, [joints[name] for name in rotors], self._flywheels, wheels)
        self._wheels = [(list(joints).index(name), wheel) for name, wheel in zip(rotors, wheels, strict=True)]

    def beside(self, urdf: str, joints: Sequence[str], place: Sequence[float], turn: Sequence[float]) -> "Beside":
        """Another multibody on a base of its own, fixed at `place` m, turned by roll, pitch and yaw `turn` in rad."""
        solve_directly(self.client)
        body = self._load(urdf, place, turn)
        self._settle(body)
        return Beside(self.client, body, self._indices(body, joints))

    def place(self, q: Sequence[float], dq: Sequence[float]) -> None:
        """Put every joint at `q` rad with velocity `dq` rad/s."""
        for joint, angle, velocity in zip(self.joints, q, dq, strict=True):
            pybullet.resetJointState(self.body, joint, angle, velocity, self.client)
        for place, wheel in self._wheels:
            pybullet.resetJointState(self._flywheels, wheel, 0.0, dq[place], self.client)

    def step(self, tau: Sequence[float]) -> States:
        """One physics step with generalised forces `tau` in N·m, then `states`.

        `tau` had better be a list, which PyBullet reads faster than an array.
        """
        # All by position, the unused targets and gains too: PyBullet takes as long to look up names as to set torques.
        zeros = self._zeros
        _set_motors(self.body, self.joints, _TORQUE, zeros, zeros, tau, zeros, zeros, self.client)
        _step(self.client)
        states: States = _get_states(self.body, self.joints, self.client)
        return states

    def states(self) -> States:
        """Angle in rad and velocity in rad/s of each joint, then what PyBullet adds to them."""
        states: States = _get_states(self.body, self.joints, self.client)
        return states

    def holding(self, q: Sequence[float]) -> list[float]:
        """The torques in N·m that hold `joints` at rest at `q` rad against gravity."""
        # PyBullet takes and gives them in the order of its own indices.
        order = sorted(range(len(q)), key=self.joints.__getitem__)
        zeros = [0.0] * len(q)
        held = pybullet.calculateInverseDynamics(
            self.body, [q[i] for i in order], zeros, zeros, physicsClientId=self.client
        )
        return [torque for _, torque in sorted(zip(order, held, strict=True))]

    def tip(self) -> tuple[Sequence[float], Sequence[float]]:
        """Where the frame of the last joint's link is, in m, and its velocity in m/s, in the base's axes."""
        state = pybullet.getLinkState(
            self.body, self.joints[-1], computeLinkVelocity=1, computeForwardKinematics=1, physicsClientId=self.client
        )
        place, centre, velocity, turning = state[4], state[0], state[6], state[7]
        # PyBullet tells the velocity of the centre of mass.
        arm = [one - other for one, other in zip(place, centre, strict=True)]
        spun = (
            turning[1] * arm[2] - turning[2] * arm[1],
            turning[2] * arm[0] - turning[0] * arm[2],
            turning[0] * arm[1] - turning[1] * arm[0],
        )
        return place, [one + other for one, other in zip(velocity, spun, strict=True)]

    def push(self, force: Sequence[float]) -> None:
        """Push the frame of the last joint's link with a force in N, in the base's axes, in the next step alone."""
        if any(force):
            place = pybullet.getLinkState(
                self.body, self.joints[-1], computeForwardKinematics=1, physicsClientId=self.client
            )[4]
            pybullet.applyExternalForce(
                self.body, self.joints[-1], force, place, pybullet.WORLD_FRAME, physicsClientId=self.client
            )

    def close(self) -> None:
        """Give the physics client back; once is enough, twice does no harm."""
        if self.client >= 0:
            give_back(self.client)
            self.client = -1


class Beside:
    """A second multibody in a world, moved by generalised forces alone: its joints have no friction."""

    def __init__(self, client: int, body: int, joints: list[int]) -> None:
        self.body, self.joints = body, joints
        self._client = client
        self._zeros = [0.0] * len(joints)

    def place(self, q: Sequence[float]) -> None:
        """Put every joint at `q` rad, at rest."""
        for joint, angle in zip(self.joints, q, strict=True):
            pybullet.resetJointState(self.body, joint, angle, 0.0, self._client)

    def push(self, tau: Sequence[float]) -> None:
        """Generalised forces in N·m in the world's next step alone."""
        zeros = self._zeros
        _set_motors(self.body, self.joints, _TORQUE, zeros, zeros, tau, zeros, zeros, self._client)

    def states(self) -> States:
        """Angle in rad and velocity in rad/s of each joint, then what PyBullet adds to them."""
        states: States = _get_states(self.body, self.joints, self._client)
        return states
