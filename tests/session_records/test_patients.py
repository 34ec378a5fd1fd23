"""Patients: pseudonyms, a history that only grows, and an identity that ends with its key."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.errors import CheckFailed, DeviceError, InputError
from session_records.people.fields import SEALED, one_line
from session_records.people.keys import PatientKeys, seal, unseal
from session_records.people.patients import ALPHABET
from tests.session_records.people import NOON, PLAIN, SECRETS, found_in, site

KEY = bytes(range(32))


def test_a_patient_comes_back_as_entered(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        name = here.patient()
    with site(tmp_path) as here:
        patient = here.patients.get(f" {name.lower()} ")
        assert here.patients.words(patient) == SECRETS
        assert (patient.side, patient.height_m, patient.mass_kg) == ("left", 1.71, 64.0)
        assert patient.ranges["left", "knee"].high_deg == 80.0
        assert str(patient.consent) == "2026-11-17"
        assert here.patients.list() == (patient,)


def test_pseudonyms_are_random_and_without_letters_that_are_taken_for_each_other(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        names = [here.patient(record_number=f"H-{number}") for number in range(8)]
    assert len(set(names)) == 8
    assert {letter for name in names for letter in name[2:]} <= set(ALPHABET)
    assert all(name.startswith("P-") and len(name) == 8 for name in names)
    assert set(ALPHABET) & set("0O1IL2Z5S8BUA") == set()


def test_an_amendment_leaves_what_was_there_with_who_and_when(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        name = here.patient()
        later = NOON + timedelta(hours=1)
        new = {"side": "both", "name": "王晓明", "range_deg.left.knee": (10, 75)}
        patient = here.patients.amend(name, "Li", later, new)
        assert (patient.side, patient.sides) == ("both", ("left", "right"))
        assert here.patients.words(patient)["name"] == "王晓明"
        assert patient.ranges["left", "knee"].at == later
        told = [(one.by, one.at, one.value) for one in here.patients.history(patient) if one.field == "name"]
    assert told == [("Anna", NOON, SECRETS["name"]), ("Li", later, "王晓明")]


def test_the_identity_is_never_on_the_disk_in_the_clear(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        name = here.patient()
        session = here.session(name)
        here.patients.amend(name, "Anna", NOON, {"name": "Zhang Wei", "limits": "sore since the visit of Mrs Li"})
        words = [*SECRETS.values(), "Zhang Wei", "visit of Mrs Li"]
        assert (tmp_path / "registry.db-wal").stat().st_size > 0  # the log is looked at, too
        assert [place for secret in words for place in found_in(tmp_path, secret)] == []
        here.patients.erase(name, "Anna", NOON)
        assert [place for secret in words for place in found_in(tmp_path, secret)] == []
        assert here.registry.get(session).started.patient == name


def test_erasing_makes_the_identity_unreadable_and_keeps_what_records_need(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        name, other = here.patient(), here.patient(record_number="H-2")
        here.patients.erase(name, "Li", NOON)
        erased = here.patients.get(name)
        assert erased.erased_at == NOON
        assert here.patients.words(erased) == {}
        assert {one.value for one in here.patients.history(erased) if one.field in SEALED} == {None}
        assert (erased.side, erased.ranges["left", "knee"].low_deg) == ("left", 10.0)
        assert here.patients.words(here.patients.get(other))["name"] == SECRETS["name"]
        assert not (tmp_path / "keys" / "patients" / f"{name}.key").exists()
        with pytest.raises(CheckFailed, match="patient-erased"):
            here.patients.amend(name, "Anna", NOON, {"name": "again"})
        assert here.patients.erase(name, "Anna", NOON + timedelta(days=1)).erased_at == NOON


def test_an_older_copy_of_the_registry_gives_the_erased_identity_back_to_nobody(tmp_path: Path) -> None:
    with site(tmp_path / "home") as here:
        name = here.patient()
        shutil.copytree(tmp_path / "home", tmp_path / "copy", ignore=shutil.ignore_patterns("keys"))
        here.patients.erase(name, "Anna", NOON)
    shutil.copytree(tmp_path / "home" / "keys", tmp_path / "copy" / "keys")
    with site(tmp_path / "copy") as restored, pytest.raises(DeviceError, match="patient-key-missing"):
        restored.patients.words(restored.patients.get(name))


def test_without_the_keys_sessions_still_find_their_patient(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        name = here.patient()
        shutil.rmtree(tmp_path / "keys")
        patient = here.patients.get(name)
        assert (patient.side, here.patients.list()) == ("left", (patient,))
        with pytest.raises(DeviceError, match="patient-key-missing"):
            here.patients.words(patient)


def test_a_lost_key_of_the_site_is_not_replaced_while_it_is_needed(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        here.patient()
        (tmp_path / "keys" / "patients.key").unlink()
        with pytest.raises(DeviceError, match="patient-key-missing"):
            here.patient(record_number="H-2")


def test_keys_are_private_and_only_this_sites_key_opens_them(tmp_path: Path) -> None:
    keys = PatientKeys(tmp_path)
    key = keys.make("P-3")
    files = [tmp_path / "patients.key", tmp_path / "patients" / "P-3.key"]
    assert [oct(path.stat().st_mode & 0o777) for path in files] == ["0o600", "0o600"]
    assert all(key not in path.read_bytes() for path in files)
    assert keys.open("P-3") == key
    files[0].write_bytes(KEY)
    with pytest.raises(DeviceError, match="patient-key-damaged"):
        keys.open("P-3")
    files[0].chmod(0o644)
    with pytest.raises(DeviceError, match="key-not-private"):
        keys.open("P-3")


def test_a_key_is_made_once(tmp_path: Path) -> None:
    keys = PatientKeys(tmp_path)
    key = keys.make("P-3")
    with pytest.raises(DeviceError, match="home-not-writable"):
        keys.make("P-3")
    assert keys.open("P-3") == key


@given(words=st.text(), where=st.text(), elsewhere=st.text(), place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_what_is_sealed_opens_in_its_place_alone_and_not_when_a_bit_was_changed(
    words: str, where: str, elsewhere: str, place: int, bit: int
) -> None:
    try:
        (words + where + elsewhere).encode()
    except UnicodeEncodeError:  # half a letter, which no input gives
        return
    sealed = seal(KEY, where, words)
    assert unseal(KEY, where, sealed) == words
    assert seal(KEY, where, words) != sealed
    changed = bytearray(sealed)
    changed[place % len(sealed)] ^= 1 << bit
    for content, place_ in ((bytes(changed), where), *([(sealed, elsewhere)] if elsewhere != where else [])):
        with pytest.raises(DeviceError, match="sealed-not-readable"):
            unseal(KEY, place_, content)


def test_a_record_number_belongs_to_one_patient(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        name = here.patient()
        with pytest.raises(InputError, match=f"patient-known: patient={name}"):
            here.patient(name="another")
        here.patients.erase(name, "Anna", NOON)
        assert here.patient() != name


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("side", "up", "choice-unknown"),
        ("height_m", 171, "out-of-bounds"),
        ("height_m", float("nan"), "not-a-number"),
        ("mass_kg", float("inf"), "not-a-number"),
        ("mass_kg", "64", "not-a-number"),
        ("born", "30.5.1961", "day-not-read"),
        ("born", "2061-05-30", "day-not-past"),
        ("consent", "2026-11-19", "day-not-past"),
        ("name", " \t\n", "words-missing"),
        ("diagnosis", "x" * 2001, "words-too-long"),
        ("range_deg.left.knee", (80.0, 10.0), "range-empty"),
        ("range_deg.left.knee", (10.0, 10.0), "range-empty"),
        ("range_deg.left.knee", (float("nan"), 10.0), "not-a-number"),
        ("range_deg.left.knee", (-200.0, 10.0), "out-of-bounds"),
        ("range_deg.up.knee", (0.0, 10.0), "field-unknown"),
        ("shoe_size", 42, "field-unknown"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_entered(tmp_path: Path, field: str, value: Any, code: str) -> None:
    with site(tmp_path) as here, pytest.raises(InputError, match=code) as refused:
        here.patient(**{field: value})
    assert field not in SEALED or str(value) not in str(refused.value)
    with site(tmp_path) as here:
        assert here.patients.list() == ()
    assert not (tmp_path / "keys" / "patients").exists()


@pytest.mark.parametrize("field", ["name", "side", "height_m", "mass_kg"])
def test_a_patient_needs_what_a_session_needs(tmp_path: Path, field: str) -> None:
    entries = {name: value for name, value in {**SECRETS, **PLAIN}.items() if name != field}
    with site(tmp_path) as here, pytest.raises(InputError, match=f"field-missing: field={field}"):
        here.patients.add("Anna", NOON, entries)


@given(st.text())
def test_words_are_kept_in_one_line_and_the_same_again(words: str) -> None:
    kept = one_line(words)
    assert kept.isprintable()
    assert one_line(kept) == kept
