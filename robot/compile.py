"""From an expression to machine code: C by CasADi, built by the system's compiler, called zero-copy on the row.

The C text is the same from run to run, so its hash names it: in the cache, and in the proof.
"""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from itertools import combinations
from pathlib import Path
from typing import cast

import casadi
import numpy as np
import platformdirs
from casadi import SX

from robot.errors import DeviceError
from robot.tick import Array

FLAGS = ("-O3", "-ffp-contract=off", "-fno-semantic-interposition", "-fPIC", "-shared", "-fvisibility=default")
"""No machine-dependent flag: the same C gives the same numbers wherever libm does. Contraction would fuse roundings;
without the third flag each of CasADi's one-line helpers would be called, lest another library replaces it."""

_COMPARISONS = {"return fmin(x, y);": "return x<y ? x : y;", "return fmax(x, y);": "return x>y ? x : y;"}
"""CasADi's calls into libm, and what takes one instruction instead. It gives the same of numbers; of one number and one
that is none, always the second, where libm gives the number."""


@dataclass(frozen=True)
class Compiled:
    """A pure function ready to run.

    `source` is its C, `sha256` names that, `built_by` says what runs it, `library_sha256` names the machine code (None
    in the virtual machine) and `library` is where that is.
    """

    name: str
    function: casadi.Function
    source: str
    sha256: str
    built_by: str
    library_sha256: str | None
    library: Path | None

    def bind(self, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], None]:
        """A call without arguments that reads `inputs` and writes `outputs` where they lie.

        Each is a contiguous float64 vector of the exact length; no output may share memory with an input or with
        another output, since the code writes while it still reads. Raises `ValueError` otherwise.
        """
        self.check(inputs, outputs)
        buffer, evaluate = self.function.buffer()
        # An empty memoryview has no address: CasADi takes a missing argument for zeros, and skips a missing result.
        for index, array in enumerate(inputs):
            if array.size:
                buffer.set_arg(index, array.data)
        for index, array in enumerate(outputs):
            if array.size:
                buffer.set_res(index, array.data)
        evaluate.holds = self, buffer, inputs, outputs  # the buffer keeps raw pointers, this what they point to
        return cast(Callable[[], None], evaluate)  # not by a call of ours: with cold caches that takes microseconds

    def check(self, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        """Raise `ValueError` where these cannot be bound."""
        self._check("input", inputs, self.function.n_in(), self.function.numel_in)
        self._check("output", outputs, self.function.n_out(), self.function.numel_out)
        for read in inputs:
            if any(np.shares_memory(read, written) for written in outputs):
                raise ValueError(f"{self.name}: an input shares memory with an output")
        for one, other in combinations(outputs, 2):
            if np.shares_memory(one, other):
                raise ValueError(f"{self.name}: two outputs share memory")
        if not all(written.flags.writeable for written in outputs):
            raise ValueError(f"{self.name}: an output cannot be written")

    def _check(self, kind: str, arrays: Sequence[Array], count: int, length: Callable[[int], int]) -> None:
        if len(arrays) != count:
            raise ValueError(f"{self.name} takes {count} {kind}s, not {len(arrays)}")
        for index, array in enumerate(arrays):
            if array.dtype != np.float64 or array.ndim != 1 or not array.flags.c_contiguous:
                raise ValueError(f"{self.name}: {kind} {index} is not a contiguous float64 vector")
            if array.size != length(index):
                raise ValueError(f"{self.name}: {kind} {index} has {array.size} numbers, not {length(index)}")


def compile_function(name: str, inputs: Sequence[SX], outputs: Sequence[SX]) -> Compiled:
    """Compile an expression. `name` fixes the C symbol.

    Without a C compiler the same expression runs in CasADi's virtual machine, and `built_by` says so.
    """
    dense = [casadi.densify(casadi.SX(output)) for output in outputs]
    function = casadi.Function(name, [casadi.SX(one) for one in inputs], dense, {"cse": True})
    generator = casadi.CodeGenerator(f"{name}.c")
    generator.add(function)
    source = reduce(lambda text, call: text.replace(call, _COMPARISONS[call]), _COMPARISONS, generator.dump())
    digest = hashlib.sha256(source.encode()).hexdigest()
    compiler = compiler_version()
    if compiler is None:
        return Compiled(name, function, source, digest, "CasADi's virtual machine (no C compiler found)", None, None)
    library = _library(name, source, compiler)
    machine_code = hashlib.sha256(library.read_bytes()).hexdigest()
    return Compiled(name, casadi.external(name, str(library)), source, digest, compiler, machine_code, library)


def built_library(name: str, source: str) -> Path | None:
    """The library that C becomes, built as a law is; None where there is no compiler."""
    compiler = compiler_version()
    return _library(name, source, compiler) if compiler else None


@cache
def compiler_version() -> str | None:
    """The first line of the system compiler's version, None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    answer = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False)
    return answer.stdout.splitlines()[0] if answer.returncode == 0 and answer.stdout else None


def cache_folder() -> Path:
    """The private folder of compiled code; raises `DeviceError` where others could write into it."""
    folder = Path(os.environ.get("CARELOOP_CACHE") or platformdirs.user_cache_dir("careloop")) / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        state = folder.stat()
    except OSError as problem:
        raise DeviceError("cache-not-writable", folder=folder, reason=problem.strerror) from problem
    if state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & 0o022:
        raise DeviceError("cache-not-private", folder=folder)
    return folder


def _library(name: str, source: str, compiler: str) -> Path:
    """The shared library of `source`, from the cache where its recorded hash still holds."""
    key = hashlib.sha256("\n".join((source, compiler, *FLAGS)).encode()).hexdigest()
    folder = cache_folder()
    library, record = folder / f"{key}.so", folder / f"{key}.json"
    if not _is_intact(library, record):
        _build(name, source, library, record)
    return library


def _is_intact(library: Path, record: Path) -> bool:
    try:
        expected = json.loads(record.read_text())["sha256"]
        return bool(hashlib.sha256(library.read_bytes()).hexdigest() == expected)
    except (OSError, ValueError, KeyError):
        return False


def _build(name: str, source: str, library: Path, record: Path) -> None:
    """Build beside the target and rename, so that another process never loads half a library."""
    with tempfile.TemporaryDirectory(dir=library.parent) as scratch:
        text, built, note = (Path(scratch) / f"{name}{end}" for end in (".c", ".so", ".json"))
        text.write_text(source)
        command = ["cc", *FLAGS, str(text), "-o", str(built), "-lm"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            raise DeviceError("compiler-failed", command=" ".join(command), reason=answer.stderr.strip()[:200])
        note.write_text(json.dumps({"sha256": hashlib.sha256(built.read_bytes()).hexdigest()}))
        built.replace(library)
        note.replace(record)
