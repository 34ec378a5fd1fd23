"""Among many proofs the one of exactly these parts is found, and what changed since is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from robot.proof import find_proof, write_proof
from tests.robot.proofs import PARTS, PROOF, refused


@pytest.fixture
def find(tmp_path, key):
    return lambda plan=PROOF.plan, parts=PARTS: find_proof(tmp_path, plan, parts, key.public_key())


def test_among_many_the_proof_of_exactly_these_parts_is_found(tmp_path, key, find):
    write_proof(PROOF, key, tmp_path)
    for name in PARTS:
        write_proof(replace(PROOF, parts={**PARTS, name: "d" * 64}, made_at="2027"), key, tmp_path)
    assert find() == PROOF


def test_a_plan_without_any_proof_is_not_proven(find):
    with refused("not-proven") as refusal:
        find()
    assert refusal.value.values == {"plan": PROOF.plan}


def test_another_plans_proof_is_none(tmp_path, key, find):
    write_proof(replace(PROOF, plan="another", parts={**PARTS, "plan": "d" * 64}), key, tmp_path)
    with refused("not-proven"):
        find()


@pytest.mark.parametrize("last", ["plan", "robot"])
def test_what_changed_since_the_last_proof_is_named(tmp_path, key, find, last):
    """The later proof's name, a hash, comes before the earlier one's or after it."""
    for name in ("plan", "robot"):
        made_at = f"2026-03-0{2 if name == last else 1}T10:00:00+00:00"
        write_proof(replace(PROOF, parts={**PARTS, name: "d" * 64}, made_at=made_at), key, tmp_path)
    with refused("changed-since-proof") as refusal:
        find()
    assert refusal.value.values == {"plan": PROOF.plan, "made_at": "2026-03-02T10:00:00+00:00", "changed": last}


def test_parts_that_came_or_went_are_changes_too_and_are_told_in_order(tmp_path, key, find):
    write_proof(PROOF, key, tmp_path)
    parts = {"zeal": "1", "law": "2", **{name: value for name, value in PARTS.items() if name != "robot"}}
    with refused("changed-since-proof") as refusal:
        find(parts=parts)
    assert refusal.value.values["changed"] == "law, robot, zeal"


def test_an_edited_proof_of_these_parts_is_refused_though_others_hold(tmp_path, key, find):
    write_proof(replace(PROOF, parts={"plan": "d" * 64}), key, tmp_path)
    path = write_proof(PROOF, key, tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("passive", "lively"), encoding="utf-8")
    with refused("proof-edited") as refusal:
        find()
    assert refusal.value.values == {"proof": path}


def test_a_sound_proof_under_the_name_of_another_proves_nothing(tmp_path, key, find):
    other = write_proof(replace(PROOF, parts={"plan": "d" * 64}), key, tmp_path)
    path = tmp_path / f"{PROOF.sha256[:16]}.json"
    other.rename(path)
    with refused("proof-edited") as refusal:
        find()
    assert refusal.value.values == {"proof": path}


def test_an_unreadable_proof_hides_no_other(tmp_path, key, find):
    for name in ("0.json", "g.json"):  # before and after every hash
        Path(tmp_path / name).write_text("{}", encoding="utf-8")
    write_proof(replace(PROOF, parts={**PARTS, "plan": "d" * 64}), key, tmp_path)
    with refused("changed-since-proof") as refusal:
        find()
    assert refusal.value.values["changed"] == "plan"
