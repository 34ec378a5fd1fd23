"""A plan's law and guard as C for firmware: the very text that is compiled and proven, and what it takes to call it."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from careloop.build import Exercise
from careloop.export.row import CARRIED, ColumnFact, column_facts, field_facts, parameter_facts
from careloop.export.ticks import PATIENT, SampleTick, expected_fields, given_fields, sample_ticks
from careloop.proving.feasibility import check_feasible
from careloop.proving.parts import proof_parts
from robot.controller import GUARD_READS, GUARD_WRITES, LAW_READS, LAW_WRITES, Controller
from robot.errors import DeviceError, InputError
from robot.guard import Flag
from robot.proof import sha256_of
from robot.runtime.session_state import Severity
from sim_models.trials.matrix import standard_matrix

TEMPLATES = Path(__file__).parent / "templates"

TOLERANCE = 1e-12
"""What the self-test allows, relative or absolute: math libraries round sin, cos and tanh differently."""

MANIFEST = "export.json"

WARNINGS = "-Wall -Wextra -Wno-unused-parameter -Werror"

BUILD = f"cc -std=c99 -O2 {WARNINGS} law.c guard.c careloop_law.c self_test.c -lm -o self_test"
"""One line that compiles an export."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the folder, its files, the SHA-256 of law and guard, the self-test's ticks.

    `replaced` tells that an earlier export was there.
    """

    folder: Path
    files: tuple[str, ...]
    law_sha256: str
    guard_sha256: str
    ticks: int
    replaced: bool


def export_c(exercise: Exercise, folder: Path) -> Exported:
    """Write the export of a plan into `folder`, which is made where it is missing; runs one simulated trial.

    Raises `InputError` where the folder holds anything but an earlier export, `PlanError` where the drives cannot do
    the plan, `DeviceError` where the folder cannot be written.
    """
    check_feasible(exercise)
    replaced = _prepared(folder)
    controller, ticks = exercise.controller(), sample_ticks(exercise)
    texts = _texts(exercise, controller, ticks)
    hashes = {name: sha256_of(text) for name, text in texts.items()}
    manifest = {**_facts(exercise, controller), "self_test": _self_test_facts(ticks), "files": hashes}
    # The manifest first: what is cut short can be told by its hashes, and replaced.
    _write(folder, {MANIFEST: json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False) + "\n", **texts})
    names = (MANIFEST, *texts)
    return Exported(folder, names, hashes["law.c"], hashes["guard.c"], len(ticks), replaced)


FORMATS: Mapping[str, Callable[[Exercise, Path], Exported]] = MappingProxyType({"c": export_c})
"""By name, what writes an exercise's law and guard into a folder."""


def _prepared(folder: Path) -> bool:
    """Make the folder; whether an earlier export lies there. Raises `InputError` where anything else does."""
    earlier = (folder / MANIFEST).is_file()
    if folder.exists() and not earlier and not (folder.is_dir() and _is_empty(folder)):
        raise InputError("export-in-the-way", field="--output", given=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise _not_written(folder, problem) from problem
    return earlier


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except OSError as problem:
        raise _not_written(folder, problem) from problem


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        try:
            (folder / name).write_bytes(text.encode())
        except OSError as problem:
            raise _not_written(folder / name, problem) from problem


def _not_written(path: Path, problem: OSError) -> DeviceError:
    return DeviceError("export-not-written", file=path, reason=problem.strerror or str(problem))


def _texts(exercise: Exercise, controller: Controller, ticks: Sequence[SampleTick]) -> dict[str, str]:
    """Every file but the manifest, by name."""
    columns = column_facts(controller.layout)
    told = {**_facts(exercise, controller), "columns": columns, "tolerance": TOLERANCE}
    header = {
        **told,
        "fields": field_facts(controller.layout),
        "flags": list(Flag),
        "severities": list(Severity),
        "law_sha256": controller.law.compiled.sha256,
        "guard_sha256": controller.guard.sha256,
        **{"law_reads": LAW_READS, "law_writes": LAW_WRITES, "guard_reads": GUARD_READS, "guard_writes": GUARD_WRITES},
    }
    return {
        "law.c": controller.law.compiled.source,
        "guard.c": controller.guard.source,
        "careloop_law.h": _rendered("careloop_law.h", header),
        "careloop_law.c": _rendered("careloop_law.c", {**told, **_calls(controller, columns)}),
        "self_test.c": _rendered("self_test.c", {**told, **_self_test(controller, columns), "ticks": ticks}),
        "README.txt": _rendered("README.txt", {**told, "build": BUILD, "ticks": len(ticks)}),
    }


def _facts(exercise: Exercise, controller: Controller) -> dict[str, Any]:
    """What the manifest says of plan and row; nothing of it depends on a compiler."""
    robot, layout = controller.robot, controller.layout
    limits = zip(layout.limits, controller.limits, strict=True)
    return {
        "careloop_export": 1,
        "format": "c",
        "plan": exercise.plan.name,
        "file": exercise.file,
        "robot": robot.name,
        "joints": list(robot.joint_names),
        "rate_hz": robot.rate_hz,
        "dt_s": robot.dt,
        "parts_sha256": proof_parts(exercise, controller, standard_matrix()),
        "versions": {name: version(name) for name in ("careloop", "casadi")},
        "parameters": [asdict(one) for one in parameter_facts(controller, exercise.law)],
        "limits": [{"title": column.title, "unit": column.unit, "start": value} for column, value in limits],
        "fields": [asdict(one) for one in field_facts(layout)],
        "columns": [asdict(one) for one in column_facts(layout)],
    }


def _calls(controller: Controller, columns: Sequence[ColumnFact]) -> dict[str, Any]:
    """What the helper has to know: where columns start, what each function takes, and which memory is carried."""
    layout = controller.layout
    starts = {column.title: value for column, value in zip(layout.limits, controller.limits, strict=True)}
    starts |= {column.title: value for column, value in zip(layout.parameters, controller.law.initial, strict=True)}
    starts |= {column.title: math.nan for column in layout.parameters[:2]}
    of = {name: [one.title for one in columns if one.field == name] for name in (*CARRIED, *CARRIED.values())}
    return {
        "starts": starts,
        "calls": (("law", LAW_READS, LAW_WRITES), ("guard", GUARD_READS, GUARD_WRITES)),
        "carried": [pair for before, after in CARRIED.items() for pair in zip(of[before], of[after], strict=True)],
    }


def _self_test(controller: Controller, columns: Sequence[ColumnFact]) -> dict[str, Any]:
    """The titles of the columns that the self-test fills and of those that it compares."""
    given, expected = given_fields(controller.layout), expected_fields(controller.layout)
    filled = [CARRIED.get(name, name) for name in given]
    return {
        "patient": PATIENT,
        "given": [one.title for name in filled for one in columns if one.field == name],
        "expected": [one.title for name in expected for one in columns if one.field == name],
    }


def _self_test_facts(ticks: Sequence[SampleTick]) -> dict[str, Any]:
    return {"ticks": len(ticks), "tolerance": TOLERANCE, "virtual_patient": PATIENT}


def _rendered(name: str, values: Mapping[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"comment": _comment, "name": _name, "unit": _unit, "number": _number, "exact": _exact}
    return environment.get_template(f"{name}.jinja").render(values)


def _comment(text: str) -> str:
    """What people wrote, safe inside a C comment: neither its end nor a trigraph can stand in it."""
    return re.sub(r"[^A-Za-z0-9 ,.:;()_-]", "_", text)


def _name(title: str) -> str:
    """A column's title as the end of a C name."""
    return re.sub(r"\W", "_", title, flags=re.ASCII)


def _unit(unit: str) -> str:
    """A unit in ASCII: not every compiler for firmware reads more."""
    return "no unit" if unit == "1" else unit.replace("·", " ").replace("²", "^2")


def _number(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else _exact(value)


def _exact(value: float) -> str:
    """A double to the last bit, as C99 writes it."""
    if math.isfinite(value):
        return value.hex()
    return "NAN" if math.isnan(value) else "INFINITY" if value > 0 else "-INFINITY"
