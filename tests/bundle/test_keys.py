"""Key files: private ones for their owner alone, and each kind only where it belongs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from edge_emotion.bundle.keys import MAX_KEY_BYTES, generate, read_trusted_key, sign
from edge_emotion.errors import InputError, UsageError

PEM, PKCS8 = form.Encoding.PEM, form.PrivateFormat.PKCS8


def private(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def test_the_private_key_is_its_owners_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = generate(tmp_path / "a.key")
    finally:
        os.umask(before)
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600
    assert made.path == tmp_path / "a.key.pub"
    assert read_trusted_key(made.path) == made


@pytest.mark.parametrize("there", ["a.key", "a.key.pub"])
def test_no_key_is_replaced_and_no_half_pair_is_left(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(UsageError, match="never replaced"):
        generate(tmp_path / "a.key")
    assert [p.name for p in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


def test_no_key_goes_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        generate(tmp_path / "a.key")
    assert not (tmp_path / "elsewhere").exists()


def test_a_private_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    generate(tmp_path / "a.key")
    (tmp_path / "a.key").chmod(0o640)
    with pytest.raises(InputError, match="chmod 600"):
        sign(b"{}", tmp_path / "a.key")


def encrypted() -> bytes:
    key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(PEM, PKCS8, form.BestAvailableEncryption(b"secret"))


def on_a_curve() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, form.NoEncryption())


def public() -> bytes:
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(PEM, form.PublicFormat.SubjectPublicKeyInfo)


def public_on_a_curve() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(PEM, form.PublicFormat.SubjectPublicKeyInfo)


def cut() -> bytes:
    return public()[:60]


def huge() -> bytes:
    return b"-" * (MAX_KEY_BYTES + 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (encrypted, "is encrypted"),
        (on_a_curve, "only Ed25519"),
        (public, "is a public key; give the private one"),
        (huge, "is larger than"),
        (bytes, "is not a private key"),
    ],
)
def test_what_cannot_sign_is_named(tmp_path: Path, make: Callable[[], bytes], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sign(b"{}", private(tmp_path / "k", make()))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (on_a_curve, "is a private key; give the public one"),
        (public_on_a_curve, "only Ed25519"),
        (cut, "is not a public key"),
        (huge, "is larger than"),
        (bytes, "is not a public key"),
    ],
)
def test_what_cannot_be_trusted_is_named(tmp_path: Path, make: Callable[[], bytes], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_trusted_key(private(tmp_path / "k", make()))


def test_absent_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_trusted_key(tmp_path / "absent")
