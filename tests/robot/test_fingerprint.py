"""The fingerprint is the same wherever libm answers the same, and another one where it does not."""

import math
import os
import subprocess
import sys

import pytest

from robot import compile as compiler
from robot.fingerprint import libm_fingerprint

SCRIPT = (
    "import hashlib, math, struct\n"
    "from robot.fingerprint import libm_fingerprint\n"
    "answers = [f(0.0007 * k - 7.0) for f in (math.sin, math.cos, math.exp) for k in range(20000)]\n"
    "print(libm_fingerprint(), hashlib.sha256(struct.pack(f'{len(answers)}d', *answers)).hexdigest())"
)


def in_a_process(**environment: str) -> tuple[str, str]:
    """The fingerprint, and a hash of what Python's own sin, cos and exp give."""
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    fingerprint, answers = answer.stdout.split()
    return fingerprint, answers


def test_it_is_the_same_in_every_process() -> None:
    assert in_a_process()[0] == libm_fingerprint()


def test_the_virtual_machine_has_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = libm_fingerprint()
    monkeypatch.setattr(compiler, "compiler_version", lambda: None)
    assert libm_fingerprint.__wrapped__() == compiled


def test_another_libm_has_another_one() -> None:
    here, other = in_a_process(), in_a_process(GLIBC_TUNABLES="glibc.cpu.hwcaps=-AVX2,-FMA")
    if here[1] == other[1]:
        pytest.skip("this processor has one libm only")
    assert here[0] != other[0]


def test_its_arguments_are_inside_every_function() -> None:
    from robot.fingerprint import ARGUMENTS, _arguments

    arguments = _arguments()
    assert len(set(arguments)) == ARGUMENTS
    assert all(0.0 < one < 1.0 and math.isfinite(one) for one in arguments)
