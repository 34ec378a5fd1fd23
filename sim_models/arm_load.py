"""An arm robot and the whole person whose arm it carries, in PyBullet: the load that its drives turn."""

from collections.abc import Sequence
from math import cos, sin
from struct import Struct

import numpy as np

from robot.description import RobotDescription
from robot.plan import Posture, check_level
from robot.tick import Array, Numbers, numbers_of
from sim_models.arm_forces import compiled_arm, joints_of, slip_places, straps_of, truth_columns
from sim_models.balance import balanced
from sim_models.cuff import Cuff
from sim_models.faults import NOMINAL, Condition
from sim_models.person import AT_REST, bare, seat_of
from sim_models.person_forces import GIVEN, MEMORY_AT_FIRST, MOTION, TRUNK, effort_places, given_of
from sim_models.person_tree import COUNT, NAMES, places_of
from sim_models.robot_load import check_start
from sim_models.robot_tree import standing
from sim_models.upset import Upset
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.posture import WholePosture, seated
from sim_models.virtual_patient.spasticity import REFLEX_DELAY_S
from sim_models.world import physics_step
from sim_models.world_load import WorldLoad, robot_friction, robot_world
from sim_models.worn_arm import ARM_JOINTS, SHOULDER, WornArm, worn_arm

KNEES_DEG = 80.0
"""How somebody sits whose plan is for an arm, degrees; assumed."""

_write_person = Struct(f"{2 * COUNT}d").pack_into


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
        self._felt = _Felt(description, np.concatenate([given_of(patient, seat), straps]))
        self._robot_q, self._robot_dq, self._truth = self._felt.q, self._felt.dq, self._felt.truth
        self._columns, self._arm = truth_columns(description.joint_names), worn.places
        self._upset = _upset(condition, patient.body, self._felt.given) if condition.upsets else None
        self._past = [numbers_of(np.zeros(COUNT)) for _ in range(round(REFLEX_DELAY_S / self._felt.step_s))]
        self._steps = 0
        self._coulomb, self._world = robot_friction(description), robot_world(description)
        self._body = self._world.beside(bare(patient.body), NAMES, place, (0.0, seat.pitch, 0.0))
        self._start(q0, _as_robot(worn, _stands(description, q0)["upper_arm_bar_turn"], q0, sits))

    def _start(self, q0: Sequence[float], near: Array) -> None:
        felt = self._felt
        felt.q[:] = numbers_of(np.array(q0, dtype=np.float64))

        def unbalanced(angles: Array) -> Array:
            """What is left to accelerate the person at rest, in N·m."""
            felt.person_q[:] = numbers_of(angles)
            felt.work_out()
            return felt.unbalanced.copy()

        start = balanced(unbalanced, near)
        self._world.place(q0, [0.0] * len(q0))
        self._body.place(start.tolist())
        felt.move(q0, [0.0] * len(q0), start.tolist(), AT_REST)
        self._act()

    def _act(self) -> None:
        """Work out what acts in the next step."""
        felt, past = self._felt, self._past[self._steps % len(self._past)]
        felt.late[:] = past
        past[:] = felt.person_dq
        felt.time[0] = self._steps * felt.step_s
        arm = self._arm
        willed = (
            self._upset(felt.time[0], [felt.person_q[place] for place in arm], [felt.person_dq[place] for place in arm])
            if self._upset
            else ()
        )
        felt.work_out()
        for place, torque in zip(arm, willed, strict=False):
            felt.person_tau[place] += torque
        felt.remember()

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """Go on by `steps` physics steps with the drives' joint-side torques (N·m) held."""
        felt = self._felt
        for _ in range(steps):
            self._body.push([*felt.person_tau])
            robot = self._world.step([motor + other for motor, other in zip(tau_motor, felt.tau, strict=True)])
            q, dq, *_ = zip(*robot, strict=True)
            person_q, person_dq, *_ = zip(*self._body.states(), strict=True)
            felt.move(q, dq, person_q, person_dq)
            self._steps += 1
            self._act()

    @property
    def person_stands(self) -> Sequence[float]:
        """Where the person's trunk is (x, y, z in m; pitch and yaw in rad), then `person_q`."""
        return [*self._felt.given[:TRUNK], *self.person_q]

    @property
    def person_q(self) -> Sequence[float]:
        """Angles of the person's joints in rad, in the order of `sim_models.person_tree.NAMES`."""
        return self._felt.person_q.tolist()


class _Felt:
    """What is compiled of robot, straps and person, and the numbers that it reads and writes."""

    def __init__(self, description: RobotDescription, given: Array) -> None:
        count, self.step_s = len(description.joint_names), physics_step(description.dt)
        q, dq, late, time, step = (
            np.zeros(count),
            np.zeros(count),
            np.zeros(COUNT),
            np.zeros(1),
            np.array([self.step_s]),
        )
        motion, memory = np.zeros(MOTION), np.tile(MEMORY_AT_FIRST, COUNT)
        tau, person_tau, memory_next = np.zeros(count), np.zeros(COUNT), np.zeros(memory.size)
        self.unbalanced, truth = np.zeros(COUNT), np.zeros(len(truth_columns(description.joint_names)))
        self.work_out = compiled_arm(description.urdf, description.joint_names).bind(
            [q, dq, motion, late, time, memory, given[:GIVEN], step, given[GIVEN:], joints_of(description)],
            [tau, person_tau, self.unbalanced, memory_next, truth],
        )
        self.q, self.dq, self.late, self.time = map(numbers_of, (q, dq, late, time))
        self.person_q, self.person_dq, self._dq_before = map(numbers_of, np.split(motion, 3))
        self.tau, self.person_tau, self.truth = map(numbers_of, (tau, person_tau, truth))
        self.given = numbers_of(given)
        self._motion, self._memory, self._memory_next = map(numbers_of, (motion, memory, memory_next))

    def move(
        self, q: Sequence[float], dq: Sequence[float], person_q: Sequence[float], person_dq: Sequence[float]
    ) -> None:
        """A step later."""
        for index, (angle, speed) in enumerate(zip(q, dq, strict=True)):
            self.q[index], self.dq[index] = angle, speed
        self._dq_before[:] = self.person_dq
        _write_person(self._motion, 0, *person_q, *person_dq)

    def remember(self) -> None:
        """What the joints remember goes on by a step."""
        self._memory[:] = self._memory_next


def _stands(description: RobotDescription, q: Sequence[float]) -> dict[str, Array]:
    """Places and axes of the robot's links at `q` rad, by the names of `standing`."""
    told = standing(description.urdf, description.joint_names)(q=list(q))
    return {name: np.array(value) for name, value in told.items()}


def _place(
    worn: WornArm, body: Body, sits: WholePosture, shoulder: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Where the trunk's origin is for the person's shoulder to be there, in m."""
    at = places_of(body, (0.0, 0.0, 0.0), sits.trunk_turn[1], 0.0, AT_REST)[f"{worn.side}_upper_arm"]
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
