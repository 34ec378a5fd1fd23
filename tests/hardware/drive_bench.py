"""An emulated bus that a test asks by hand, on a clock of its own."""

from hardware.dynamixel import instructions as ask
from hardware.dynamixel.codec import Result, Status, parse_status, split_frames
from hardware.dynamixel.emulator import EmulatedRobot
from hardware.dynamixel.table import TABLES, Mode
from robot.description import RobotDescription
from tests.hardware.rigs import FreeLoad

BAUD = 4_000_000


class Bench:
    """One emulated bus on a table: a time that is set by hand, and words for registers."""

    def __init__(self, description: RobotDescription) -> None:
        self.load = FreeLoad(len(description.joints))
        self.robot = EmulatedRobot(description, self.load, wire_time=False)
        self.bus = next(iter(description.bus))
        self.line = self.robot.lines[self.bus]
        self.table = TABLES[description.drives[0].model]
        self.now = 50.0

    def wait(self, seconds: float) -> None:
        """Let time pass, served all the while."""
        for _ in range(round(seconds / 0.001)):
            self.now += 0.001
            self.robot.advance(self.now)

    def send(self, request: bytes, baud: int = BAUD) -> list[Status]:
        bursts = self.robot.receive(self.bus, request, self.now, baud)
        frames = split_frames(b"".join(data for _, data in bursts)).frames
        return [answer for data in frames if (answer := parse_status(data)) is not None]

    def write(self, name: str, value: int, id_: int = 1) -> Result:
        register = self.table[name]
        (answer,) = self.send(ask.write(id_, register.address, register.pack(value)))
        return Result(answer.result)

    def read(self, name: str, id_: int = 1) -> int:
        register = self.table[name]
        (answer,) = self.send(ask.read(id_, register.address, register.size))
        return register.unpack(answer.data)

    def torque_on(self, goal: int = 0) -> None:
        assert self.write("operating_mode", Mode.CURRENT) == Result.DONE
        assert self.write("torque_enable", 1) == Result.DONE
        assert self.write("goal_current", goal) == Result.DONE
