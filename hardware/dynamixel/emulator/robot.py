"""All the emulated drives of a robot with the load that they turn; no input or output, and time is an argument."""

from collections.abc import Callable, Sequence

from hardware.dynamixel.emulator.drive import EmulatedDrive
from hardware.dynamixel.emulator.line import EmulatedLine
from robot.description import RobotDescription
from robot.load import Load

Truth = Callable[[float, Sequence[float]], None]
"""Takes the load's truth at a time in s on the emulator's clock."""

BLOCK_S = 0.001
"""How long a drive's torque is held while the load goes on."""

CATCH_UP_S = 0.015
"""Most of a gap that is made good; the rest of a longer one (this machine stalled) is lost to load and watchdogs."""


class EmulatedRobot:
    """The drives of every bus and their load. `slipped_s` is the time in s that it lost on a stalled machine."""

    def __init__(
        self, description: RobotDescription, load: Load, *, wire_time: bool = True, truth: Truth | None = None
    ) -> None:
        self.load = load
        self.drives = {
            name: EmulatedDrive(joint.drive, description.bus[joint.drive.bus].baud)
            for name, joint in description.joints.items()
        }
        self.lines = {
            bus: EmulatedLine([drive for drive in self.drives.values() if drive.drive.bus == bus], wire_time=wire_time)
            for bus in description.bus
        }
        self.slipped_s = 0.0
        self._truth = truth
        self._time: float | None = None
        self._block = max(1, round(BLOCK_S / load.step_s))

    def receive(self, bus: str, data: bytes, now: float, baud: int) -> list[tuple[float, bytes]]:
        """Bytes of the host on one bus; the answers, each with the time in s when it is complete."""
        self.advance(now)
        for drive, q, dq in zip(self.drives.values(), self.load.q, self.load.dq, strict=True):
            drive.feel(q, dq, now)
        return self.lines[bus].receive(data, now, baud)

    def power(self, live: bool, now: float) -> None:
        """Whether the motors' power is there, from `now` (s, monotonic) on."""
        self.advance(now)
        for drive in self.drives.values():
            drive.power(live, now)

    def advance(self, now: float) -> None:
        """Let the load go on to `now` (s, monotonic) with the drives' torques, in blocks of about a millisecond."""
        if self._time is None:
            self._time = now
        behind = now - self._time
        if behind > CATCH_UP_S:
            self._slip(behind - CATCH_UP_S)
        step = self.load.step_s
        steps = int((now - self._time) / step + 1e-9)
        while steps > 0:
            block = min(steps, self._block)
            for drive in self.drives.values():
                drive.watch(self._time)
            torques = [drive.torque(dq) for drive, dq in zip(self.drives.values(), self.load.dq, strict=True)]
            self.load.advance(torques, block)
            self._time += block * step
            steps -= block
            if self._truth is not None:
                self._truth(self._time, self.load.truth)

    def _slip(self, lost_s: float) -> None:
        """Skip time in which nobody served: what the host sent meanwhile is still waiting, so it was not silent."""
        self.slipped_s += lost_s
        self._time = lost_s + (self._time or 0.0)
        for drive in self.drives.values():
            drive.slip(lost_s)
