"""Motor drives as their datasheets give them: torque-speed line, current limit, encoder and units on the wire.

And a family `simulated` of drives that nobody sells and no driver of ours drives: they turn robots in simulation alone.
"""

import math
from dataclasses import dataclass

RPM = 2.0 * math.pi / 60.0


@dataclass(frozen=True, slots=True)
class DriveModel:
    """What a drive's datasheet and control table say, at the drive's own output shaft.

    `no_load_speed` and `continuous_speed` in rad/s, `continuous_torque` in N·m, currents in A, `encoder_counts` per
    turn of the output shaft, `current_unit` in A and `velocity_unit` in rad/s per count on the wire. Outside of
    `supply_v` (V) or above `hottest_celsius` the drive would shut itself down, as it is delivered.
    """

    name: str
    family: str
    no_load_speed: float
    continuous_speed: float
    continuous_torque: float
    continuous_current: float
    current_limit: float
    encoder_counts: int
    current_unit: float
    velocity_unit: float
    supply_v: tuple[float, float]
    hottest_celsius: float

    def available_torque(self, speed: float, torque_per_ampere: float) -> float:
        """Largest torque in N·m that the drive can give along its motion at `speed` rad/s.

        The line through the no-load and the continuous point, cut at the current limit. Braking is limited by the
        current alone.
        """
        slope = self.continuous_torque / (self.no_load_speed - self.continuous_speed)
        line = slope * (self.no_load_speed - abs(speed))
        return max(0.0, min(line, self.current_limit * torque_per_ampere))


def _assumed(peak_torque: float) -> DriveModel:
    """A drive with its gear as it is built into the joint of a nursing arm, by its largest torque in N·m; all assumed.

    It can give six tenths of that for ever. The currents stand for torques, at 10 N·m/A.
    """
    return DriveModel(
        name=f"joint-{peak_torque:g}",
        family="simulated",
        no_load_speed=math.radians(180.0),
        continuous_speed=math.radians(140.0),
        continuous_torque=0.6 * peak_torque,
        continuous_current=0.06 * peak_torque,
        current_limit=0.1 * peak_torque,
        encoder_counts=2**20,
        current_unit=0.001,
        velocity_unit=0.0001,
        supply_v=(40.0, 56.0),
        hottest_celsius=80.0,
    )


# ROBOTIS e-manual, DYNAMIXEL-P and X series. The X series' continuous point is taken as 30 % of the stall torque on its
# own line (an assumption: the datasheet gives stall values only).
DRIVES = {
    model.name: model
    for model in (
        DriveModel(
            name="ph54-200-s500-r",
            family="dynamixel",
            no_load_speed=33.1 * RPM,
            continuous_speed=29.0 * RPM,
            continuous_torque=44.7,
            continuous_current=9.3,
            current_limit=22.740,
            encoder_counts=1003846,
            current_unit=0.001,
            velocity_unit=0.01 * RPM,
            supply_v=(15.0, 35.0),
            hottest_celsius=80.0,
        ),
        DriveModel(
            name="xh430-w350-r",
            family="dynamixel",
            no_load_speed=30.0 * RPM,
            continuous_speed=21.0 * RPM,
            continuous_torque=1.0,
            continuous_current=0.4,
            current_limit=648 * 0.00269,
            encoder_counts=4096,
            current_unit=0.00269,
            velocity_unit=0.229 * RPM,
            supply_v=(9.5, 16.0),
            hottest_celsius=80.0,
        ),
        *map(_assumed, (320.0, 176.0, 110.0, 40.0)),
    )
}
