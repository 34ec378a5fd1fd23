"""The sign of life: there as long as its giver, gone with it however it ends."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from robot.runtime.life_sign import life_sign, watch_life

GIVE = """
import sys, time
from pathlib import Path
from robot.runtime.life_sign import life_sign
with life_sign(Path(sys.argv[1])):
    print("given", flush=True)
    sys.stdin.readline()
"""


def give(path: Path) -> "subprocess.Popen[str]":
    giver = subprocess.Popen(
        [sys.executable, "-c", GIVE, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert giver.stdout is not None
    assert giver.stdout.readline() == "given\n"
    return giver


def test_a_killed_giver_is_gone_and_another_ones_sign_stays(tmp_path: Path) -> None:
    killed, other = give(tmp_path / "one"), give(tmp_path / "other")
    one, another = watch_life(tmp_path / "one"), watch_life(tmp_path / "other")
    assert one()
    killed.kill()
    while one():  # the kernel clears it: this ends, or the test runs into its limit
        time.sleep(0.0001)
    assert another()
    other.communicate("\n")
    assert not another()
    killed.communicate()


def test_it_is_seen_by_who_comes_after_the_death(tmp_path: Path) -> None:
    giver = give(tmp_path / "sign")
    giver.kill()
    giver.communicate()
    assert not watch_life(tmp_path / "sign")()


def test_it_ends_with_its_context_also_in_the_same_process(tmp_path: Path) -> None:
    with life_sign(tmp_path / "sign"):
        alive = watch_life(tmp_path / "sign")
        assert alive()
    assert not alive()


def test_a_file_that_is_there_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "sign").touch()
    with pytest.raises(FileExistsError), life_sign(tmp_path / "sign"):
        pass
