"""A plan reaches a motor only with a proof of exactly what would run."""

import os
import pty
import shutil
from pathlib import Path

import pytest

from careloop.build import load_exercise
from careloop.proving import parts
from careloop.session.prepare import prove_for
from careloop.settings import Home
from controllers.joint_impedance import JointImpedance
from controllers.motions import recorded
from robot.errors import CheckFailed, DeviceError
from robot.guard import losses
from robot.models import knee_exo
from tests.careloop.sessions import careloop, one_line, proven_plan, sign, write_plan


def prove(home: Home, plan: Path) -> str:
    exercise = load_exercise(plan)
    return prove_for(exercise, exercise.controller(), home).sha256


def test_a_plan_without_a_proof_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    with pytest.raises(CheckFailed) as refusal:
        prove(home, write_plan(tmp_path / "plan.yaml"))
    assert refusal.value.code == "not-proven"


def test_a_changed_comment_or_order_of_fields_keeps_the_proof(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    before = prove(home, plan)
    lines = plan.read_text().splitlines()
    moved = [line for line in lines if not line.startswith("posture:")]
    plan.write_text("\n".join(["# another comment", *moved, *(line for line in lines if line.startswith("posture:"))]))
    assert prove(home, plan) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stiffness: 120", "stiffness: 121"),
        ("range_deg: {knee: [20, 65]}", "range_deg: {knee: [20, 66]}"),
        ("torque: 38", "torque: 37"),
        ("force: 150", "force: 151"),
        ("within_ms: 80", "within_ms: 81"),
        ("thigh_pitch_deg: 0", "thigh_pitch_deg: 1"),
        ("height_m: [1.45, 1.95]", "height_m: [1.40, 1.95]"),
        ("motion.speed: [0.2, 0.35]", "motion.speed: [0.2, 0.36]"),
    ],
)
def test_any_changed_value_of_the_plan_needs_a_new_proof(tmp_path: Path, old: str, new: str) -> None:
    home, plan = proven_plan(tmp_path)
    text = plan.read_text()
    assert text.count(old) == 1
    plan.write_text(text.replace(old, new))
    with pytest.raises(CheckFailed) as refusal:
        prove(home, plan)
    assert refusal.value.code == "changed-since-proof"
    assert "plan" in str(refusal.value.values["changed"]).split(", ")


def changed_parts(home: Home, plan: Path) -> set[str]:
    with pytest.raises(CheckFailed) as refusal:
        prove(home, plan)
    assert refusal.value.code == "changed-since-proof"
    return set(str(refusal.value.values["changed"]).split(", "))


def test_a_changed_robot_needs_a_new_proof(tmp_path: Path) -> None:
    description = tmp_path / "robot.yaml"
    text = (Path(knee_exo.__file__).parent / "knee-exo.yaml").read_text()
    description.write_text(text)
    plan = write_plan(tmp_path / "plan.yaml", {"robot: knee-exo": f"robot: {description}"})
    home = Home(tmp_path / "home")
    sign(home, load_exercise(plan))
    description.write_text(text.replace("torque_per_ampere: 4.8", "torque_per_ampere: 4.9"))
    assert changed_parts(home, plan) == {"robot", "calibration"}
    description.write_text(text.replace("bar_mass_kg: 1.8", "bar_mass_kg: 1.9"))
    assert changed_parts(home, plan) >= {"robot", "urdf", "law", "guard"}


def test_a_changed_urdf_needs_a_new_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, plan = proven_plan(tmp_path)
    monkeypatch.setattr(knee_exo, "BAR_RADIUS_M", 0.016)
    assert "urdf" in changed_parts(home, plan)


def test_a_changed_recording_needs_a_new_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, plan = proven_plan(tmp_path)
    copy = tmp_path / "walking-2d.csv"
    copy.write_text(recorded.recording_file("walking-2d").read_text().replace("45.38031", "45.38032", 1))
    monkeypatch.setattr(recorded, "_FOLDER", tmp_path)
    recorded.recorded_shape.cache_clear()
    try:
        assert "recording" in changed_parts(home, plan)
    finally:
        recorded.recorded_shape.cache_clear()


def test_a_changed_law_needs_a_new_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, plan = proven_plan(tmp_path)
    monkeypatch.setattr(
        JointImpedance,
        "torque",
        lambda law, robot, x, reference: law.stiffness * (reference.q - x.q) - law.damping * x.dq,
    )
    assert changed_parts(home, plan) == {"law"}


def test_a_changed_guard_needs_a_new_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, plan = proven_plan(tmp_path)
    monkeypatch.setattr(losses, "BLIND_S", 0.030)
    assert changed_parts(home, plan) == {"guard"}


def test_another_version_of_the_simulated_world_needs_a_new_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, plan = proven_plan(tmp_path)
    rooms = tuple(Path(shutil.copytree(room, tmp_path / "version" / room.name)) for room in parts.DECIDING)
    monkeypatch.setattr(parts, "DECIDING", rooms)
    assert prove(home, plan)
    contact = tmp_path / "version" / "sim_models" / "contact.py"
    contact.write_text(contact.read_text().replace("DAMPING", "DAMPED"))
    parts.code_sha256.cache_clear()
    assert changed_parts(home, plan) == {"code"}


@pytest.mark.parametrize("old, new", [('"plan": "', '"plan": "x'), ('"made_at": "2026', '"made_at": "2027')])
def test_an_edited_proof_proves_nothing(tmp_path: Path, old: str, new: str) -> None:
    home, plan = proven_plan(tmp_path)
    (proof,) = home.proofs.glob("*.json")
    text = proof.read_text()
    assert old in text
    proof.write_text(text.replace(old, new, 1))
    with pytest.raises(CheckFailed) as refusal:
        prove(home, plan)
    assert refusal.value.code == "proof-edited"


def test_a_proof_of_other_parts_under_this_name_proves_nothing(tmp_path: Path) -> None:
    home, _ = proven_plan(tmp_path)
    (proof,) = home.proofs.glob("*.json")
    other = write_plan(tmp_path / "other.yaml", {"stiffness: 120": "stiffness: 100"})
    proof.replace(sign(home, load_exercise(other)))
    with pytest.raises(CheckFailed) as refusal:
        prove(home, other)
    assert refusal.value.code == "proof-edited"


def test_another_sites_proof_is_refused(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    (home.keys / "site.pem").unlink()
    with pytest.raises(CheckFailed) as refusal:
        prove(home, plan)
    assert refusal.value.code == "proof-of-another-site"


def test_the_sites_key_is_private_and_must_stay_so(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    key = home.keys / "site.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o640)
    with pytest.raises(DeviceError) as refusal:
        prove(home, plan)
    assert refusal.value.code == "key-not-private"


def test_the_command_refuses_an_unproven_plan_in_one_line_with_status_1(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    answer = careloop(home, "run", str(write_plan(tmp_path / "plan.yaml")), "--on", "serial:/dev/null")
    assert answer.returncode == 1
    assert "careloop validate" in one_line(answer.stderr)


def test_a_port_that_is_not_our_emulator_asks_for_no_person(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    master, slave = pty.openpty()  # a pseudo-terminal, but nobody's whom we know
    try:
        answer = careloop(home, "run", str(plan), "--on", f"serial:{os.ttyname(slave)}")
    finally:
        os.close(master)
        os.close(slave)
    assert answer.returncode == 1
    assert "--no-person" in one_line(answer.stderr)
