"""The home folder: private, and refused with a reason where it cannot be."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from careloop.settings import Home
from robot.errors import DeviceError


def test_the_folders_are_made_private(tmp_path: Path) -> None:
    home = Home.resolve(tmp_path / "a" / "home").prepare()
    for folder in (home.root, home.sessions, home.proofs, home.keys, home.runtime):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert list(folder.iterdir()) == [] or folder == home.root


def test_nothing_is_made_before_it_is_asked_for(tmp_path: Path) -> None:
    home = Home.resolve(tmp_path / "home")
    assert home.registry.parent == home.root
    assert not home.root.exists()


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    home = Home.resolve(tmp_path / "home").prepare()
    (home.sessions / "one").touch()
    home.prepare()
    assert (home.sessions / "one").exists()


def test_a_relative_home_does_not_follow_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = Home.resolve(Path("data"))
    monkeypatch.chdir("/")
    assert home.root == tmp_path / "data"


def test_without_a_folder_the_users_own_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Home.resolve().root == tmp_path / "careloop"


def test_a_file_in_the_way_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(DeviceError) as caught:
        Home(tmp_path / "home").prepare()
    assert caught.value.code == "home-not-writable"
    assert caught.value.values == {"folder": tmp_path / "home", "reason": "file exists"}


AS_AN_ORDINARY_USER = """
import os, sys
from pathlib import Path
from careloop.settings import Home
from robot.errors import DeviceError
if os.getuid() == 0:
    os.setuid(65534)
try:
    Home(Path(sys.argv[1])).prepare()
except DeviceError as error:
    print(error.code, error.values["reason"])
"""


def test_a_folder_without_permission_is_refused_to_an_ordinary_user(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    command = [sys.executable, "-c", AS_AN_ORDINARY_USER, str(closed / "home")]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    assert answer.stdout == "home-not-writable permission denied\n"


def test_less_free_space_than_needed_is_refused_with_both_numbers(tmp_path: Path) -> None:
    home = Home(tmp_path).prepare()
    home.require_free(1)
    with pytest.raises(DeviceError) as caught:
        home.require_free(10**18)
    assert caught.value.code == "disk-full"
    assert caught.value.values["needed_mb"] == 10**12
    assert 0 < caught.value.values["free_mb"] < 10**12
