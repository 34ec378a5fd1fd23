"""The emulator's truth is waited for while it is not there yet, and for nothing else."""

from pathlib import Path
from typing import Any

import pytest

from careloop.session import run
from robot.errors import InputError
from session_records.folder import TRUTH
from session_records.truth import TruthWriter


def test_truth_that_is_there_and_covers_the_session_is_copied(tmp_path: Path) -> None:
    with TruthWriter(tmp_path / "source", ("limb_q_rad",)) as truth:
        truth(0.0, [0.5])
        truth(1e12, [0.6])  # long after anything on this machine's clock
    (tmp_path / "session").mkdir()
    run._take_truth(tmp_path / "source", tmp_path / "session")
    assert (tmp_path / "session" / TRUTH).read_bytes() == (tmp_path / "source").read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"no truth"])
def test_truth_that_cannot_be_read_yet_is_waited_for(tmp_path: Path, monkeypatch: Any, content: bytes | None) -> None:
    monkeypatch.setattr(run, "TRUTH_PATIENCE_S", 0.02)
    if content is not None:
        (tmp_path / "source").write_bytes(content)
    (tmp_path / "session").mkdir()
    run._take_truth(tmp_path / "source", tmp_path / "session")
    assert (tmp_path / "session" / TRUTH).exists() is (content is not None)


def test_any_other_error_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    def broken(path: Path) -> Any:
        raise InputError("trace-changed")

    monkeypatch.setattr(run, "read_truth", broken)
    with pytest.raises(InputError, match="trace-changed"):
        run._take_truth(tmp_path / "source", tmp_path)
