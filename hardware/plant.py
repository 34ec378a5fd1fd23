"""The robot itself as a plant: its motor buses, read and written once a tick."""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Self

from hardware.bus import READ_SHARE, Identity, MotorBus
from hardware.families import FAMILIES, check_driven
from hardware.link import Clock, Link, SerialLink
from robot.description import RobotDescription
from robot.errors import DeviceError
from robot.tick import Row

Connect = Callable[[str, int], Link]
"""Makes a line, not yet open, from a port and a baud rate."""


class SerialPlant:
    """A robot's drives on serial ports; implements `robot.plant.Plant`. One thread only.

    `ports` gives the port of every bus in the description; best a name that stays, as under `/dev/serial/by-id`. Raises
    `DeviceError` for a bus without a port, a drive without a driver, and a robot with a force sensor or a brake: no
    driver has one yet.
    """

    def __init__(
        self,
        description: RobotDescription,
        ports: Mapping[str, str],
        clock: Clock = time.monotonic,
        connect: Connect = SerialLink,
    ) -> None:
        check_driven(description)
        if description.safe_end == "held-by-brake":
            raise DeviceError("brake-not-driven", robot=description.name)
        if description.force_sensors:
            names = ", ".join(description.sensor_names)
            raise DeviceError("sensor-without-driver", robot=description.name, sensors=names)
        self._clock = clock
        self._patience_s = READ_SHARE * description.dt
        self._buses: list[MotorBus] = []
        used = dict.fromkeys(drive.bus for drive in description.drives)
        for name in used:
            if name not in ports:
                raise DeviceError("bus-without-port", bus=name, given=", ".join(ports))
            family = next(drive.family for drive in description.drives if drive.bus == name)
            link = connect(ports[name], description.bus[name].baud)
            self._buses.append(FAMILIES[family].bus(description, name, link, clock))
        order = description.joint_names
        self._places = [tuple(order.index(joint) for joint in bus.joints) for bus in self._buses]
        self._readings = [
            (place, reading)
            for bus, places in zip(self._buses, self._places, strict=True)
            for place, reading in zip(places, bus.readings, strict=True)
        ]
        self._misses = 0
        self._torque_on = False

    @property
    def identities(self) -> tuple[Identity, ...]:
        """What the drives said of themselves at `open`."""
        return tuple(identity for bus in self._buses for identity in bus.identities)

    @property
    def miss_reasons(self) -> Counter[str]:
        """How often what spoiled an answer: checksum, length, tick (stale), refused, repeated, unexpected id.

        An answer that did not come at all is in `bus_misses` only.
        """
        return sum((Counter(bus.misses) for bus in self._buses), Counter())

    def open(self) -> None:
        """Connect and check every drive; ends with torque on at zero torque.

        Blocks some tens of ms, about a second when a drive does not answer. Raises `DeviceError`, and then holds
        nothing.
        """
        try:
            for bus in self._buses:
                bus.open()
        except DeviceError:
            self.stop()
            self.close()
            raise
        self._misses = 0
        self._torque_on = True

    def read(self, row: Row) -> None:
        """Measure into `row`; blocks at most three quarters of a period; never raises.

        `age` is that of the drive which has been without a valid answer for longest.
        """
        deadline = self._clock() + self._patience_s
        for bus in self._buses:
            bus.request()
        for bus in self._buses:
            self._misses += bus.collect(deadline)
        oldest = math.inf
        q, dq, tau, error = row.q, row.dq, row.tau_measured, row.drive_error
        for place, reading in self._readings:
            q[place] = reading.q
            dq[place] = reading.dq
            tau[place] = reading.tau
            error[place] = reading.error
            if reading.q != reading.q:  # NaN: this drive missed
                oldest = min(oldest, reading.time)
        row.age[0] = 0.0 if oldest == math.inf else self._clock() - oldest
        row.bus_misses[0] = self._misses

    def write(self, row: Row) -> None:
        """Send `row.tau_command`; does not wait; never raises. After `stop` nothing is sent any more."""
        if not self._torque_on:
            return
        torques = row.tau_command.tolist()
        for bus, places in zip(self._buses, self._places, strict=True):
            bus.command([torques[place] for place in places])

    def stop(self) -> None:
        """Zero torque, then torque off on every bus; best effort; never raises."""
        self._torque_on = False
        for bus in self._buses:
            bus.release()

    def close(self) -> None:
        """Torque off if it is still on, then give back the ports; never raises."""
        if self._torque_on:
            self.stop()
        for bus in self._buses:
            bus.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
