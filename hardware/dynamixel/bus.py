"""One cycle for all the drives of a bus: a sync read of tick to present position, a sync write of goal currents."""

import math
import struct
import time
from collections import Counter, deque
from collections.abc import Sequence

from hardware.bus import ERROR_WATCHDOG, Identity
from hardware.dynamixel import instructions
from hardware.dynamixel.channel import FEEDBACK, Channel
from hardware.dynamixel.codec import BROADCAST, Instruction, Result, frame, parse_status, split_frames
from hardware.dynamixel.handshake import Asker, Handshake
from hardware.dynamixel.table import TABLES, WATCHDOG_TRIPPED, WATCHDOG_UNIT_S
from hardware.dynamixel.timing import LOOK_UP_BYTES, wire_time_s
from hardware.link import Clock, Link, LinkLost
from robot.description import RobotDescription
from robot.errors import DeviceError

LATE_S = 0.020
"""How long an answer may still come after it was given up: a USB adapter's latency timer of 16 ms, and more."""

_STATUS_OVERHEAD = 11


class DynamixelBus:
    """The drives of one bus in current mode. `misses` counts what spoiled an answer, by reason.

    `read` and `write` of the plant map to `request` and `collect`, and to `command`; `link` is not yet open.
    """

    def __init__(self, description: RobotDescription, bus: str, link: Link, clock: Clock = time.monotonic) -> None:
        joints = {name: joint for name, joint in description.joints.items() if joint.drive.bus == bus}
        models = sorted({joint.drive.model for joint in joints.values()})
        if len(models) != 1:
            raise DeviceError("bus-models-mixed", bus=bus, found=", ".join(models))
        self.joints = tuple(joints)
        self.misses: Counter[str] = Counter()
        self.identities: tuple[Identity, ...] = ()
        self._name, self._link, self._clock = bus, link, clock
        self._table = TABLES[models[0]]
        self._asker = Asker(link, clock)
        self._handshakes = [
            Handshake(self._asker, bus, name, joint.drive, self._table, joint.torque, description.silence_s)
            for name, joint in joints.items()
        ]
        self._channels = [Channel.of(joint.drive, joint.torque) for joint in joints.values()]
        self.readings = tuple(channel.reading for channel in self._channels)
        self._by_id = {channel.id: channel for channel in self._channels}
        address, length = self._table.feedback
        ids = list(self._by_id)
        self._request = instructions.sync_read(ids, address, length)
        self._answer_bytes = len(ids) * (_STATUS_OVERHEAD + length)
        self._goal_head = struct.pack("<HH", self._table["goal_current"].address, self._table["goal_current"].size)
        self._goals = struct.Struct("<" + "Bh" * len(ids))
        self._watchdog = self._handshakes[0].watchdog
        self._watchdog_s = self._watchdog * WATCHDOG_UNIT_S
        self._look_up_s = 2.0 * wire_time_s(LOOK_UP_BYTES, description.bus[bus].baud)
        self._look_ups: deque[tuple[Channel, str]] = deque()
        self._lost = self._enabled = self._commanded = False
        self._sent = 0.0
        self._asked = -math.inf
        self._asking = False

    def open(self) -> None:
        """Open the line, check every drive against the description, end with torque on at zero current.

        Blocks some tens of ms, or about a second when a drive does not answer. Raises `DeviceError`.
        """
        self._link.open()
        self._lost = False
        self._send(self._write_all("status_return_level", 2))
        self.identities = self._identify()
        for handshake in self._handshakes:
            handshake.configure()
        for handshake in self._handshakes:
            handshake.enable()
        now = self._clock()
        self._asked = -math.inf
        for channel in self._channels:
            channel.start(now)
        self._look_ups.clear()
        self._enabled, self._commanded = True, False

    def request(self) -> None:
        """Drain stale input and ask all the drives for their state; does not wait; never raises.

        A drive whose clock is not known yet is asked only when no earlier answer can still be on its way: a line that
        is late by a cycle, every cycle, must not pass for a punctual one.
        """
        now = self._clock()
        if self._enabled and now - self._sent >= self._watchdog_s:
            self._after_silence()
        for channel in self._channels:
            channel.answered = False
        self._asking = now - self._asked >= LATE_S or all(channel.clock_known for channel in self._channels)
        if not self._asking:
            return
        try:
            if not self._lost:
                self._link.drain()
        except LinkLost:
            self._lost = True
        self._send(self._request)
        self._asked = self._sent

    def collect(self, deadline: float) -> int:
        """Wait for the answers until `deadline`, refresh the readings, give the number of drives that missed.

        Time left over looks up one register of a drive that raised its alert. Never raises.
        """
        rest = b""
        waiting = len(self._channels)
        while waiting and self._asking and not self._lost:
            chunk = self._receive(deadline)
            rest += chunk
            if chunk and len(rest) < self._answer_bytes and waiting == len(self._channels):
                continue
            found = split_frames(rest)
            rest = found.rest
            if found.corrupt:
                self.misses["checksum"] += len(found.corrupt)
            waiting -= sum(self._take(data) for data in found.frames)
            if not chunk:
                break
        if self._look_ups and not waiting and self._clock() + self._look_up_s < deadline:
            self._look_up(deadline)
        missed = 0
        for channel in self._channels:
            if not channel.answered:
                channel.reading.miss()
                missed += 1
        return missed

    def command(self, torques: Sequence[float]) -> None:
        """Send one joint torque in N·m per drive as its goal current; does not wait.

        Raises `DeviceError` while torque is off: a torque that nobody carries out must not pass for a commanded one.
        """
        if not self._enabled:
            raise DeviceError("drive-off", bus=self._name, port=self._link.port)
        goals = [channel.goal(torque) for channel, torque in zip(self._channels, torques, strict=True)]
        self._commanded = self._commanded or any(goals)
        self._send_goals(goals)

    def release(self) -> None:
        """Goal currents zero, then torque off; best effort; never raises."""
        self._send_goals([0] * len(self._channels))
        self._send(self._write_all("torque_enable", 0))
        self._enabled = False

    def close(self) -> None:
        """Give the line back; never raises."""
        self._enabled = False
        self._link.close()

    def _identify(self) -> tuple[Identity, ...]:
        found = [handshake.identify() for handshake in self._handshakes]
        if None in found:
            present = self._asker.ids_present()
            where = {"bus": self._name, "port": self._link.port}
            if not present:
                raise DeviceError("no-motor-bus", **where, expected=", ".join(map(str, self._by_id)))
            missing = self._handshakes[found.index(None)]
            ids = ", ".join(map(str, present))
            raise DeviceError("drive-missing", **where, joint=missing.joint, expected=missing.drive.id, found=ids)
        return tuple(identity for identity in found if identity is not None)

    def _send(self, data: bytes) -> None:
        if self._lost:
            return
        self._sent = self._clock()  # before: the drives look at their state after this time, however late we go on
        try:
            self._link.write(data)
        except LinkLost:
            self._lost = True

    def _receive(self, deadline: float) -> bytes:
        try:
            return self._link.read(deadline)
        except LinkLost:
            self._lost = True
            return b""

    def _take(self, data: bytes) -> bool:
        """Use one frame; True if it is the first good answer of a drive in this cycle."""
        status = parse_status(data)
        if status is None:
            return False  # our own request, echoed by a two-wire adapter
        channel = self._by_id.get(status.id)
        if channel is None:
            self.misses["unexpected id"] += 1
            return False
        first = not channel.answered
        if not first:  # the one before was late for an earlier cycle: this one is newer
            self.misses["repeated"] += 1
        if status.result != Result.DONE or len(status.data) != FEEDBACK.size:
            self.misses["refused" if status.result != Result.DONE else "length"] += 1
            return False
        if not channel.take(status.data, self._asked, self._clock()):
            self.misses["tick"] += 1
            return False
        channel.note_error(alert=status.alert)
        if status.alert:
            self._queue(channel, "hardware_error_status")
        return first

    def _queue(self, channel: Channel, name: str) -> None:
        if (channel, name) not in self._look_ups:
            self._look_ups.append((channel, name))

    def _look_up(self, deadline: float) -> None:
        """Read the next register in the queue; one that gets no answer waits for its next turn."""
        channel, name = self._look_ups.popleft()
        register = self._table[name]
        self._send(instructions.read(channel.id, register.address, register.size))
        rest = b""
        while not self._lost and (chunk := self._receive(deadline)):
            found = split_frames(rest + chunk)
            rest = found.rest
            for data in found.frames:
                status = parse_status(data)
                if status is not None and status.id == channel.id and len(status.data) == register.size:
                    self._note_register(channel, name, register.unpack(status.data))
                    return
        self._queue(channel, name)

    def _note_register(self, channel: Channel, name: str, value: int) -> None:
        if name == "hardware_error_status":
            channel.hardware_error = value
            channel.note_error(alert=True)
        elif value == WATCHDOG_TRIPPED and self._commanded:
            channel.watchdog_tripped = True
            channel.note_error(alert=bool(int(channel.reading.error) & ~ERROR_WATCHDOG))
        elif value != self._watchdog:  # a sync write is not acknowledged: this is how its loss shows
            self._arm_watchdog()
            self._queue(channel, name)

    def _after_silence(self) -> None:
        """The drives' watchdogs may have tripped: harmless before the first torque, an error after it."""
        for channel in self._channels:
            self._queue(channel, "bus_watchdog")
            if not self._commanded:
                channel.forget_clock()  # two clocks drift apart while a session waits for its start
        if not self._commanded:
            self._arm_watchdog()

    def _arm_watchdog(self) -> None:
        if not self._commanded:
            self._send(self._write_all("bus_watchdog", 0))
            self._send_goals([0] * len(self._channels))
        self._send(self._write_all("bus_watchdog", self._watchdog))

    def _send_goals(self, goals: Sequence[int]) -> None:
        values = [number for channel, goal in zip(self._channels, goals, strict=True) for number in (channel.id, goal)]
        self._send(frame(BROADCAST, Instruction.SYNC_WRITE, self._goal_head + self._goals.pack(*values)))

    def _write_all(self, name: str, value: int) -> bytes:
        register = self._table[name]
        return instructions.sync_write(dict.fromkeys(self._by_id, register.pack(value)), register.address)
