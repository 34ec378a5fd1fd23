"""A proof that was made up, and what refusing one is."""

import pytest

from robot.errors import CheckFailed
from robot.proof import Proof

PARTS = {"plan": "a" * 64, "robot": "b" * 64, "guard": "c" * 64}
PROOF = Proof(
    plan="Knie – gehend",
    made_at="2026-03-01T10:00:00+00:00",
    parts=PARTS,
    figures=[{"patient": "passive", "error_deg": 1.25, "passed": True}, {"patient": "spastic", "stop_ms": 84}],
    made_with={"compiler": "cc 12", "casadi": "3"},
)


def refused(code, error=CheckFailed):
    """The refusal that is expected, by its code."""
    return pytest.raises(error, match=f"^{code}: ")
