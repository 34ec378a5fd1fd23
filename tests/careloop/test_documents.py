"""Every example in README and docs is run, and every table is complete."""

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import casadi
import numpy as np
import pytest
import typer
import yaml
from pydantic import BaseModel

from careloop.__main__ import app, main
from careloop.build import Exercise, load_exercise, shipped_plans
from careloop.proving.feasibility import check_feasible
from careloop.robot_check import check_robot
from patient_vision.calibration import write_calibration
from patient_vision.render import PINHOLE
from robot.description import RobotDescription, load_robot
from robot.plan import Plan, Posture, Treadmill
from robot.plan_limits import ContactRule, CuffLimit, GroundLimit, JointLimits, SpasmRule
from robot.plan_task import Bathing, Meal, Reposition
from robot.planned_motion import KINDS, Pace, Reach
from robot.tool_path import ToolPace, ToolPose
from session_records.store import Ended, Registry, Started
from sim_models.virtual_patient.profile import load_profile
from tests.sim_models.trials_kit import HANDOVER

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
NEEDS_TIME_OR_A_DEVICE = re.compile(
    r"careloop (demo|validate|run|treat|emulate|sessions (pause|resume|stop|set)|track (models|zero|\w* ?0))\b"
)
SESSION_ID = re.compile(r"KNEE-\d{8}-\d{4}")
PSEUDONYM = re.compile(r"P-[0-9A-Z]{6}")
OF_THE_DAY = {"day", "treat", "patients", "prescriptions", "operators"}
TYPED = {
    "careloop operators add Anna": "4711\n",
    "careloop patients add": "Wang Xiaoming\nleft\n1.71\n64\n",
    "careloop patients amend P-7F3K9Q --ask name": "Wang Xiaoming\n",
    "careloop patients erase P-7F3K9Q": "P-7F3K9Q\n",
}
"""What a person would type when the command asks."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    language: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    for fenced in re.finditer(r"^```(\w+)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
        yield Block(page.name, fenced[1], fenced[2])


BLOCKS = [block for page in PAGES for block in blocks(page)]


def of(language: str, page: str = "") -> list[Block]:
    return [block for block in BLOCKS if block.language == language and page in block.page]


@dataclass(frozen=True)
class Example:
    """A command of a console block and the lines printed under it."""

    command: str
    printed: tuple[str, ...]


def examples(block: Block) -> list[Example]:
    found: list[Example] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Example(line[2:], ()))
        else:
            found[-1] = Example(found[-1].command, (*found[-1].printed, line))
    return found


WHOLE = [block for block in of("yaml") if "careloop" in yaml.safe_load(block.text)]
PARTS = [block for block in of("yaml") if block not in WHOLE]
"""YAML that is a file, and YAML that is a part of a plan."""


EXAMPLES = list(dict.fromkeys(example for block in of("console") for example in examples(block)))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: Any) -> Path:
    """A folder with the files that the examples name, and a home of its own."""
    pages = ("plans.md", "robots.md", "patients.md")
    plan, robot, profile = (next(block for block in WHOLE if block.page == page) for page in pages)
    for name, text in {
        "my-plan.yaml": plan.text,
        "my-robot.yaml": robot.text,
        "my-profile.yaml": profile.text,
        "fast.yaml": plan.text.replace("speed: 0.3,", "speed: 0.8,").replace("[0.2, 0.35]", "[0.2, 0.8]"),
        "too-far.yaml": plan.text.replace("[10, 95]", "[10, 140]"),
    }.items():
        (tmp_path / name).write_text(text)
    write_calibration(PINHOLE, tmp_path / "camera.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARELOOP_HOME", str(tmp_path / "home"))
    return tmp_path


def run(command: str) -> tuple[int, str]:
    """Status and output of a careloop command, run in this process."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        status = main(shlex.split(command)[1:])
    return status, printed.getvalue()


def agrees(printed: str, shown: tuple[str, ...]) -> bool:
    """Whether a command printed what a page shows; a last line of `...` stands for the rest."""
    lines = [line.rstrip() for line in printed.splitlines()]
    if shown and shown[-1] == "...":
        return lines[: len(shown) - 1] == list(shown[:-1])
    return not shown or lines == list(shown)


def quick(example: Example) -> bool:
    words = example.command.split()
    if re.search(r"track (\w* ?0|zero)\b", example.command):  # a camera
        return False
    if words[1:3] == ["robot", "calibrated"]:  # by an operator: with the therapist's day
        return False
    return words[0] == "careloop" and words[1] not in {"run", "sessions", "demo", "validate", "emulate", *OF_THE_DAY}


def test_a_page_shows_only_what_can_be_run_or_is_a_picture() -> None:
    assert {block.language for block in BLOCKS} <= {"console", "python", "yaml", "text"}
    assert {example.command.split()[0] for example in EXAMPLES} <= {"careloop", "make"}


@pytest.mark.parametrize("example", [one for one in EXAMPLES if quick(one)], ids=lambda example: example.command)
def test_an_example_prints_what_the_page_shows(example: Example, desk: Path) -> None:
    status, printed = run(example.command)
    assert agrees(printed, example.printed), printed
    refused = "choose at most" in printed
    assert status == (2 if refused else 0), printed


@pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if NEEDS_TIME_OR_A_DEVICE.search(one.command)], ids=lambda one: one.command
)
def test_an_example_that_needs_time_or_a_device_names_what_exists(example: Example, capsys: Any) -> None:
    assert main([*shlex.split(example.command)[1:], "--help"]) == 0


def test_the_examples_of_sessions_run_in_their_order(desk: Path) -> None:
    (block,) = [block for block in of("console", "commands.md") if "sessions list" in block.text]
    (runs,) = [block for block in of("console", "commands.md") if "--on sim" in block.text]
    simulated = next(one for one in examples(runs) if "--on sim" in one.command)
    status, printed = run(simulated.command)
    assert status == 0, printed
    session = SESSION_ID.findall(printed)[0]
    for example in examples(block):
        status, printed = run(SESSION_ID.sub(session, example.command))
        assert status == 0, printed
        assert session in printed


def test_a_therapists_day_runs_in_its_order(desk: Path, monkeypatch: Any) -> None:
    names = {SESSION_ID: "", PSEUDONYM: ""}
    for example in [example for block in of("console", "therapist.md") for example in examples(block)]:

        def here(text: str) -> str:
            return SESSION_ID.sub(names[SESSION_ID], PSEUDONYM.sub(names[PSEUDONYM], text))

        if re.match(r"careloop (validate|emulate)\b", example.command):
            continue
        if example.command.startswith("careloop treat"):  # has its own tests, and takes longer than this whole day
            with Registry.open(desk / "home") as registry:
                at, person = datetime.now().astimezone(), {"height_m": 1.75, "mass_kg": 75.0}
                whose = {"patient": names[PSEUDONYM], "side": "left", "prescription": f"{names[PSEUDONYM]}-1"}
                started = Started(plan="p", robot="knee-exo", on="sim", started_at=at, **person, **whose)
                names[SESSION_ID] = registry.add("KNEE", started).session
                registry.finish(names[SESSION_ID], Ended(end="stopped", reason="completed"))
            continue
        monkeypatch.setattr("sys.stdin", io.StringIO(here(TYPED.get(example.command, ""))))
        status, printed = run(here(example.command))
        refused = printed == here("\n".join(example.printed)) + "\n" and ": " in printed.partition("\n")[0]
        assert status == (2 if refused else 0), printed
        assert agrees(printed, tuple(here(line) for line in example.printed)) or example.command in TYPED, printed
        found = PSEUDONYM.search(printed)
        names[PSEUDONYM] = found[0] if found else names[PSEUDONYM]
        monkeypatch.setenv("CARELOOP_OPERATOR", "Anna")
        monkeypatch.setenv("CARELOOP_PIN", "4711")
    assert Path("day.html").stat().st_size and Path("progress.png").stat().st_size


def test_make_knows_its_targets() -> None:
    named = {example.command.split()[1] for example in EXAMPLES if example.command.startswith("make ")}
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named <= rules


@pytest.mark.parametrize("block", WHOLE, ids=lambda block: block.page)
def test_a_yaml_example_is_a_plan_within_its_limits_a_robot_within_its_buses_time_or_a_profile(
    block: Block, tmp_path: Path
) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(block.text)
    written = yaml.safe_load(block.text)
    if "motion" in written:
        found = check_feasible(load_exercise(path))
        limits = written["limits"]
        assert set(found.speeds) == {written["motion"]["speed"], *written["adjustable"]["motion.speed"]}
        assert [need.joint for need in found.joints] == list(written["motion"]["range_deg"])
        for need in found.joints:
            assert 0.0 < need.peak_torque <= limits[need.joint]["torque"]
            assert 0.0 < need.peak_velocity_deg_s <= limits[need.joint]["velocity_deg_s"]
            assert need.peak_power <= limits[need.joint]["power"]
        assert found.energy.drawn <= limits["energy"]["budget"]
    elif "body" in written:
        assert load_profile(str(path)).name == written["name"]
    else:
        budgets = check_robot(load_robot(path))
        assert {budget.bus for budget in budgets} == set(written["bus"])
        assert sum(budget.drives for budget in budgets) == len(written["joints"])
        assert all(0.0 < budget.cycle_s <= budget.allowed_s < 1.0 / written["rate_hz"] for budget in budgets)


def with_part(part: dict[str, Any], folder: Path) -> Exercise:
    """The plan of the page on plans, or an arm's, with a part of it replaced, and nothing of that adjustable."""
    (plan,) = (block.text for block in WHOLE if block.page == "plans.md")
    text = HANDOVER.read_text() if "tool_path" in part.get("motion", {}) else plan
    path = folder / "with-part.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(text), "adjustable": {}, **part}))
    return load_exercise(path)


@pytest.mark.parametrize("block", of("yaml", "plans.md")[1:], ids=lambda block: block.text.split()[1].strip("{:"))
def test_every_motion_of_the_page_on_plans_can_be_done_and_ends_where_it_begins(block: Block, tmp_path: Path) -> None:
    exercise = with_part(yaml.safe_load(block.text), tmp_path)
    found = check_feasible(exercise)
    curve = exercise.cycle.curve
    assert curve.at(0.0)[0] == pytest.approx(curve.at(1.0)[0], abs=1e-9)
    assert found.speeds == (exercise.plan.motion.speed,)


def test_the_page_on_plans_has_an_example_of_every_motion() -> None:
    parts = [yaml.safe_load(block.text)["motion"] for block in PARTS if block.page == "plans.md"]
    assert {key for part in parts for key in part if key in KINDS} == set(KINDS)


def python_of(page: str) -> dict[str, Any]:
    """The names that a page's Python blocks define, run one after the other."""
    names: dict[str, Any] = {"__name__": page}
    with contextlib.redirect_stdout(io.StringIO()):
        for block in of("python", page):
            exec(compile(block.text, page, "exec"), names)
    return names


@pytest.mark.parametrize("page", sorted({block.page for block in of("python")}))
def test_the_python_of_a_page_runs(page: str) -> None:
    assert python_of(page)


def test_the_law_of_the_page_on_laws_assists_by_its_closed_form() -> None:
    names = python_of("laws.md")
    law = names["IntegralAssistance"](forgetting=0.9, gain=2.0)
    assert law.name == "integral-assistance"
    compiled = names["compile_law"](law, names["SymbolicRobot"].of(names["robot"]), 0.002).compiled.function
    error, memory, zero = 0.1, casadi.DM([0.0]), casadi.DM([0.0])
    for tick in range(1, 40):
        inputs = [
            zero,
            zero,
            zero,
            casadi.DM([error]),
            zero,
            zero,
            zero,
            casadi.DM([1.75, 75.0, 1.0, 0.9, 2.0]),
            memory,
        ]
        torque, memory = compiled(*inputs)
        assert float(torque) == pytest.approx(2.0 * error * (1.0 - 0.9**tick) / (1.0 - 0.9))
    assert np.isfinite(float(memory))


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from fields(inner, f"{prefix}{name}.")
        elif not any(isinstance(one, type) and issubclass(one, BaseModel) for one in get_args(inner)):
            yield f"{prefix}{name}"


MAY_BE_LEFT_OUT = {"posture": Posture, "limits.cuff": CuffLimit, "stop.spasm": SpasmRule, "stop.contact": ContactRule}
MAY_BE_LEFT_OUT |= {"posture.treadmill": Treadmill, "limits.ground": GroundLimit}
"""Parts of a plan that only a robot of one kind has."""


def test_the_page_on_plans_has_every_field() -> None:
    page = (ROOT / "docs" / "plans.md").read_text()
    named = [*fields(Plan), *(f"limits.JOINT.{name}" for name in JointLimits.model_fields)]
    named += ["limits.energy"]
    named += [name for prefix, part in MAY_BE_LEFT_OUT.items() for name in fields(part, f"{prefix}.")]
    named += [f"motion.{name}" for kind in KINDS.values() for name in kind.model_fields if name != "pace"]
    named += [f"motion.pace.JOINT.{name}" for name in Pace.model_fields]
    named += [f"motion.reaching.{name}" for name in Reach.model_fields]
    named += [f"motion.tool_path.{name}" for name in ToolPose.model_fields]
    named += [f"motion.pace.{name}" for name in ToolPace.model_fields]
    assert [name for name in named if f"`{name}`" not in page] == []


def test_the_page_on_care_tasks_has_every_field() -> None:
    page = (ROOT / "docs" / "care-tasks.md").read_text()
    kinds = {"meal": Meal, "bathing": Bathing, "reposition": Reposition}
    named = [f"task.{name}.{field}" for name, kind in kinds.items() for field in kind.model_fields]
    assert [name for name in named if f"`{name}`" not in page] == []
    assert [name for name in shipped_plans() if name.startswith("care-") and f"`{name}`" not in page] == []


def test_the_page_on_robots_has_every_field() -> None:
    page = (ROOT / "docs" / "robots.md").read_text()
    description = load_robot("knee-exo").model_dump()
    (joint,), (bus,) = description["joints"].values(), description["bus"].values()
    drive = {f"drive.{name}" for name in joint["drive"] if name != "friction"}
    named = {f"joints.JOINT.{name}" for name in joint if name != "drive"} | {f"bus.BUS.{name}" for name in bus} | drive
    named |= {name for name in RobotDescription.model_fields if name not in {"joints", "bus"}}
    assert sorted(name for name in named if f"`{name}`" not in page) == []


def test_the_page_on_commands_has_every_command() -> None:
    text = "\n".join(block.text for block in of("console", "commands.md"))
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        for inner in getattr(command, "commands", {"": None}):
            assert f"$ careloop {name} {inner}".strip() in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"`(tests/[^`:]+)`", page.read_text()))
    assert [name for name in named if not (ROOT / name).exists()] == []
