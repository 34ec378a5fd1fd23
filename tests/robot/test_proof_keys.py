"""The site's key: made once, for its owner alone, and never mistaken for something else."""

import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from robot.errors import DeviceError
from robot.proof import site_key
from tests.robot.proofs import refused


def test_a_sites_key_is_made_once_for_its_owner_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        first = site_key(tmp_path)
    finally:
        os.umask(before)
    assert [path.name for path in tmp_path.iterdir()] == ["site.pem"]
    assert (tmp_path / "site.pem").stat().st_mode & 0o7777 == 0o600
    again = site_key(tmp_path)
    assert again.private_bytes_raw() == first.private_bytes_raw()
    other = tmp_path / "other"
    other.mkdir()
    assert site_key(other).private_bytes_raw() != first.private_bytes_raw()


def test_a_new_key_is_on_the_disk_before_anything_is_signed_with_it(tmp_path, monkeypatch):
    synced, fsync = [], os.fsync

    def noted(descriptor):
        fsync(descriptor)
        synced.append(os.fstat(descriptor))

    monkeypatch.setattr(os, "fsync", noted)
    site_key(tmp_path)
    state = (tmp_path / "site.pem").stat()
    assert [(one.st_ino, one.st_size) for one in synced] == [(state.st_ino, state.st_size)]


@pytest.mark.parametrize("bit", [0o040, 0o020, 0o010, 0o004, 0o002, 0o001])
def test_a_key_that_others_may_touch_is_refused(tmp_path, bit):
    site_key(tmp_path)
    path = tmp_path / "site.pem"
    path.chmod(0o600 | bit)
    with refused("key-not-private", DeviceError) as refusal:
        site_key(tmp_path)
    assert refusal.value.values == {"key": path}


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no key at all", id="words"),
        pytest.param(pem(X25519PrivateKey.generate()), id="another kind"),
        pytest.param(pem(Ed25519PrivateKey.generate())[:-40], id="cut short"),
    ],
)
def test_a_key_that_is_none_is_refused_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "site.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with refused("key-damaged", DeviceError) as refusal:
        site_key(tmp_path)
    assert refusal.value.values == {"key": path}
    assert path.read_bytes() == content
