"""A robot by itself as the load that its drives turn: no person, and for an arm a bed that it may touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import degrees
from typing import Self

from robot.description import RobotDescription
from robot.errors import InputError
from sim_models.scene_urdf import robot_scene
from sim_models.world import States, World, physics_step

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


class RobotLoad:
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
        self._step_s = physics_step(description.dt)
        self._viscous = [drive.friction.viscous for drive in description.drives]
        self._coulomb = [drive.friction.coulomb for drive in description.drives]
        urdf, rotors = robot_scene(description)
        self._world = World(
            urdf, description.joint_names, self._coulomb, base_pitch=base_pitch, step_s=self._step_s, rotors=rotors
        )
        self._world.place(q0, [0.0] * len(q0))
        self._feel(self._world.states())

    def _feel(self, states: States) -> None:
        self._q = [state[0] for state in states]
        self._dq = [state[1] for state in states]
        place, velocity = self._world.tip()
        pressed = self._bed.force(place[2], velocity[2]) if self._bed else 0.0
        self._truth = [*place, pressed]

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """Go on by `steps` physics steps with the drives' joint-side torques (N·m) held."""
        for _ in range(steps):
            tau = [
                torque - viscous * speed
                for torque, viscous, speed in zip(tau_motor, self._viscous, self._dq, strict=True)
            ]
            x, y, z = self.push
            self._world.push((x, y, z + self._truth[-1]))
            self._feel(self._world.step(tau))

    def brake(self, torques: Sequence[float]) -> None:
        """From now on brakes hold each joint with so much torque (N·m) as friction; with none they are open."""
        self._world.rub([own + brake for own, brake in zip(self._coulomb, torques, strict=True)])

    @property
    def q(self) -> Sequence[float]:
        """Angles of the joints in rad."""
        return self._q

    @property
    def dq(self) -> Sequence[float]:
        """Velocities of the joints in rad/s."""
        return self._dq

    @property
    def truth_columns(self) -> tuple[str, ...]:
        """The names of what `truth` gives."""
        return TRUTH

    @property
    def truth(self) -> Sequence[float]:
        """What no real robot measures, at this instant."""
        return self._truth

    @property
    def step_s(self) -> float:
        """The physics step in s."""
        return self._step_s

    def close(self) -> None:
        """End the physics client; the last `q`, `dq` and `truth` stay readable."""
        self._world.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
