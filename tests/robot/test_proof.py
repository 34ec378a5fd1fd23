"""A proof says what was tried, by whose key, and nothing that was edited passes for one."""

import json
import math
from dataclasses import FrozenInstanceError, asdict, replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from robot.proof import canonical, read_proof, sha256_of, write_proof
from tests.robot.proofs import PARTS, PROOF, refused

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""FIPS 180-2, appendix B.1."""


def signed(content, key):
    """A proof file's text for any content, as another program would write it."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return json.dumps({**content, "public_key": raw.hex(), "signature": key.sign(text.encode()).hex()})


def test_the_canonical_text_is_the_known_one():
    assert (
        canonical({"b": [1, 2.5, None, True], "ä": {"d": "é", "c": ""}})
        == '{"b":[1,2.5,null,true],"ä":{"c":"","d":"é"}}'
    )


@given(content=st.dictionaries(st.text(), st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))))
def test_the_order_of_fields_does_not_matter_and_nothing_is_lost(content):
    assert canonical(dict(reversed(content.items()))) == canonical(content)
    assert json.loads(canonical(content)) == content


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_has_no_number_for_has_no_canonical_text(number):
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"figure": number})


def test_the_hash_is_sha_256_of_text_bytes_or_canonical_content():
    assert sha256_of("abc") == sha256_of(b"abc") == SHA256_OF_ABC
    assert sha256_of("ä") == sha256_of("ä".encode())
    assert sha256_of(b"\xff") != sha256_of("\xff")
    assert sha256_of({"b": 1, "a": 2}) == sha256_of('{"a":2,"b":1}') != sha256_of('{"b":1,"a":2}')
    assert sha256_of(["abc"]) == sha256_of('["abc"]')


def test_a_proofs_hash_is_that_of_its_parts_alone():
    assert PROOF.sha256 == sha256_of(canonical(PARTS))
    same = replace(PROOF, plan="other", made_at="", figures=[], made_with={}, parts=dict(reversed(PARTS.items())))
    assert same.sha256 == PROOF.sha256
    for name in PARTS:
        assert replace(PROOF, parts={**PARTS, name: "d" * 64}).sha256 != PROOF.sha256
        assert replace(PROOF, parts={k: v for k, v in PARTS.items() if k != name}).sha256 != PROOF.sha256


def test_a_proof_cannot_be_changed_after_it_was_made():
    with pytest.raises(FrozenInstanceError):
        PROOF.plan = "other"


def test_a_proof_is_read_as_it_was_written(tmp_path, key):
    path = write_proof(PROOF, key, tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name] == [f"{PROOF.sha256[:16]}.json"]
    assert read_proof(path, key.public_key()) == PROOF
    assert "Knie – gehend" in path.read_text(encoding="utf-8")


def test_its_signature_holds_for_another_program_too(tmp_path, key):
    content = json.loads(write_proof(PROOF, key, tmp_path).read_text(encoding="utf-8"))
    signature, public = (bytes.fromhex(content.pop(name)) for name in ("signature", "public_key"))
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    assert content == asdict(PROOF)


def test_a_newer_proof_of_the_same_parts_takes_the_place_of_the_older(tmp_path, key):
    write_proof(PROOF, key, tmp_path)
    newer = replace(PROOF, made_at="2026-03-02T10:00:00+00:00")
    assert read_proof(write_proof(newer, key, tmp_path), key.public_key()) == newer
    assert len(list(tmp_path.iterdir())) == 1


def test_a_figure_that_is_no_number_leaves_no_file(tmp_path, key):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_proof(replace(PROOF, figures=[{"error_deg": math.nan}]), key, tmp_path)
    assert not list(tmp_path.iterdir())


def leaves(content, path=()):
    """Every place of a JSON content where a value stands."""
    if isinstance(content, dict | list):
        for name, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield from leaves(value, (*path, name))
    else:
        yield path


@pytest.mark.parametrize("place", list(leaves(asdict(PROOF))), ids=lambda place: ".".join(map(str, place)))
def test_a_proof_with_any_value_changed_proves_nothing(tmp_path, key, place):
    path = write_proof(PROOF, key, tmp_path)
    content = inner = json.loads(path.read_text(encoding="utf-8"))
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = "x" if isinstance(inner[place[-1]], str) else inner[place[-1]] + 1
    path.write_text(json.dumps(content), encoding="utf-8")
    with refused("proof-edited") as refusal:
        read_proof(path, key.public_key())
    assert refusal.value.values == {"proof": path}


def test_a_proof_whose_signature_is_another_ones_proves_nothing(tmp_path, key):
    path = write_proof(PROOF, key, tmp_path)
    text = path.read_text(encoding="utf-8")
    signature = json.loads(text)["signature"]
    path.write_text(text.replace(signature, signature[:-2] + f"{int(signature[-2:], 16) ^ 1:02x}"), encoding="utf-8")
    with refused("proof-edited"):
        read_proof(path, key.public_key())


def without(name):
    return lambda content: {field: value for field, value in content.items() if field != name}


BROKEN = {
    "no signature": without("signature"),
    "no public key": without("public_key"),
    "a signature that is no hexadecimal": lambda content: {**content, "signature": "zz"},
    "a signature that is no text": lambda content: {**content, "signature": None},
    "a list": lambda content: [content],
    "a text": lambda content: "proof",
    "a number": lambda content: 1,
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_file_that_is_no_proof_is_refused(tmp_path, key, broken):
    path = write_proof(PROOF, key, tmp_path)
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(BROKEN[broken](content)), encoding="utf-8")
    with refused("proof-edited"):
        read_proof(path, key.public_key())


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_a_file_that_is_no_json_is_refused(tmp_path, key, content):
    path = tmp_path / "proof.json"
    path.write_bytes(content)
    with refused("proof-edited"):
        read_proof(path, key.public_key())


def test_a_file_that_is_not_there_is_refused(tmp_path, key):
    with refused("proof-edited"):
        read_proof(tmp_path / "none.json", key.public_key())


@pytest.mark.parametrize("content", [{**asdict(PROOF), "extra": 1}, without("figures")(asdict(PROOF))])
def test_a_signed_content_that_is_no_proof_is_refused(tmp_path, key, content):
    path = tmp_path / "proof.json"
    path.write_text(signed(content, key), encoding="utf-8")
    with refused("proof-edited"):
        read_proof(path, key.public_key())


def test_another_sites_proof_is_said_to_be_one(tmp_path, key):
    path = write_proof(PROOF, Ed25519PrivateKey.generate(), tmp_path)
    with refused("proof-of-another-site") as refusal:
        read_proof(path, key.public_key())
    assert refusal.value.values == {"proof": path}
