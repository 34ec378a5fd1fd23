"""One drive of a robot's description: its bus and number, and what is between its output shaft and the joint."""

import math
from typing import Annotated, Literal

from pydantic import Field

from robot.datasheets import DRIVES, DriveModel
from robot.files import NotNegative, Positive, Strict


class Friction(Strict):
    """Drive and gear friction at the joint: Coulomb in N·m, viscous in N·m·s/rad."""

    coulomb: NotNegative
    viscous: NotNegative


class Drive(Strict):
    """One drive on a bus, and what is between its output shaft and the joint.

    A drive of the family `simulated` has no driver: its robot runs in simulation alone. `gear` is drive turns for one
    joint turn, `direction` +1 or -1, `zero_deg` the drive's angle at joint angle zero, `torque_per_ampere` N·m/A at the
    drive's output shaft (from calibration), `inertia` kg·m² reflected to the joint, `thermal_time_s` the time constant
    with which its motor warms: no datasheet gives it, so a minute is assumed, which is more a winding's than the
    housing's.
    """

    bus: str
    family: Literal["dynamixel", "simulated"]
    model: str
    id: Annotated[int, Field(ge=0, le=252)]
    gear: Positive = 1.0
    direction: Literal[1, -1] = 1
    zero_deg: Annotated[float, Field(ge=-360, le=360)] = 0.0
    torque_per_ampere: Positive
    friction: Friction
    inertia: NotNegative
    thermal_time_s: Annotated[float, Field(ge=1.0, le=1e5)] = 60.0

    @property
    def datasheet(self) -> DriveModel:
        """What the drive's manufacturer says of it."""
        return DRIVES[self.model]

    def available_torque(self, joint_speed: float) -> float:
        """Largest joint torque in N·m that the drive can give at `joint_speed` rad/s (torque-speed line)."""
        return self.gear * self.datasheet.available_torque(self.gear * joint_speed, self.torque_per_ampere)

    @property
    def continuous_torque(self) -> float:
        """Joint torque in N·m that the drive can give for ever."""
        return self.gear * self.datasheet.continuous_torque

    def motor_torque(self, current: float, joint_speed: float) -> float:
        """Joint torque in N·m that `current` (A) gives at `joint_speed` (rad/s), before friction.

        The current limit always cuts it, the torque-speed line where the drive drives the motion.
        """
        drive = self.datasheet
        bounded = min(max(current, -drive.current_limit), drive.current_limit)
        torque = self.direction * self.gear * self.torque_per_ampere * bounded
        if torque * joint_speed > 0.0:
            available = self.available_torque(joint_speed)
            torque = min(max(torque, -available), available)
        return torque

    def counts_of_position(self, q: float) -> int:
        """The drive's position count at joint angle `q` rad."""
        turns = (math.radians(self.zero_deg) + self.direction * self.gear * q) / (2.0 * math.pi)
        return round(turns * self.datasheet.encoder_counts)

    def position_of_counts(self, counts: int) -> float:
        """Joint angle in rad at a position count of the drive."""
        angle = 2.0 * math.pi * counts / self.datasheet.encoder_counts
        return (angle - math.radians(self.zero_deg)) / (self.direction * self.gear)

    def counts_of_velocity(self, dq: float) -> int:
        """The drive's velocity count at joint velocity `dq` rad/s."""
        return round(self.direction * self.gear * dq / self.datasheet.velocity_unit)

    def velocity_of_counts(self, counts: int) -> float:
        """Joint velocity in rad/s at a velocity count of the drive."""
        return counts * self.datasheet.velocity_unit / (self.direction * self.gear)

    def counts_of_torque(self, tau: float) -> int:
        """The goal current's count for joint torque `tau` N·m, within the drive's current limit."""
        unit = self.datasheet.current_unit
        largest = math.floor(self.datasheet.current_limit / unit + 1e-9)
        counts = round(tau / (self.direction * self.gear * self.torque_per_ampere * unit))
        return min(max(counts, -largest), largest)

    def torque_of_counts(self, counts: int) -> float:
        """Joint torque in N·m that a present-current count stands for."""
        return counts * self.datasheet.current_unit * self.direction * self.gear * self.torque_per_ampere
