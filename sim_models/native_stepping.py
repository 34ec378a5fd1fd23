"""The steps of a course by `stepping.c`, which is built like a law and works in the course's memory.

PyBullet's C functions are those that its module for Python exports; the client that they want is what PyBullet hands to
a plugin, so the library is loaded as one.
"""

import ctypes
from collections.abc import Sequence
from ctypes import Structure, byref, c_double, c_int, c_longlong, c_void_p
from functools import cache
from pathlib import Path
from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt

from robot.compile import built_library
from robot.tick import numbers_of
from sim_models.course import Course, Joints, Work
from sim_models.engine import pybullet

SOURCE = Path(__file__).with_name("stepping.c")

FUNCTIONS = {
    "torque_command": "b3JointControlCommandInit2",
    "set_torque": "b3JointControlSetDesiredForceTorque",
    "step_command": "b3InitStepSimulationCommand",
    "state_command": "b3RequestActualStateCommandInit",
    "submit": "b3SubmitClientCommand",
    "status": "b3ProcessServerStatus",
    "state": "b3GetStatusActualState",
}
"""What the C has them for, in its order, and their names."""


class _Bullet(Structure):
    _fields_ = [(name, c_void_p) for name in FUNCTIONS]


class _Joints(Structure):
    _fields_ = [
        *((name, c_int) for name in ("body", "count")),
        *((name, c_void_p) for name in ("q_places", "dq_places", "tau", "q", "dq", "dq_before")),
    ]


class _Work(Structure):
    _fields_ = [(name, c_void_p) for name in ("function", "inputs", "outputs", "integers", "numbers")]


class _Scene(Structure):
    _fields_ = [
        *((name, c_void_p) for name in ("bullet", "client", "joints")),
        *((name, c_int) for name in ("bodies", "driven")),
        *((name, c_void_p) for name in ("motor", "viscous", "works")),
        *((name, c_int) for name in ("work_count", "late_count", "delay", "remembered")),
        *((name, c_void_p) for name in ("dq", "late", "past", "memory", "memory_next", "time")),
        *(("step_s", c_double), ("steps", c_longlong)),
    ]


@cache
def native_code() -> "NativeCode | None":
    """The code, built; None without a C compiler, or where PyBullet's module does not export its C functions."""
    version = f"#define API_VERSION {pybullet.getAPIVersion()}\n"
    path = built_library("stepping", version + SOURCE.read_text(encoding="utf-8"))
    engine = ctypes.CDLL(pybullet.__file__)
    if path is None or not all(hasattr(engine, name) for name in FUNCTIONS.values()):
        return None
    return NativeCode(path, engine)


class NativeCode:
    """The library, and the addresses of PyBullet's functions."""

    def __init__(self, path: Path, engine: ctypes.CDLL) -> None:
        self._path, code = path, ctypes.PyDLL(str(path))
        self.bullet = _Bullet(*(ctypes.cast(engine[name], c_void_p) for name in FUNCTIONS.values()))
        self.act, self.move, self.advance, self._newest = code.act, code.move, code.advance, code.newest_client
        self.act.restype = self.move.restype = self.advance.restype = None
        self._newest.restype = c_void_p
        self._clients = dict[int, int]()

    def address_of(self, client: int) -> int:
        """Where a client is in memory: it tells a plugin when it first loads it."""
        if client not in self._clients:
            if pybullet.loadPlugin(str(self._path), "_careloop", client) < 0:
                raise OSError(f"PyBullet does not load {self._path}")
            self._clients[client] = int(self._newest())
        return self._clients[client]


class NativeStepping:
    """A `sim_models.stepping.Stepping` in C."""

    def __init__(self, course: Course, code: NativeCode) -> None:
        self._world, self._held = course.world, [course, code]
        past, motor = course.past, np.zeros(course.viscous.size)
        self._motor, self._put = numbers_of(motor), Struct(f"{motor.size}d").pack_into
        joints = [self._joints(one) for one in course.bodies]
        works = [self._work(work) for work in course.works]
        at = self._at
        scene = _Scene(
            *(
                ctypes.addressof(code.bullet),
                code.address_of(course.world.client),
                self._kept((_Joints * len(joints))(*joints)),
            ),
            *(len(joints), motor.size, at(motor), at(course.viscous), self._kept((_Work * len(works))(*works))),
            *(len(works), past.dq.size, past.delay, past.memory.size),
            *map(
                at, (past.dq, past.late, np.zeros(past.delay * past.dq.size), past.memory, past.memory_next, past.time)
            ),
            *(course.world.step_s, 0),
        )
        self._scene = byref(scene)
        self._act, self._move, self._advance = code.act, code.move, code.advance

    def act(self) -> None:
        """Work out what acts in the next step."""
        self._act(self._scene)

    def move(self, motor: Sequence[float]) -> None:
        """One step of physics."""
        self._take(motor)
        self._move(self._scene)

    def advance(self, motor: Sequence[float], steps: int) -> None:
        """So many steps."""
        self._take(motor)
        self._advance(self._scene, steps)

    def _take(self, motor: Sequence[float]) -> None:
        if self._world.client < 0:
            raise ValueError("a world that is closed takes no step")
        self._put(self._motor, 0, *motor)

    def _joints(self, joints: Joints) -> _Joints:
        body, client = joints.of.body, self._world.client
        known = [pybullet.getJointInfo(body, index, client) for index in joints.of.joints]
        q_places, dq_places = (np.array([one[field] for one in known], dtype=np.intc) for field in (3, 4))
        vectors: list[npt.NDArray[Any]] = [q_places, dq_places, joints.tau, joints.q, joints.dq, joints.dq_before]
        return _Joints(body, len(known), *map(self._at, vectors))

    def _work(self, work: Work) -> _Work:
        """CasADi's C takes a missing argument for zeros, and skips a missing result."""
        work.compiled.check(work.inputs, work.outputs)
        library = ctypes.CDLL(str(work.compiled.library))
        sizes = (c_longlong * 4)()
        library[f"{work.compiled.name}_work"](*(byref(sizes, 8 * index) for index in range(4)))
        inputs, outputs, integers, numbers = sizes
        read, written = (
            (c_void_p * inputs)(*map(self._at, work.inputs)),
            (c_void_p * outputs)(*map(self._at, work.outputs)),
        )
        rooms = read, written, (c_longlong * integers)(), (c_double * numbers)()
        function = ctypes.cast(library[work.compiled.name], c_void_p)
        return _Work(function, *map(self._kept, rooms))

    def _at(self, array: npt.NDArray[Any]) -> int | None:
        """Where a vector lies, which is held as long as C may use it; None where it has nothing."""
        self._held.append(array)
        return array.ctypes.data if array.size else None

    def _kept(self, room: Any) -> int:
        self._held.append(room)
        return ctypes.addressof(room)
