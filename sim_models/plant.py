"""The simulated plant: drives on a bus, as the control sees them, turning a load in simulated time."""

import math
from collections.abc import Callable, Sequence
from typing import cast

from robot.description import RobotDescription
from robot.errors import RobotError
from robot.load import BrakedLoad, Load
from robot.tick import Row
from sim_models.brakes import SimulatedBrakes
from sim_models.drives import SimulatedDrive
from sim_models.faults import NOMINAL, Condition, Delay, Sensing

WATCHDOG_UNIT_MS = 20.0
LARGEST_WATCHDOG = 127
"""Unit and largest value of a DYNAMIXEL's bus watchdog (e-manual)."""

WATCHDOG_BIT = 0x100
"""In `row.drive_error`: the drive's own watchdog took the torque away; the same bit as from a serial bus."""

Observer = Callable[[float, Sequence[float], Sequence[float]], None]
"""Told the time in s, the load's truth and the drives' torque in N·m at each measurement."""


def watchdog_s(silence_s: float) -> float:
    """The drives' own watchdog time in s: `silence_s` rounded down to the register's grid, from 1 to 127 units."""
    units = math.floor(silence_s * 1000.0 / WATCHDOG_UNIT_MS + 1e-9)
    return min(max(units, 1), LARGEST_WATCHDOG) * WATCHDOG_UNIT_MS / 1000.0


def _force_places(description: RobotDescription, load: Load) -> list[int]:
    """Where each force sensor's force stands in the load's truth, whose names end as in `knee_cuff_force_N`."""
    places = []
    for sensor in description.sensor_names:
        ending = f"_{sensor.replace('-', '_')}_force_N"
        found = [index for index, name in enumerate(load.truth_columns) if name.endswith(ending)]
        if not found:
            known = ", ".join(name for name in load.truth_columns if name.endswith("_force_N")) or "no force"
            raise RobotError("sensor-not-simulated", field=f"force_sensors.{sensor}", given=sensor, known=known)
        places.append(found[0])
    return places


class SimulatedPlant:
    """A `robot.plant.Plant` in simulated time: each `read` after the first goes on by one tick.

    A command acts one cycle after the measurement it answers. Positions, velocities and currents pass through the
    drives' counts; current limit and torque-speed line hold. A drive that hears nothing for `watchdog_s` goes to zero
    current and refuses goals until it is opened again. Brakes, where the robot has them, close with every loss of
    torque and when a command asks them to; a load of such a robot is a `BrakedLoad`. A force sensor measures the
    load's true force of its name, as `cuff` the cuff's; raises `RobotError` where there is none. `observe` is told the
    truth at the instant of each measurement. Friction belongs to the load.
    """

    def __init__(
        self,
        description: RobotDescription,
        load: Load,
        condition: Condition = NOMINAL,
        observe: Observer | None = None,
    ) -> None:
        self._description = description
        self._drives = [SimulatedDrive(drive, condition.torque_share) for drive in description.drives]
        self._forces = _force_places(description, load)
        self._dt = description.dt
        self._steps = round(self._dt / load.step_s)
        self._load = load
        self._condition = condition
        self._observe = observe
        self._watchdog = watchdog_s(description.silence_s) - 1e-9
        # Until then nobody has to be asked whether something is wrong on the bus.
        self._sound_until = condition.starts_s - 1e-6
        self._brakes = None if description.brakes is None else SimulatedBrakes(description, cast(BrakedLoad, load))
        # Of a robot that is held by brakes the last number of every goal asks for closed ones.
        self._zero = [0] * len(self._drives) + [1] * (self._brakes is not None)
        self._torques = [0.0] * len(self._drives)
        self._begin()
        self._on = False

    def _begin(self) -> None:
        """Time at zero, nothing sent, nothing heard."""
        condition = self._condition
        self._sensing = Sensing(condition, self._description.drives) if condition.misleads else None
        self._on_the_way = Delay(condition, self._dt, self._zero)
        self._on, self._tripped, self._silent = True, False, False
        self._reads = self._misses = 0
        self._time = self._heard = self._answered = 0.0
        self._goal = self._zero
        if self._brakes:
            self._brakes.begin()

    def open(self) -> None:
        """Torque on at zero current; time starts at zero with the next `read`."""
        self._begin()

    def read(self, row: Row) -> None:
        """Go on by one tick, except before the first measurement, and measure into `row`; never raises."""
        if self._reads:
            self._go_on()
        time = self._time = self._reads * self._dt
        self._reads += 1
        if self._observe is not None:
            self._observe(time, self._load.truth, self._torques)
        self._silent = time > self._sound_until and self._condition.is_silent(time)
        if self._silent:
            self._miss(row)
        else:
            self._heard = time
            self._measure(row, time)
        numbers = row.numbers
        numbers.age[0] = time - self._answered
        numbers.bus_misses[0] = self._misses

    def _miss(self, row: Row) -> None:
        """No reply in this cycle."""
        self._misses += len(self._drives)
        row.q[:] = row.dq[:] = row.tau_measured[:] = row.drive_error[:] = row.contact_force[:] = math.nan

    def _measure(self, row: Row, time: float) -> None:
        q, dq = self._load.q, self._load.dq
        if self._sensing is not None:
            q, dq = self._sensing.measured(time, q, dq)
            if self._sensing.lost():
                self._miss(row)
                return
        self._answered = time
        error = WATCHDOG_BIT if self._tripped else 0.0
        numbers = row.numbers
        angles, speeds, torques, errors = numbers.q, numbers.dq, numbers.tau_measured, numbers.drive_error
        for index, told in enumerate(map(SimulatedDrive.measured, self._drives, q, dq)):
            angles[index], speeds[index], torques[index] = told
            errors[index] = error
        if self._forces:
            truth = self._load.truth
            row.contact_force[:] = [truth[place] for place in self._forces]
        if time > self._sound_until and self._condition.nonsense.holds(time):
            row.q[:] = row.dq[:] = row.tau_measured[:] = row.contact_force[:] = math.nan

    def _go_on(self) -> None:
        """One tick of physics with the currents that have arrived at the drives."""
        goal = self._on_the_way.passed(self._goal)
        if self._on and self._time - self._heard >= self._watchdog:
            self._tripped = True
        if self._tripped or not self._on or self._time >= self._condition.power_lost_s:
            goal = self._zero
        if self._brakes:
            self._brakes.heed(self._time, bool(goal[-1]))
        self._torques = [*map(SimulatedDrive.torque, self._drives, goal, self._load.dq)]
        self._load.advance(self._torques, self._steps)

    def write(self, row: Row) -> None:
        """Send `row.tau_command` as goal currents; on a silent bus, or where it is no number, nothing is sent."""
        command = row.numbers.tau_command.tolist()
        if self._silent or not all(map(math.isfinite, command)):
            return
        self._heard = self._time
        goal = [*map(SimulatedDrive.goal_of, self._drives, command)]
        self._goal = goal + [1 if asked else 0 for asked in row.numbers.brake] if self._brakes else goal

    def stop(self) -> None:
        """Torque off now (category 0), if the bus lets it through."""
        if not self._silent:
            self._on = False

    def close(self) -> None:
        """Torque off; the load stays with whoever made it."""
        self.stop()

    def coast(self, ticks: int) -> None:
        """Go on without a host, as after its end: nothing is sent, the drives' watchdog runs, `observe` is told."""
        for _ in range(ticks):
            self._go_on()
            self._time = self._reads * self._dt
            self._reads += 1
            if self._observe is not None:
                self._observe(self._time, self._load.truth, self._torques)
