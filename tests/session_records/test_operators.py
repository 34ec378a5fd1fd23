"""Operators: a PIN that is kept as a hash, and a lock that no clock and no restart of a program opens."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from robot.errors import CareloopError, CheckFailed, InputError
from session_records.people.operators import LOCK_S, TRIES, Operators, Since, since_start
from session_records.store import Registry

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


class Machine:
    """A machine whose count since its start is set by the test."""

    def __init__(self) -> None:
        self.now = Since("boot-1", 1000.0)

    def __call__(self) -> Since:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now = Since(self.now.boot, self.now.seconds + seconds)

    def restart(self, up_for: float) -> None:
        self.now = Since(self.now.boot + "'", up_for)


def code(operators: Operators, pin: str, name: str = "Anna") -> str:
    try:
        return operators.authenticated(name, pin).name
    except CareloopError as problem:
        return problem.code


def with_anna(home: Path, machine: Machine) -> Operators:
    operators = Operators(Registry.open(home), machine)
    operators.add("Anna", "4711", NOON)
    return operators


def locked(home: Path, machine: Machine) -> Operators:
    operators = with_anna(home, machine)
    assert [code(operators, "0000") for _ in range(TRIES)] == ["pin-wrong", "pin-wrong", "operator-locked"]
    return operators


def test_three_wrong_pins_lock_the_name_for_the_stated_time_and_the_right_one_too(tmp_path: Path) -> None:
    machine = Machine()
    operators = locked(tmp_path, machine)
    assert code(operators, "4711") == "operator-locked"
    machine.wait(LOCK_S - 1.0)
    again = Operators(Registry.open(tmp_path), machine)  # another program
    assert code(again, "4711") == "operator-locked"
    machine.wait(1.0)
    assert code(again, "4711") == "Anna"
    assert code(again, "0000") == "pin-wrong"


def test_a_right_pin_forgives_the_wrong_ones_before_it(tmp_path: Path) -> None:
    operators = with_anna(tmp_path, Machine())
    said = [code(operators, pin) for pin in ("1", "2", "4711", "3", "4")]
    assert said == ["pin-wrong", "pin-wrong", "Anna", "pin-wrong", "pin-wrong"]


def test_after_a_restart_of_the_machine_the_time_begins_anew(tmp_path: Path) -> None:
    machine = Machine()
    operators = locked(tmp_path, machine)
    for up_for in (1.0, LOCK_S - 1.0):
        machine.restart(up_for)
        assert code(operators, "4711") == "operator-locked"
    machine.restart(LOCK_S)
    assert code(operators, "4711") == "Anna"


def test_tries_at_once_are_each_counted_before_they_are_looked_at(tmp_path: Path) -> None:
    operators = with_anna(tmp_path, Machine())
    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(lambda pin: code(operators, f"000{pin}"), range(6)))
    assert sorted(said) == ["operator-locked"] * 4 + ["pin-wrong"] * 2
    assert code(operators, "4711") == "operator-locked"


def test_the_machines_own_count_goes_on_and_names_its_start() -> None:
    first, second = since_start(), since_start()
    assert (first.boot, len(first.boot)) == (second.boot, 36)
    assert 0.0 < first.seconds <= second.seconds


def test_the_pin_itself_is_not_kept(tmp_path: Path) -> None:
    with_anna(tmp_path, Machine()).add("Li", "918273645546", NOON)
    database = sqlite3.connect(tmp_path / "registry.db")
    hashes = [one for (one,) in database.execute("SELECT pin_hash FROM operators")]
    assert all(one.startswith("$argon2id$") for one in hashes)
    assert all(b"918273645546" not in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "١٢٣٤", "1111", "12 34"])
def test_a_pin_that_is_too_easy_is_refused(tmp_path: Path, pin: str) -> None:
    with pytest.raises(InputError, match="pin-too-easy") as refused:
        Operators(Registry.open(tmp_path)).add("Anna", pin, NOON)
    assert not pin or pin not in str(refused.value)


def test_names_are_given_once_and_unknown_ones_are_told(tmp_path: Path) -> None:
    operators = with_anna(tmp_path, Machine())
    with pytest.raises(InputError, match="operator-known"):
        operators.add(" Anna ", "1234", NOON)
    with pytest.raises(InputError, match="operator-name"):
        operators.add(" ", "1234", NOON)
    with pytest.raises(InputError, match="operator-unknown: given=Bob, known=Anna"):
        operators.authenticated("Bob", "1234")
    assert [one.name for one in operators.list()] == ["Anna"]


def test_the_lock_says_how_long_it_lasts(tmp_path: Path) -> None:
    machine = Machine()
    operators = locked(tmp_path, machine)
    machine.wait(60.0)
    with pytest.raises(CheckFailed) as refused:
        operators.authenticated("Anna", "4711")
    assert refused.value.values["minutes"] == pytest.approx((LOCK_S - 60.0) / 60.0)
