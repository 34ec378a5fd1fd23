"""Emulators that the tests of sessions in a file use one after the other; a worker runs them all, by their group.

They turn in real time whether somebody asks them or not, an eighth of a core each: none outlives its file.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from careloop.settings import Home
from tests.careloop.sessions import Bench, Site, emulated, emulator, patient_robot, proven_plan


@pytest.fixture(scope="session")
def _proven(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    return proven_plan(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def site(_proven: tuple[Home, Path]) -> Iterator[Site]:
    """For sessions that leave their emulator as it was."""
    home, plan = _proven
    with emulator(home) as (_, port):
        yield Site(home, plan, port)


@pytest.fixture(scope="module")
def _bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    stranger = Home(folder / "stranger").prepare()
    with emulated(stranger, patient_robot(folder), "--stop-input") as (_, ready):
        yield Bench(stranger, ready)


@pytest.fixture
def on(_bench: Bench) -> Iterator[Bench]:
    """An emulator with a stop input; whatever was pressed is released afterwards."""
    yield _bench
    _bench.move(False, "input", "rail", "hand")
