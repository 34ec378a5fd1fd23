"""The proof that a plan was tried: hashes of everything that decides its behaviour, signed with the site's key."""

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from robot.errors import CheckFailed, DeviceError


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven and with which result.

    `parts` the SHA-256 of each thing that decides the behaviour, `figures` of every trial, `made_with` the compiler and
    the versions, `made_at` in UTC.
    """

    plan: str
    made_at: str
    parts: Mapping[str, str]
    figures: Sequence[Mapping[str, Any]]
    made_with: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """One hash over all the parts: it must match when the plan is run."""
        return hashlib.sha256(canonical(dict(self.parts)).encode()).hexdigest()


def canonical(content: Any) -> str:
    """The one JSON text of a content, whatever the order of its fields."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_of(content: Any) -> str:
    """The SHA-256 of a text, of bytes, or of a content's canonical JSON."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha256((content if isinstance(content, str) else canonical(content)).encode()).hexdigest()


def site_key(folder: Path) -> Ed25519PrivateKey:
    """The site's signing key in `folder`, made on first use with mode 0600.

    Raises `DeviceError` where others could read it or where it is damaged.
    """
    path = folder / "site.pem"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _existing_key(path)
    key = Ed25519PrivateKey.generate()
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        file.flush()  # else the disk would be told to keep an empty file
        os.fsync(file.fileno())
    return key


def _existing_key(path: Path) -> Ed25519PrivateKey:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise DeviceError("key-not-private", key=path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as problem:
        raise DeviceError("key-damaged", key=path) from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise DeviceError("key-damaged", key=path)
    return key


def write_proof(proof: Proof, key: Ed25519PrivateKey, folder: Path) -> Path:
    """Sign a proof and put it into `folder` under its hash; a torn file can never stand under that name."""
    content = asdict(proof)
    signature = key.sign(canonical(content).encode()).hex()
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()
    path = folder / f"{proof.sha256[:16]}.json"
    draft = path.with_suffix(".draft")
    text = json.dumps({**content, "public_key": public, "signature": signature}, indent=1, ensure_ascii=False)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return path


def read_proof(path: Path, public_key: Ed25519PublicKey) -> Proof:
    """A proof whose signature by this site holds; raises `CheckFailed` where it was edited or is another site's."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        signature = bytes.fromhex(content.pop("signature"))
        signer = content.pop("public_key")
        own = public_key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()
        if signer != own:
            raise CheckFailed("proof-of-another-site", proof=path)
        public_key.verify(signature, canonical(content).encode())
        return Proof(**content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidSignature) as problem:
        raise CheckFailed("proof-edited", proof=path) from problem


def find_proof(folder: Path, plan: str, parts: Mapping[str, str], public_key: Ed25519PublicKey) -> Proof:
    """The proof of exactly these parts; raises `CheckFailed`, naming the parts that changed since the last proof."""
    wanted = Proof(plan, "", parts, [], {}).sha256
    path = folder / f"{wanted[:16]}.json"
    if path.is_file():
        proof = read_proof(path, public_key)
        if proof.sha256 != wanted:
            raise CheckFailed("proof-edited", proof=path)
        return proof
    earlier = [proof for proof in _readable(folder, public_key) if proof.plan == plan]
    if not earlier:
        raise CheckFailed("not-proven", plan=plan)
    last = max(earlier, key=lambda proof: proof.made_at)
    changed = [name for name in {*parts, *last.parts} if parts.get(name) != last.parts.get(name)]
    raise CheckFailed("changed-since-proof", plan=plan, made_at=last.made_at, changed=", ".join(sorted(changed)))


def _readable(folder: Path, public_key: Ed25519PublicKey) -> list[Proof]:
    proofs = []
    for path in sorted(folder.glob("*.json")):
        try:
            proofs.append(read_proof(path, public_key))
        except CheckFailed:  # an edited proof of another plan is no reason to refuse this one: it proves nothing
            continue
    return proofs
