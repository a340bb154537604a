"""Ed25519 keys in PEM files, as OpenSSL writes them: made, read, used to sign and to verify.

`cryptography` comes with the extra ``crypto`` and is imported only inside of these functions: a device without a configured
key never needs it. Ed25519 signing takes no random numbers, so the same bundle and key give the same bytes; verifying handles
nothing secret, so its comparisons need not take constant time.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from edge_emotion.bundle.signature import SIGNATURE_NAME, Signature, signed_bytes
from edge_emotion.errors import BundleError, InputError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_KEY_BYTES = 16 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key whose bundles are accepted.

    Parameters
    ----------
    public_key
        32 bytes in hexadecimal.
    path
        Where it was read from.
    """

    public_key: str
    path: Path


def generate(path: Path) -> TrustedKey:
    """Make a key pair: the private key in ``path``, readable by its owner alone, the public one in ``path`` + ``.pub``.

    Raises
    ------
    UsageError
        If either file is there already or cannot be written.
    MissingExtraError
        If `cryptography` is not installed.
    """
    _need_cryptography()
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    beside = path.with_name(f"{path.name}.pub")
    _write_new(beside, public, 0o644)
    try:
        _write_new(path, private, 0o600)
    except UsageError:
        beside.unlink()
        raise
    return TrustedKey(public_key=key.public_key().public_bytes_raw().hex(), path=beside)


def read_trusted_key(path: Path) -> TrustedKey:
    """Read a public key.

    Raises
    ------
    InputError
        If the file cannot be read or holds anything but one Ed25519 public key.
    MissingExtraError
        If `cryptography` is not installed.
    """
    _need_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    raw, _ = _read(path, "public")
    if b"PRIVATE KEY" in raw:
        raise InputError(
            f"{path}: is a private key; give the public one (.pub), and keep this where you sign"
        )
    try:
        key = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(
            f"{path}: is not a public key in PEM; 'edge-emotion bundle keygen' writes one (.pub)"
        ) from None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{path}: is a public key of another kind; only Ed25519 is used")
    return TrustedKey(public_key=key.public_bytes_raw().hex(), path=path)


def sign(manifest: bytes, key_path: Path) -> Signature:
    """Sign a manifest with the private key in ``key_path``.

    Raises
    ------
    InputError
        If the file cannot be read, can be read by others, or holds anything but one plain Ed25519 private key.
    MissingExtraError
        If `cryptography` is not installed.
    """
    _need_cryptography()
    key = _signing_key(key_path)
    return Signature(
        public_key=key.public_key().public_bytes_raw().hex(), signature=key.sign(signed_bytes(manifest)).hex()
    )


def check_signature(signature: Signature | None, manifest: bytes, trusted: Sequence[TrustedKey]) -> str:
    """Check that one of the trusted keys signed a manifest; gives that key.

    Raises
    ------
    BundleError
        If there is no signature, another key made it, or it does not fit.
    MissingExtraError
        If `cryptography` is not installed.
    """
    _need_cryptography()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if signature is None:
        raise BundleError(
            f"is not signed, and a trusted key is configured: take a signed copy, or have it signed "
            f"('edge-emotion bundle sign' adds {SIGNATURE_NAME})"
        )
    if signature.public_key not in {key.public_key for key in trusted}:
        names = ", ".join(str(key.path) for key in trusted)
        raise BundleError(
            f"is signed with another key ({signature.public_key}) than the trusted ({names}); take a copy of their signer"
        )
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.public_key))
        key.verify(bytes.fromhex(signature.signature), signed_bytes(manifest))
    except InvalidSignature:
        raise BundleError(
            "has a signature that does not fit: manifest or signature was changed after signing; take a fresh copy"
        ) from None
    return signature.public_key


def _signing_key(path: Path) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    raw, mode = _read(path, "private")
    if b"PUBLIC KEY" in raw:
        raise InputError(f"{path}: is a public key; give the private one that belongs to it")
    if os.name == "posix" and mode & _OTHERS:
        raise InputError(f"{path}: can be read by others; run 'chmod 600' on it, or make a new key")
    try:
        key = load_pem_private_key(raw, password=None)
    except TypeError:  # what it raises for a passphrase that is needed and was not given
        raise InputError(
            f"{path}: is encrypted; decrypt it first into a file of mode 600 ('openssl pkey -in KEY -out PLAIN')"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(
            f"{path}: is not a private key in PEM; 'edge-emotion bundle keygen' makes one"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"{path}: is a private key of another kind; only Ed25519 is used")
    return key


def _read(path: Path, kind: str) -> tuple[bytes, int]:
    """Content and mode, of the same open file."""
    try:
        with path.open("rb") as file:
            data, mode = file.read(MAX_KEY_BYTES + 1), os.fstat(file.fileno()).st_mode
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); give a {kind} key that 'edge-emotion bundle keygen' wrote"
        ) from None
    if len(data) > MAX_KEY_BYTES:
        raise InputError(f"{path}: is larger than {MAX_KEY_BYTES} bytes; no key is")
    return data, mode


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        # O_EXCL: an old key is never replaced, and no link is followed. The mode holds from the first moment.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
    except FileExistsError:
        raise UsageError(f"{path}: is there already; a key is never replaced, give another name") from None
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise UsageError(f"{path}: cannot be written ({error.strerror}); give another folder") from None


def _need_cryptography() -> None:
    try:
        import_module("cryptography")
    except ModuleNotFoundError:
        raise MissingExtraError("cryptography", "crypto") from None
