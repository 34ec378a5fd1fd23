"""A robot by itself as the load that its drives turn: no person, and for an arm a bed that it may touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import degrees

import numpy as np

from robot.description import RobotDescription
from robot.errors import InputError
from robot.tick import numbers_of
from sim_models.world import States
from sim_models.world_load import WorldLoad, robot_friction, robot_world

TRUTH = ("tool_x_m", "tool_y_m", "tool_z_m", "bed_force_N")
"""What no real robot measures: where the last link's frame is, in the base's axes, and how hard it is pressed down."""


@dataclass(frozen=True, slots=True)
class Bed:
    """A level surface `height` m above the robot's base that pushes the last link's frame up where that is below.

    `stiffness` N/m and `damping` N·s/m of a mattress, assumed. It never pulls, and has no friction.
    """

    height: float
    stiffness: float = 4000.0
    damping: float = 60.0

    def force(self, z: float, dz: float) -> float:
        """The upward force in N on a point at `z` m that rises by `dz` m/s."""
        if z >= self.height:
            return 0.0
        return max(0.0, self.stiffness * (self.height - z) - self.damping * dz)


class RobotLoad(WorldLoad):
    """A robot alone, at rest at `q0` rad: its weight, its drives' friction and rotors, and a `bed` where there is one.

    `push` is a force in N on the last link's frame, in the base's axes: a hand that pushes; change it at any time. A
    `robot.load.Load`. Two loads made from the same values and advanced alike give the same bits. Raises `InputError`
    where `q0` is outside of the joints' ranges.
    """

    def __init__(
        self, description: RobotDescription, q0: Sequence[float], *, base_pitch: float = 0.0, bed: Bed | None = None
    ) -> None:
        check_start(description, q0)
        self.push = (0.0, 0.0, 0.0)
        self._bed = bed
        self._viscous, self._coulomb = (
            [drive.friction.viscous for drive in description.drives],
            robot_friction(description),
        )
        self._world = robot_world(description, base_pitch=base_pitch)
        sizes = len(q0), len(q0), len(TRUTH)
        self._columns = TRUTH
        self._robot_q, self._robot_dq, self._truth = (numbers_of(np.zeros(size)) for size in sizes)
        self._world.place(q0, [0.0] * len(q0))
        self._feel(self._world.states())

    def _feel(self, states: States) -> None:
        for index, state in enumerate(states):
            self._robot_q[index], self._robot_dq[index] = state[0], state[1]
        place, velocity = self._world.tip()
        pressed = self._bed.force(place[2], velocity[2]) if self._bed else 0.0
        for index, number in enumerate((*place, pressed)):
            self._truth[index] = number

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """Go on by `steps` physics steps with the drives' joint-side torques (N·m) held."""
        for _ in range(steps):
            tau = [
                torque - viscous * speed
                for torque, viscous, speed in zip(tau_motor, self._viscous, self.dq, strict=True)
            ]
            x, y, z = self.push
            self._world.push((x, y, z + self._truth[-1]))
            self._feel(self._world.step(tau))


def check_start(description: RobotDescription, q0: Sequence[float]) -> None:
    """Refuse a start outside of the joints' ranges: raises `InputError`."""
    for name, angle in zip(description.joint_names, q0, strict=True):
        low, high = description.range_rad(name)
        if not low <= angle <= high:
            raise InputError(
                "out-of-bounds",
                field=f"q0.{name}",
                given=degrees(angle),
                low=degrees(low),
                high=degrees(high),
                unit="°",
            )
