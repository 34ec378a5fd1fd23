"""A robot without physics engine for the tests: rotors with known inertia, and a bus without a terminal."""

import math
from collections.abc import Callable, Sequence

from hardware.dynamixel.emulator import EmulatedRobot
from hardware.plant import SerialPlant
from robot.description import RobotDescription, load_robot
from robot.tick import Row, TickLayout


class FreeLoad:
    """Rotors that do not know of each other, with viscous friction: dω/dt = (τ − b·ω)/J, solved in closed form."""

    step_s = 0.0005
    truth_columns = ("power_W",)

    def __init__(self, count: int, inertia: float = 1.0, viscous: float = 0.0) -> None:
        self.inertia, self.viscous = inertia, viscous
        self.q, self.dq = [0.0] * count, [0.0] * count
        self.truth = (0.0,)
        self.steps = 0
        self.closed = False

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        t = steps * self.step_s
        for i, tau in enumerate(tau_motor):
            speed, b, inertia = self.dq[i], self.viscous, self.inertia
            if b == 0.0:
                self.q[i] += speed * t + 0.5 * tau / inertia * t * t
                self.dq[i] = speed + tau / inertia * t
            else:
                final, decay = tau / b, math.exp(-b * t / inertia)
                self.q[i] += final * t + (speed - final) * (1.0 - decay) * inertia / b
                self.dq[i] = final + (speed - final) * decay
        self.truth = (sum(tau * dq for tau, dq in zip(tau_motor, self.dq, strict=True)),)
        self.steps += steps

    def close(self) -> None:
        self.closed = True


class ManualClock:
    """Time that goes on only when somebody waits."""

    def __init__(self, now: float = 100.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Loopback:
    """A line that ends in an emulated robot; waiting moves the clock on, so nothing depends on this machine."""

    def __init__(self, robot: EmulatedRobot, bus: str, baud: int, clock: ManualClock) -> None:
        self.port = f"loopback:{bus}"
        self.robot, self.bus, self.baud, self.clock = robot, bus, baud, clock
        self.coming: list[tuple[float, bytes]] = []
        self.sent: list[bytes] = []

    def open(self) -> None:
        self.coming.clear()

    def wait_until(self, time_s: float) -> None:
        """Let time pass with the robot served, as its own process would."""
        while self.clock.now < time_s:
            self.clock.now = min(self.clock.now + 0.001, time_s)
            self.robot.advance(self.clock.now)

    def drain(self) -> None:
        self.coming = [(due, data) for due, data in self.coming if due > self.clock.now]

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self.coming += self.robot.receive(self.bus, data, self.clock.now, self.baud)

    def read(self, deadline: float) -> bytes:
        self.coming.sort(key=lambda reply: reply[0])
        if self.coming and self.coming[0][0] <= deadline:
            due, data = self.coming.pop(0)
            self.wait_until(due)
            return data
        self.wait_until(deadline)
        return b""

    def close(self) -> None:
        self.coming.clear()


class Rig:
    """A plant on an emulated robot, both on one clock that only waiting moves."""

    def __init__(self, description: RobotDescription, load: FreeLoad | None = None, *, wire_time: bool = True) -> None:
        self.description = description
        self.load = load or FreeLoad(len(description.joints))
        self.clock = ManualClock()
        self.robot = EmulatedRobot(description, self.load, wire_time=wire_time)
        self.lines = self.robot.lines
        self.links: dict[str, Loopback] = {}
        self.plant = SerialPlant(description, {bus: bus for bus in description.bus}, self.clock, self._connect)
        self.row = Row(TickLayout(description.joint_names))
        self.next_tick = 0.0

    def _connect(self, port: str, baud: int) -> Loopback:
        self.links[port] = Loopback(self.robot, port, baud, self.clock)
        return self.links[port]

    def wait(self, seconds: float) -> None:
        next(iter(self.links.values())).wait_until(self.clock.now + seconds)

    def run(self, ticks: int, torque: Callable[[Row], float] | float = 0.0) -> None:
        """Read and write on the grid of the description's rate, the same torque for every joint."""
        for _ in range(ticks):
            self.next_tick = max(self.next_tick, self.clock.now)
            self.wait(max(0.0, self.next_tick - self.clock.now))
            self.plant.read(self.row)
            self.row.tau_command[:] = torque(self.row) if callable(torque) else torque
            self.plant.write(self.row)
            self.next_tick += self.description.dt


def knee() -> RobotDescription:
    return load_robot("knee-exo")


def many(count: int, model: str = "ph54-200-s500-r", rate_hz: int = 500, buses: int = 1) -> RobotDescription:
    """A robot of `count` equal joints, IDs from 1 on, spread over the buses in turn; every second one is mirrored."""
    document = knee().model_dump()
    joint = document["joints"]["knee"]
    torque = 40.0 if model == "ph54-200-s500-r" else 1.5
    per_ampere = 4.8 if model == "ph54-200-s500-r" else 2.5
    document["joints"] = {
        f"joint{i}": {
            **joint,
            "torque": torque,
            "drive": {
                **joint["drive"],
                "id": i,
                "model": model,
                "torque_per_ampere": per_ampere,
                "direction": 1 if i % 2 else -1,
                "bus": f"bus{(i - 1) % buses}",
            },
        }
        for i in range(1, count + 1)
    }
    document["bus"] = {f"bus{i}": {"baud": 4000000, "silence_ms": 40.0} for i in range(buses)}
    document["rate_hz"] = rate_hz
    return RobotDescription.model_validate(document)
