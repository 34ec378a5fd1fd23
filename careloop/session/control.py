"""The control process: one session, from the open plant to the last row.

`python -m careloop.session.control FOLDER SUPERVISOR`, started by the process of that id. It imports neither the
recorder's nor, on serial, the simulation's libraries, runs one thread, and stops by itself when its supervisor is gone.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from careloop.session.files import LIFE_SIGN, MAILBOX, STOP_INPUT, VISION, Code, Order
from careloop.session.status import publisher
from careloop.trajectories import trajectory_sha256
from controllers.motions.played import PlayedMotion
from robot.controller import Controller
from robot.description import RobotDescription
from robot.errors import CareloopError, CheckFailed, Notice
from robot.motion import Motion
from robot.plant import Plant, opened
from robot.runtime.clock import Clock, SimulatedClock, WallClock
from robot.runtime.life_sign import watch_life
from robot.runtime.live import Live
from robot.runtime.loop import Recorder, run_loop
from robot.runtime.mailbox import Mailbox
from robot.runtime.overruns import OverrunPolicy
from robot.runtime.realtime import enter_real_time, peak_memory_mb
from robot.runtime.ring import Ring
from robot.runtime.session import Session, StopSource
from robot.runtime.session_state import Event, Severity
from robot.runtime.sight import Sight
from robot.runtime.stop_input import emergency_stop, hand_switch
from robot.tick import Array, Row
from session_records.ending import End
from session_records.events import write_events
from session_records.folder import RING, SessionDescription, announce_control, write_session

WAIT_FOR_ROOM_S = 0.001

START_IN_S = 0.1
"""The first tick is due this long after the plant is open: the record's description goes to the disk before it."""


class RingWithRoom:
    """The ring in simulated time: a full one is waited for, as long as there is a supervisor to mend its recorder."""

    def __init__(self, ring: Ring, supervised: Callable[[], bool]) -> None:
        self._ring = ring
        self._supervised = supervised

    def push(self, values: Array) -> bool:
        """Copy one row in, as soon as there is room; False where it was lost."""
        while self._ring.waiting >= self._ring.capacity and self._supervised():
            time.sleep(WAIT_FOR_ROOM_S)
        return self._ring.push(values)


def control(folder: Path, supervisor: int) -> int:
    """Run the session in `folder`; returns the exit status. What happened is left in the folder."""
    order = Order.read(folder)
    try:
        controller = order.controller()
        motion = controller.motion()
        check_proven(order, controller, motion)
        session, notices = _run(folder, order, controller, motion, supervisor)
    except CareloopError as error:
        End("refused", error.code, {"kind": type(error).__name__, "values": error.values}).write(folder)
        return error.status
    write_events(folder, session.events)
    End(session.state.name.lower(), session.reason, notices=tuple(notices), memory_mb=peak_memory_mb()).write(folder)
    return 0


def check_proven(order: Order, controller: Controller, motion: Motion) -> None:
    """What is about to run must be what was proven: the machine code of law and guard, and the motion's trajectory."""
    for name, expected, compiled in (
        ("law", order.law, controller.law.compiled),
        ("guard", order.guard, controller.guard),
    ):
        if expected is not None and compiled.sha256 != expected:
            raise CheckFailed("not-the-proven-code", part=name)
    played = trajectory_sha256(motion.trajectory) if isinstance(motion, PlayedMotion) else None
    if order.trajectory not in {None, played}:
        raise CheckFailed("not-the-proven-code", part="motion")


def _run(
    folder: Path, order: Order, controller: Controller, motion: Motion, supervisor: int
) -> tuple[Session, list[Notice]]:
    ring, mailbox = Ring.attach(folder / RING), Mailbox.attach(folder / MAILBOX)
    robot = controller.robot
    row = controller.row(order.whom())
    law, guard = controller.stages(row)

    def tell(event: Event) -> None:
        session.events.append(event)

    overruns, sight = OverrunPolicy(robot, row, tell), _sight(folder, order, robot, tell)
    supervised = _supervised(supervisor, watch_life(folder / LIFE_SIGN))
    sources: list[StopSource] = [
        _asked_stop(mailbox),
        _supervisor_gone(supervised),
        *_stop_inputs(folder, order, robot),
        *([] if sight is None else [sight]),
        overruns,
    ]
    session = controller.session(motion, sources)
    live = Live(mailbox, controller.adjustables, session, motion, row, order.trial())
    publish = publisher(mailbox, controller, session, live, motion, order.what(), sight)
    facts = {**order.facts, **Code.of(controller).facts}  # before the plant is open: it takes some milliseconds
    announce_control(folder)
    with ring:
        plant, clock, recorder, missing = _surroundings(folder, order, controller, ring, supervised)
        with opened(plant):
            starts = clock.begin(START_IN_S)
            trial = order.what().trial
            description = SessionDescription.of(controller.layout, folder.name, robot.rate_hz, starts, trial)
            write_session(folder, description, facts)
            run_loop(row, clock, plant, law, guard, session, recorder, _between_ticks(live, overruns, sight, publish))
    return session, missing + overruns.notices()


def _surroundings(
    folder: Path, order: Order, controller: Controller, ring: Ring, supervised: Callable[[], bool]
) -> tuple[Plant, Clock, Recorder, list[Notice]]:
    """Plant, clock and recorder: siblings for simulated and for real time; and what real time was not granted."""
    robot = controller.robot
    if "serial" in order.plant:
        from hardware.plant import SerialPlant

        clock = WallClock(robot.dt, robot.scheduling.spin_us / 1e6)
        return SerialPlant(robot, order.plant["serial"]), clock, ring, enter_real_time(robot.scheduling)
    from careloop.session.simulated import simulated_plant

    return simulated_plant(folder, order, controller), SimulatedClock(), RingWithRoom(ring, supervised), []


def _asked_stop(mailbox: Mailbox) -> StopSource:
    return lambda row: (mailbox.asked_stop(), "asked")


def _supervised(supervisor: int, lives: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: lives() and os.getppid() == supervisor


def _supervisor_gone(supervised: Callable[[], bool]) -> StopSource:
    return lambda row: (Severity.NONE, "") if supervised() else (Severity.SOFT, "supervisor-gone")


def _stop_inputs(folder: Path, order: Order, robot: RobotDescription) -> list[StopSource]:
    """Emergency stop and hand switch as sources, where the session was given their inputs."""
    described = robot.emergency_stop
    if order.stop_input is None or described is None:
        return []
    inputs = Mailbox.attach(folder / STOP_INPUT)
    hand = [] if robot.hand_switch is None else [hand_switch(inputs, described.silence_s)]
    return [emergency_stop(inputs, described, robot.silence_s), *hand]


def _sight(folder: Path, order: Order, robot: RobotDescription, tell: Callable[[Event], None]) -> Sight | None:
    """The patient's camera, on ports alone: simulated time has none."""
    if robot.vision is None or "serial" not in order.plant:
        return None
    return Sight(Mailbox.attach(folder / VISION), robot.vision, robot.joint_names, tell)


def _between_ticks(
    live: Live, overruns: OverrunPolicy, sight: Sight | None, publish: Callable[[Row], None]
) -> Callable[[Row], None]:
    """What others wish is looked at after each tick, and what they may know is published."""

    def between(row: Row) -> None:
        live.advance()
        if sight is not None:
            sight.hear(live.resumed)
            live.lower(sight.share)
        overruns.lower()
        publish(row)

    return between


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor decides what an interrupt means
    raise SystemExit(control(Path(sys.argv[1]), int(sys.argv[2])))
