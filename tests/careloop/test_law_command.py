"""What an export says of itself, and what the command answers."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from careloop.__main__ import main
from careloop.build import load_exercise
from careloop.export.c99 import Exported, export_c
from careloop.export.row import MEANING
from controllers import LAWS
from robot.guard import Flag

EXERCISE = load_exercise("knee-walking")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: Any) -> Exported:
    return export_c(EXERCISE, tmp_path_factory.mktemp("export"))


def enumerators(header: str, name: str) -> list[tuple[str, int, str]]:
    """Name, number and comment of everything in an enumeration."""
    body = re.search(rf"enum {name} {{\n(.*?)\n}};", header, re.DOTALL)
    assert body is not None
    found = (re.fullmatch(r" +CARELOOP_(\w+) = (\d+),?(?: /\* (.*) \*/)?", line) for line in body[1].splitlines())
    return [(one[1], int(one[2]), one[3]) for one in found if one]


def test_the_header_has_exactly_the_rows_columns_in_order_with_their_units(exported: Exported) -> None:
    header, layout = (exported.folder / "careloop_law.h").read_text(), EXERCISE.controller().layout
    *columns, count = enumerators(header, "careloop_column")
    assert [name for name, _, _ in columns] == list(layout.columns)
    assert [index for _, index, _ in columns] == list(range(layout.size))
    assert count[:2] == ("COLUMNS", layout.size)
    units = [column.unit for fields in layout.fields.values() for column in fields]
    ascii_of = {"1": "no unit", "N·m/rad": "N m/rad", "rad/s²": "rad/s^2", "N·m": "N m", "N·m/s": "N m/s"}
    ascii_of["N·m·s/rad"] = "N m s/rad"
    assert [unit for _, _, unit in columns] == [ascii_of.get(unit, unit) for unit in units]


def test_the_header_has_every_field_flag_and_parameter(exported: Exported) -> None:
    header, controller = (exported.folder / "careloop_law.h").read_text(), EXERCISE.controller()
    fields = [(f"FIELD_{name}", part.start) for name, part in controller.layout.slices.items()]
    assert [found[:2] for found in enumerators(header, "careloop_field")] == fields
    assert list(MEANING) == list(controller.layout.fields)
    assert [found[:2] for found in enumerators(header, "careloop_flag")] == [(f"FLAG_{f.name}", f.value) for f in Flag]
    stiffness = "joint_impedance_stiffness_knee_Nm_rad [N m/rad]: 120.0; law 0.0 to 400.0; plan 60.0 to 160.0"
    for said in (stiffness, "patient_mass_kg [kg]: must be set; plan 40.0 to 110.0", "knee_limit_tau_Nm [N m]: 38.0"):
        assert f" *   {said}\n" in header


def test_the_c_is_the_one_that_a_proof_names(exported: Exported) -> None:
    controller, manifest = EXERCISE.controller(), json.loads((exported.folder / "export.json").read_text())
    hashes = {path.name: sha256(path.read_bytes()).hexdigest() for path in exported.folder.iterdir()}
    assert {**manifest["files"], "export.json": hashes["export.json"]} == hashes
    for name, digest in (("law", controller.law.compiled.sha256), ("guard", controller.guard.sha256)):
        assert hashes[f"{name}.c"] == manifest["parts_sha256"][name] == digest
        assert digest in (exported.folder / "careloop_law.h").read_text()
    assert [one["title"] for one in manifest["columns"]] == list(controller.layout.columns)


def test_two_exports_are_byte_identical_and_the_second_says_that_it_replaced(
    exported: Exported, tmp_path: Path
) -> None:
    (tmp_path / "export.json").write_text("{}")
    command = [
        sys.executable,
        "-m",
        "careloop",
        "law",
        "export",
        "knee-walking",
        "--to",
        "c",
        "--output",
        str(tmp_path),
    ]
    answer = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True, timeout=200)
    assert f"replaced the earlier export in {tmp_path}\n" in answer.stderr
    assert json.loads(answer.stdout)["files"] == list(exported.files)
    for name in exported.files:
        assert (tmp_path / name).read_bytes() == (exported.folder / name).read_bytes(), name
    assert {path.name for path in tmp_path.iterdir()} == set(exported.files)


def test_an_unknown_format_is_answered_with_the_known_ones(capsys: Any) -> None:
    assert main(["law", "export", "knee-walking", "--to", "ada"]) == 2
    assert capsys.readouterr().err == "--to: there is no format named ada; choose among c\n"


def test_a_folder_that_holds_something_else_is_left_as_it_is(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "law.c").write_text("mine")
    for place in (tmp_path, tmp_path / "law.c"):
        assert main(["law", "export", "knee-walking", "--to", "c", "--output", str(place)]) == 2
        assert f"there is something other than an export of careloop at {place}" in capsys.readouterr().err
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_written_is_told_with_its_status(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "file").write_text("")
    assert main(["law", "export", "knee-walking", "--to", "c", "--output", str(tmp_path / "file" / "x")]) == 3
    told = capsys.readouterr().err
    assert told.startswith(str(tmp_path / "file"))
    assert "cannot be written" in told
    assert told.count("\n") == 1


def test_the_list_has_every_law_with_its_bounds(capsys: Any) -> None:
    assert main(["law", "list", "--json"]) == 0
    listed = {one["law"]: one["parameters"] for one in json.loads(capsys.readouterr().out)}
    assert list(listed) == list(LAWS)
    damping = {"name": "damping", "unit": "N·m·s/rad", "at_least": 0.0, "at_most": 40.0, "per_joint": True}
    assert damping in listed["joint-impedance"]
    assert main(["law", "list"]) == 0
    assert "N·m·s/rad" in capsys.readouterr().out
