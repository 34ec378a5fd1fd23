"""An arm robot and the whole person whose arm it carries, in PyBullet: the load that its drives turn."""

from collections.abc import Sequence
from math import cos, sin

import numpy as np

from robot.description import RobotDescription
from robot.plan import Posture, check_level
from robot.tick import Array, Numbers, numbers_of
from sim_models.arm_forces import compiled_arm, joints_of, slip_places, straps_of, truth_columns
from sim_models.course import Course, Joints, Work
from sim_models.cuff import Cuff
from sim_models.faults import NOMINAL, Condition
from sim_models.person import Felt, bare, seat_of
from sim_models.person_forces import GIVEN, TRUNK, effort_places, given_of
from sim_models.person_tree import COUNT, NAMES, places_of
from sim_models.robot_load import check_start
from sim_models.robot_tree import standing
from sim_models.stepping import stepping
from sim_models.upset import Upset
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.joints import ARM_JOINTS
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.posture import WholePosture, seated
from sim_models.world import physics_step
from sim_models.world_load import WorldLoad, robot_friction, robot_world
from sim_models.worn_arm import SHOULDER, WornArm, worn_arm

KNEES_DEG = 80.0
"""How somebody sits whose plan is for an arm, degrees; assumed."""


class ArmLoad(WorldLoad):
    """A robot on the right arm of a whole person who sits, at rest: the robot's joints at `q0` rad.

    The person starts where straps, seat, gravity and their own torques balance. The straps were fastened with all
    joints in the middle of their ranges. `condition` says what befalls the person and the straps.

    A `robot.load.Load`. Two loads made from the same values and advanced alike give the same bits. Raises `InputError`
    where `q0` is outside of the joints' ranges, `PlanError` where the thigh is not level, `RobotError` where the robot
    is no arm.
    """

    def __init__(
        self,
        description: RobotDescription,
        patient: VirtualPatient,
        posture: Posture,
        q0: Sequence[float],
        cuff: Cuff | None = None,
        *,
        condition: Condition = NOMINAL,
    ) -> None:
        check_start(description, q0)
        check_level(posture, description)
        worn = worn_arm(description.urdf, description.joint_names)
        sits, cuff = seated(posture, KNEES_DEG), cuff or Cuff()
        x, z = cuff.misalignment
        place = _place(worn, patient.body, sits, (x, 0.0, z))
        seat = seat_of(patient, sits, place, 0.0, (f"{worn.side}_ulna", f"{worn.side}_hand"))
        strapped = [0.5 * sum(description.range_rad(name)) for name in description.joint_names]
        upper_arm_m = patient.body.segment("upper_arm").length
        straps = straps_of(_stands(description, strapped), upper_arm_m, (x, 0.0, z), cuff)
        self._given = np.concatenate([given_of(patient, seat), straps])
        self._felt = felt = Felt(self._given[:GIVEN], physics_step(description.dt))
        self._columns, self._arm = truth_columns(description.joint_names), worn.places
        self._upset = _upset(condition, patient.body, numbers_of(self._given)) if condition.upsets else None
        count, sizes = len(q0), (len(q0), len(q0), len(self._columns))
        q, (dq, tau, truth) = np.array(q0, dtype=np.float64), map(np.zeros, sizes)
        self._robot_q, self._robot_dq, self._truth = map(numbers_of, (q, dq, truth))
        forces = Work(
            compiled_arm(description.urdf, description.joint_names),
            [q, dq, *felt.inputs, self._given[GIVEN:], joints_of(description)],
            [tau, felt.tau, felt.unbalanced, felt.past.memory_next, truth],
        )
        felt.q[:] = felt.rest(forces, _as_robot(worn, _stands(description, q0)["upper_arm_bar_turn"], q0, sits))
        self._coulomb, self._world = robot_friction(description), robot_world(description)
        self._world.place(q0, [0.0] * count)
        body = self._world.beside(bare(patient.body), NAMES, place, (0.0, seat.pitch, 0.0))
        body.place(felt.q.tolist())
        robot, person = Joints(self._world, tau, q, dq), felt.joints(body)
        # The drives' viscous friction is among the forces.
        self._stepping = stepping(Course(self._world, robot, np.zeros(count), [forces], felt.past, person))
        self._act()

    def _act(self) -> None:
        """Work out what acts in the next step, and on top what befalls the person: that may change what is given."""
        felt, arm = self._felt, self._arm
        time = float(felt.past.time[0])
        willed = self._upset(time, felt.q[arm].tolist(), felt.dq[arm].tolist()) if self._upset else ()
        self._stepping.act()
        for place, torque in zip(arm, willed, strict=False):
            felt.tau[place] += torque

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """Go on by `steps` physics steps with the drives' joint-side torques (N·m) held."""
        if self._upset is None:
            self._stepping.advance(tau_motor, steps)
            return
        for _ in range(steps):
            self._stepping.move(tau_motor)
            self._act()

    @property
    def person_stands(self) -> Sequence[float]:
        """Where the person's trunk is (x, y, z in m; pitch and yaw in rad), then `person_q`."""
        return [*self._given[:TRUNK].tolist(), *self.person_q]

    @property
    def person_q(self) -> Sequence[float]:
        """Angles of the person's joints in rad, in the order of `sim_models.person_tree.NAMES`."""
        return [*map(float, self._felt.q)]


def _stands(description: RobotDescription, q: Sequence[float]) -> dict[str, Array]:
    """Places and axes of the robot's links at `q` rad, by the names of `standing`."""
    told = standing(description.urdf, description.joint_names)(q=list(q))
    return {name: np.array(value) for name, value in told.items()}


def _place(
    worn: WornArm, body: Body, sits: WholePosture, shoulder: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Where the trunk's origin is for the person's shoulder to be there, in m."""
    at = places_of(body, (0.0, 0.0, 0.0), sits.trunk_turn[1], 0.0, [0.0] * COUNT)[f"{worn.side}_upper_arm"]
    x, y, z = (wanted - now for wanted, now in zip(shoulder, at, strict=True))
    return x, y, z


def _as_robot(worn: WornArm, upper_arm: Array, q0: Sequence[float], sits: WholePosture) -> Array:
    """The person's angles in rad in their posture, but of the worn arm where its links stand as the robot's do."""
    angles, (_, pitch, _) = sits.angles(), sits.trunk_turn
    trunk = np.array([[cos(pitch), 0.0, sin(pitch)], [0.0, 1.0, 0.0], [-sin(pitch), 0.0, cos(pitch)]])
    turn = trunk.T @ upper_arm
    q = np.array([angles[name] for name in NAMES])
    flexed, away = np.arctan2(turn[2, 0], turn[0, 0]), np.arcsin(-turn[1, 0])
    q[worn.places] = flexed, away, np.arctan2(turn[1, 2], turn[1, 1]), *q0[SHOULDER:]
    return q


def _upset(condition: Condition, body: Body, given: Numbers) -> Upset:
    straps = tuple(GIVEN + place for place in slip_places())
    return Upset(condition, ARM_JOINTS, body, given, effort_places(), straps)
