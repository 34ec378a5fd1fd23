"""The key of each patient, wrapped by the site's: what it seals can be read only as long as it exists.

A patient's key is a file of its own and no row of the registry, so that a copy of the registry alone opens nothing and
one person is erased by one file.
"""

import contextlib
import os
import secrets
import stat
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from robot.errors import DeviceError
from session_records.disk import sync_folder

_KEY_BYTES = 32
_NONCE_BYTES = 12
"""NIST SP 800-38D's length for a random one; far fewer than its 2^32 are drawn for one patient."""


def seal(key: bytes, where: str, words: str) -> bytes:
    """`words` encrypted and signed (AES-256-GCM), bound to `where` they belong."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, words.encode(), where.encode())


def unseal(key: bytes, where: str, sealed: bytes) -> str:
    """What `seal` was given; raises `DeviceError` where key, place or content are not those."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], where.encode()).decode()
    except InvalidTag as problem:
        raise DeviceError("sealed-not-readable", where=where) from problem


class PatientKeys:
    """The patients' keys below a site's folder of keys; nothing is made before the first patient."""

    def __init__(self, folder: Path) -> None:
        self._site = folder / "patients.key"
        self._folder = folder / "patients"

    def make(self, patient: str) -> bytes:
        """A new key for a patient, on the disk when this returns. Raises `DeviceError`."""
        key = secrets.token_bytes(_KEY_BYTES)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(self._path(patient), aes_key_wrap(self._site_key(), key))
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise DeviceError("home-not-writable", folder=self._folder, reason=reason) from problem
        return key

    def open(self, patient: str) -> bytes:
        """The key of a patient; raises `DeviceError` where it is missing, damaged, or wrapped by another site's."""
        path = self._path(patient)
        try:
            return aes_key_unwrap(self._site_key(), path.read_bytes())
        except FileNotFoundError as problem:
            raise DeviceError("patient-key-missing", key=path) from problem
        except (InvalidUnwrap, ValueError) as problem:
            raise DeviceError("patient-key-damaged", key=path) from problem

    def destroy(self, patient: str) -> None:
        """Overwrite a patient's key and take it away: nothing that it sealed can be read again."""
        path = self._path(patient)
        try:
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:  # a destruction that was cut short has come this far
            return
        sync_folder(self._folder)

    def _path(self, patient: str) -> Path:
        return self._folder / f"{patient}.key"

    def _site_key(self) -> bytes:
        """The site's key, made with mode 0600 before the first patient's, and never again."""
        if not self._site.exists():
            if any(self._folder.glob("*.key")):
                raise DeviceError("patient-key-missing", key=self._site)
            with contextlib.suppress(FileExistsError):  # of two that begin at once, one makes it
                _write_new(self._site, secrets.token_bytes(_KEY_BYTES))
        if stat.S_IMODE(self._site.stat().st_mode) & 0o077:
            raise DeviceError("key-not-private", key=self._site)
        key = self._site.read_bytes()
        if len(key) != _KEY_BYTES:
            raise DeviceError("patient-key-damaged", key=self._site)
        return key


def _write_new(path: Path, content: bytes) -> None:
    """Write a private file whole; raises `FileExistsError` where there is one."""
    with tempfile.NamedTemporaryFile(dir=path.parent) as draft:  # made with mode 0600
        draft.write(content)
        draft.flush()
        os.fsync(draft.fileno())
        os.link(draft.name, path)
    sync_folder(path.parent)
