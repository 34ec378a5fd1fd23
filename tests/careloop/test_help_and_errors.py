"""What a newcomer meets: help with an example everywhere, one line for an error, its exit status, and no waiting."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from careloop import __main__ as front
from careloop.__main__ import app, main
from careloop.build import shipped_plans
from robot.errors import CheckFailed, DeviceError

HEAVY = {
    "adam",
    "alembic",
    "argon2",
    "babel",
    "casadi",
    "cryptography",
    "cv2",
    "matplotlib",
    "numpy",
    "pyarrow",
    "pybullet",
    "pydantic",
    "rich",
    "serial",
    "sqlalchemy",
    "yaml",
}
COMMAND = [sys.executable, "-m", "careloop"]


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


PATHS = list(commands(typer.main.get_command(app)))


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=200, check=False)


def raising(error: BaseException) -> Any:
    def command(*_: object) -> None:
        raise error

    return command


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_help_has_an_example_that_names_the_command(path: tuple[str, ...], capsys: Any) -> None:
    assert main([*path, "--help"]) == 0
    _, _, examples = capsys.readouterr().out.partition("Example")
    lines = [line.split() for line in examples.splitlines() if line.strip().startswith("careloop")]
    assert lines
    assert any(set(path) <= set(line) for line in lines)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_example_in_a_help_is_a_command_that_exists(path: tuple[str, ...], capsys: Any) -> None:
    main([*path, "--help"])
    _, _, examples = capsys.readouterr().out.partition("Example")
    for line in [line.split() for line in examples.splitlines() if line.strip().startswith("careloop")]:
        words = tuple(word for word in line[1:] if not word.startswith("-"))
        assert any(words[start : start + len(known)] == known for known in PATHS if known for start in (0, 1)), line


def test_without_a_command_the_help_is_shown(capsys: Any) -> None:
    assert main([]) == 0
    assert "Usage: careloop" in capsys.readouterr().out


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys, json, careloop.__main__ as front; front.main(['--help'])\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=200, check=True)
    assert set(json.loads(answer.stderr)) & HEAVY == set()


def test_help_takes_at_most_ten_times_as_long_as_python_itself() -> None:
    def took(arguments: list[str]) -> float:
        """Processor time: what else the machine does is not counted."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    pairs = [(took(["-m", "careloop", "--help"]), took(["-c", "pass"])) for _ in range(5)]
    assert min(helped for helped, _ in pairs) <= 10.0 * min(bare for _, bare in pairs)


def test_the_version_is_told(capsys: Any) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("careloop 0.")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plan", "chekc"], "Did you mean 'check'? (careloop plan --help says more)"),
        (["plan", "check"], "PLAN"),
        (["plan", "check", "knee-walking", "--loud"], "--loud"),
        (["plan", "list", "--home", "x"], "--home belongs before the command: careloop --home ... plan list"),
        (["plan", "list", "--debug"], "--debug belongs before the command: careloop --debug ... plan list"),
        (["robot", "check", "knee-exo", "--latency-ms", "soon"], "--latency-ms"),
        (
            ["validate", "knee-walking", "--seed", "0"],
            "--seed: 0 says who is sampled, and without --patients nobody is",
        ),
        (["validate", "knee-walking", "--profile", "stroke-left-moderate"], "--profile: stroke-left-moderate says who"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistyped_command_is_answered_in_one_line(arguments: list[str], said: str, capsys: Any) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert said in told.err


def test_an_error_is_one_line_and_its_own_status_on_the_real_command_line() -> None:
    answer = run("plan", "check", "no-such-plan")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr == (
        f"there is no plan named no-such-plan; choose among {', '.join(shipped_plans())}, or give a .yaml file\n"
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CheckFailed("not-proven", plan="knee-walking"), 1),
        (DeviceError("port-busy", port="/dev/ttyUSB0"), 3),
        (KeyboardInterrupt(), 130),
        (typer.Exit(4), 4),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_command_ends_with_the_status_of_what_it_raised(
    error: BaseException, status: int, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.setattr("careloop.build.load_exercise", raising(error))
    assert main(["plan", "check", "knee-walking"]) == status
    assert capsys.readouterr().err.count("\n") <= 1


def test_an_unexpected_exception_is_one_line_that_names_debug(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr("careloop.build.load_exercise", raising(ZeroDivisionError("by\nzero \x1b[31m")))
    assert main(["plan", "check", "knee-walking"]) == front.UNEXPECTED
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith("careloop failed unexpectedly (ZeroDivisionError: by zero ?[31m)")
    assert "--debug" in told


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), CheckFailed("not-proven", plan="x")], ids=repr)
def test_debug_shows_the_traceback_and_then_the_line(error: Exception, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr("careloop.build.load_exercise", raising(error))
    main(["--debug", "plan", "check", "knee-walking"])
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("Traceback")
    assert not told[-1].startswith(" ")


def test_the_home_comes_from_the_option_before_the_environment(tmp_path: Path, monkeypatch: Any) -> None:
    homes: list[Path | None] = []
    monkeypatch.setattr("careloop.settings.Home.resolve", homes.append)
    monkeypatch.setenv("CARELOOP_HOME", str(tmp_path / "environment"))
    main(["plan", "list"])
    main(["--home", str(tmp_path / "option"), "plan", "list"])
    assert homes == [tmp_path / "environment", tmp_path / "option"]
