"""What a tick costs: compiled law, guard and row copy, against the same law in plain numpy, both paced at 1 kHz."""

import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pybullet_data
from casadi import SX

from benchmarks.numpy_dynamics import Chain, newton_euler_without_loops, recursive_newton_euler
from robot.controller import bind_guard, bind_law, compile_law
from robot.description import load_robot
from robot.guard import compile_guard, limit_columns, memory_columns, parts
from robot.law import Law, Measurement, Parameter, Reference
from robot.runtime.loop import Stage, carrying_over
from robot.runtime.ring import Ring
from robot.symbolic import SymbolicRobot
from robot.tick import Array, Row, TickLayout

GOAL = 15.0
"""Times the numpy law's time, at seven joints."""

BARE_GOAL = 2.0
"""Times the compiled law alone, at seven joints."""

HELP_GOAL = 10.0
"""Times the start of an empty interpreter, for `careloop --help`."""

PERIOD_S = 0.001
PARTS = ("guard", "row copy", "memory carried over")
"""What a tick does besides its law, each timed alone."""

BLOCK = 24
"""Ticks of one kind in a row, the first of which only warm up as a loop of that kind would; the kinds alternate."""
WARM_UP = 4
BLOCKS = 40

STIFFNESS, DAMPING = 60.0, 3.0


class FullDynamics(Law):
    """Joint impedance with everything fed forward.

    τ = K (q_ref − q) + D (dq_ref − dq) + M(q) ddq_ref + C(q, dq) + g(q).
    """

    stiffness = Parameter("N·m/rad", at_least=0.0, at_most=400.0)
    damping = Parameter("N·m·s/rad", at_least=0.0, at_most=40.0)

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        spring = self.stiffness * (reference.q - x.q) + self.damping * (reference.dq - x.dq)
        return spring + robot.inertia_torque(x.q, reference.ddq) + robot.coriolis(x.q, x.dq) + robot.gravity(x.q)


@dataclass(frozen=True)
class Kind:
    """One thing to be timed; `prepare` gives it a fresh state before each tick, untimed."""

    name: str
    prepare: Callable[[], None]
    call: Callable[[], object]


def run() -> list[dict[str, Any]]:
    """Compiled ticks at 1, 6 and 7 joints against numpy, and the start of the command."""
    robots = [_knee(), _arm(6), _arm(7)]
    with tempfile.TemporaryDirectory() as folder:
        kinds = [kind for name, urdf, joints in robots for kind in _kinds(Path(folder), name, urdf, joints)]
        times = _paced(kinds)
    rows = []
    for name, _, joints in robots:
        compiled, recursive, whole = (times[f"{name} {how}"] for how in ("compiled", "recursive", "whole"))
        told = f"tick {_told(compiled)}, {{}} {{}} µs (p50, p99, p99.9), each paced at 1 kHz"
        bare = times[f"{name} bare"]
        rows.append(_of_the_bare_law(name, compiled, bare, len(joints) == 7, told.format("law alone", _told(bare))))
        rows += [_part(name, part, times[f"{name} {part}"], bare) for part in PARTS]
        goal = GOAL if len(joints) == 7 else None
        rows.append(_ratio(f"tick {name}", recursive, compiled, goal, told.format("recursive numpy", _told(recursive))))
        rows.append(
            _ratio(
                f"tick {name}, numpy without loops",
                whole,
                compiled,
                None,
                told.format("numpy without loops", _told(whole)),
            )
        )
    return [*rows, *_help()]


def _ratio(name: str, peer: Array, ours: Array, goal: float | None, beside: str) -> dict[str, Any]:
    measured = float(np.median(peer) / np.median(ours))
    met = None if goal is None else measured >= goal
    return {"name": name, "measured": measured, "unit": "× faster", "goal": goal, "met": met, "beside": beside}


def _of_the_bare_law(name: str, tick: Array, law: Array, has_goal: bool, beside: str) -> dict[str, Any]:
    measured = float(np.median(tick) / np.median(law))
    return {
        "name": f"tick {name}, of the law alone",
        "measured": measured,
        "unit": "×",
        "goal": BARE_GOAL if has_goal else None,
        "met": measured <= BARE_GOAL if has_goal else None,
        "beside": beside,
    }


def _part(name: str, part: str, times: Array, law: Array) -> dict[str, Any]:
    beside = f"{part} {_told(times)}, law alone {_told(law)} µs (p50, p99, p99.9), each paced at 1 kHz"
    measured = float(np.median(times) / np.median(law))
    return {
        "name": f"{part} {name}",
        "measured": measured,
        "unit": "× the law",
        "goal": None,
        "met": None,
        "beside": beside,
    }


def _told(times: Array) -> str:
    return "{:.0f}, {:.0f}, {:.0f}".format(*(1e6 * np.percentile(times, [50.0, 99.0, 99.9])))


def _knee() -> tuple[str, str, tuple[str, ...]]:
    robot = load_robot("knee-exo")
    return "1 joint", robot.urdf, robot.joint_names


def _arm(count: int) -> tuple[str, str, tuple[str, ...]]:
    """The first joints of the seven-joint arm that PyBullet ships; what they carry beyond is cut off."""
    root = ElementTree.parse(Path(pybullet_data.getDataPath()) / "kuka_iiwa" / "model.urdf").getroot()
    joints = root.findall("joint")
    for joint in joints[count:]:
        child = joint.find("child")
        lost = [link for link in root.findall("link") if child is not None and link.get("name") == child.get("link")]
        for element in (joint, *lost):
            root.remove(element)
    names = tuple(str(joint.get("name")) for joint in joints[:count])
    return f"{count} joints", ElementTree.tostring(root, encoding="unicode"), names


def _kinds(folder: Path, name: str, urdf: str, joints: tuple[str, ...]) -> list[Kind]:
    """The compiled tick and two numpy laws on the same states; raises `ArithmeticError` where they do not agree."""
    row, tick, stages = _tick(folder / name, urdf, joints)
    chain, rng, count = Chain.of(urdf, joints), np.random.default_rng(0), len(joints)
    state = rng.uniform(-1.0, 1.0, (5, count))

    def prepare() -> None:
        state[:] = rng.uniform(-1.0, 1.0, (5, count))
        for place, values in zip((row.q, row.dq, row.q_ref, row.dq_ref, row.ddq_ref), state, strict=True):
            place[:] = values

    def law(dynamics: Callable[[Chain, Array, Array, Array], Array]) -> Callable[[], Array]:
        def torque() -> Array:
            q, dq, q_ref, dq_ref, ddq_ref = state
            spring: Array = STIFFNESS * (q_ref - q) + DAMPING * (dq_ref - dq)
            return spring + dynamics(chain, q, dq, ddq_ref)

        return torque

    recursive, whole = law(recursive_newton_euler), law(newton_euler_without_loops)
    prepare()
    tick()
    for torque in (recursive(), whole()):
        if not np.allclose(torque, row.tau_law, rtol=1e-9, atol=1e-9):
            raise ArithmeticError(f"{name}: numpy gives {torque}, the compiled law {row.tau_law}")
    named = {"compiled": tick, **stages, "recursive": recursive, "whole": whole}
    return [Kind(f"{name} {how}", prepare, call) for how, call in named.items()]


def _tick(path: Path, urdf: str, joints: tuple[str, ...]) -> tuple[Row, Stage, dict[str, Stage]]:
    """A row, everything that the loop computes and keeps of it in a tick, and that one by one."""
    robot = SymbolicRobot(urdf, joints)
    law = compile_law(FullDynamics(stiffness=STIFFNESS, damping=DAMPING), robot, PERIOD_S)
    layout = TickLayout(joints, law.parameters, law.memory, limit_columns(joints), memory_columns(joints))
    row, ring = Row(layout), Ring.create(path, layout.size, round(1.0 / PERIOD_S))
    row.parameters[:] = law.initial
    row.fade[0] = 1.0
    row.limits[:] = 1e3
    kinds = parts(layout.limits)
    row.limits[kinds["limit_q_min"]], row.limits[kinds["settle_damping"]] = -1e3, 0.0
    run_law = bind_law(law.compiled, row)
    run_guard = bind_guard(compile_guard(robot, PERIOD_S), row)
    carry_over = carrying_over(row)
    ring.begin_writing()

    def copy() -> None:
        if not ring.push(row.values):
            ring.take(ring.waiting)

    def tick() -> None:
        run_law()
        run_guard()
        if not ring.push(row.values):
            ring.take(ring.waiting)
        carry_over()

    return row, tick, {"bare": run_law, **dict(zip(PARTS, (run_guard, copy, carry_over), strict=True))}


def _paced(kinds: list[Kind]) -> dict[str, Array]:
    """Times in s of each kind, one call per period on an absolute grid, in blocks that alternate."""
    times: dict[str, list[float]] = {kind.name: [] for kind in kinds}
    deadline = time.monotonic()
    for _ in range(BLOCKS):
        for kind in kinds:
            for index in range(BLOCK):
                kind.prepare()
                deadline = max(deadline + PERIOD_S, time.monotonic())
                time.sleep(deadline - min(deadline, time.monotonic()))
                begun = time.perf_counter()
                kind.call()
                taken = time.perf_counter() - begun
                if index >= WARM_UP:
                    times[kind.name].append(taken)
    return {name: np.array(values) for name, values in times.items()}


def _help() -> list[dict[str, Any]]:
    """The start of the command against that of an empty interpreter, alternating."""
    commands = ([sys.executable, "-c", "pass"], [sys.executable, "-m", "careloop", "--help"])
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(12):
        for command, times in zip(commands, taken, strict=True):
            begun = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            times.append(time.perf_counter() - begun)
    empty, ours = (min(times) for times in taken)
    beside = f"--help {1e3 * ours:.0f} ms, python -c pass {1e3 * empty:.0f} ms, the fastest of {len(taken[0])} each"
    ratio = ours / empty
    return [
        {
            "name": "help",
            "measured": ratio,
            "unit": "× python -c pass",
            "goal": HELP_GOAL,
            "met": ratio <= HELP_GOAL,
            "beside": beside,
        }
    ]
