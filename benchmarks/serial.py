"""The serial cycle against the wire and against the vendor's SDK; the emulator runs in a process of its own."""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import dynamixel_sdk as sdk

from hardware import SerialPlant
from hardware.bus import READ_SHARE
from hardware.dynamixel.emulator import DynamixelEmulator
from hardware.dynamixel.table import PH54_200_S500_R as TABLE
from hardware.dynamixel.timing import cycle_time_s
from robot.description import RobotDescription, load_robot
from robot.tick import Row, TickLayout

BAUD = 4_000_000
TICKS = 1000
BLOCKS, CYCLES = 10, 50


class Rotors:
    """Rotors without friction: a load that costs the emulator next to nothing."""

    step_s = 0.001
    truth_columns: tuple[str, ...] = ()
    truth: tuple[float, ...] = ()

    def __init__(self, count: int) -> None:
        self.q, self.dq = [0.0] * count, [0.0] * count

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        duration = steps * self.step_s
        for i, tau in enumerate(tau_motor):
            self.dq[i] += tau * duration
            self.q[i] += self.dq[i] * duration

    def close(self) -> None:
        self.q.clear()


def robot_of(drives: int) -> RobotDescription:
    document = load_robot("knee-exo").model_dump()
    joint = document["joints"]["knee"]
    document["joints"] = {f"joint{i}": {**joint, "drive": {**joint["drive"], "id": i}} for i in range(1, drives + 1)}
    return RobotDescription.model_validate(document)


def _serve(link: Connection, drives: int, wire_time: bool) -> None:
    with DynamixelEmulator(robot_of(drives), Rotors(drives), wire_time=wire_time) as emulator:
        link.send(emulator.ports)
        emulator.serve(link.poll)


@contextmanager
def emulated(drives: int, *, wire_time: bool) -> Iterator[tuple[RobotDescription, dict[str, str]]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, drives, wire_time), daemon=True)
    process.start()
    theirs.close()
    try:
        yield robot_of(drives), ours.recv()
    finally:
        ours.close()
        process.join()


def cycle_on_the_wire(drives: int) -> dict[str, Any]:
    """Median of read and write at the robot's rate, wire time emulated."""
    with emulated(drives, wire_time=True) as (robot, ports), SerialPlant(robot, ports) as plant:
        row = Row(TickLayout(robot.joint_names))
        taken: list[float] = []
        start = time.monotonic()
        for tick in range(TICKS):
            time.sleep(max(0.0, start + tick * robot.dt - time.monotonic()))
            begun = time.perf_counter()
            plant.read(row)
            plant.write(row)
            taken.append(time.perf_counter() - begun)
        median = statistics.median(taken)
        goal = READ_SHARE * robot.dt
        bound = cycle_time_s(drives, BAUD, look_ups=0)
        return {
            "name": f"serial cycle, {drives} drives at {BAUD / 1e6:.0f} Mbaud, median at {robot.rate_hz} Hz",
            "measured": median * 1e6,
            "unit": "µs",
            "goal": goal * 1e6,
            "met": median <= goal,
            "beside": f"on the wire at least {bound * 1e6:.0f} µs; "
            f"{int(row.bus_misses[0])} misses in {TICKS * drives} answers",
        }


def vendor_cycle(port: str, robot: RobotDescription) -> Callable[[], None]:
    """The same cycle with the vendor's group calls: tick to position of every drive, then goal currents."""
    handler, packets = sdk.PortHandler(port), sdk.PacketHandler(2.0)
    handler.setBaudRate(BAUD)
    address, length = TABLE.feedback
    reader = sdk.GroupSyncRead(handler, packets, address, length)
    writer = sdk.GroupSyncWrite(handler, packets, TABLE["goal_current"].address, 2)
    ids = [drive.id for drive in robot.drives]
    for id_ in ids:
        reader.addParam(id_)
        writer.addParam(id_, [0, 0])
    wanted = [
        (TABLE[name].address, TABLE[name].size) for name in ("present_current", "present_velocity", "present_position")
    ]

    def cycle() -> None:
        reader.txRxPacket()
        for id_ in ids:
            for register in wanted:
                reader.getData(id_, *register)
            writer.changeParam(id_, [0, 0])
        writer.txPacket()

    return cycle


def against_the_vendor(drives: int = 6) -> list[dict[str, Any]]:
    """CPU and wall time a cycle beside the SDK's, back to back, in turns, with no wire time to wait for."""
    with emulated(drives, wire_time=False) as (robot, ports), SerialPlant(robot, ports) as plant:
        row = Row(TickLayout(robot.joint_names))

        def cycle() -> None:
            plant.read(row)
            plant.write(row)

        kinds = {"ours": cycle, "theirs": vendor_cycle(ports["main"], robot)}
        cpu: dict[str, list[float]] = {kind: [] for kind in kinds}
        wall: dict[str, list[float]] = {kind: [] for kind in kinds}
        for _ in range(BLOCKS):
            for kind, run_one in kinds.items():
                cpu_start, wall_start = time.process_time(), time.perf_counter()
                for _ in range(CYCLES):
                    run_one()
                cpu[kind].append((time.process_time() - cpu_start) / CYCLES)
                wall[kind].append((time.perf_counter() - wall_start) / CYCLES)
    results = []
    for what, times, goal in (("CPU", cpu, 0.5), ("wall", wall, None)):
        ours, theirs = statistics.median(times["ours"]), statistics.median(times["theirs"])
        results.append(
            {
                "name": f"{what} time of a serial cycle, {drives} drives, of the vendor SDK's",
                "measured": ours / theirs,
                "unit": "1",
                "goal": goal,
                "met": None if goal is None else ours <= goal * theirs,
                "beside": f"ours {ours * 1e6:.0f} µs, dynamixel-sdk {theirs * 1e6:.0f} µs",
            }
        )
    return results


def run() -> list[dict[str, Any]]:
    """Every figure of the serial bus."""
    return [cycle_on_the_wire(1), cycle_on_the_wire(6), *against_the_vendor()]


if __name__ == "__main__":
    for result in run():
        print(result)
