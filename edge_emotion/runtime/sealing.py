"""Encryption of a reference with a passphrase: scrypt for the key, AES-256-GCM for the rest.

`cryptography` does both; it comes with the extra ``crypto`` and is imported only when a file is sealed or opened. The cost of
the key is fixed by the format and never read from a file: a hostile file must not choose how much memory it takes to look at it.
"""

from __future__ import annotations

import os
from typing import Annotated

import msgspec

from edge_emotion.errors import InputError, MissingExtraError

SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**15, 8, 3
"""32 MiB and three passes (OWASP Password Storage Cheat Sheet, one of its equal choices): what a Pi Zero 2 W can spare."""

SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
_CONTEXT = b"edge-emotion-reference-sealed 1"


class SealedReference(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="format",
    tag="edge-emotion-reference-sealed",
):
    """Salt, nonce and ciphertext with its tag; base64 in JSON."""

    schema_version: Annotated[int, msgspec.Meta(ge=1, le=1)]
    salt: Annotated[bytes, msgspec.Meta(min_length=SALT_BYTES, max_length=SALT_BYTES)]
    nonce: Annotated[bytes, msgspec.Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
    sealed: bytes


def seal(plain: bytes, passphrase: str) -> SealedReference:
    """Encrypt; salt and nonce are new each time, so no key is used twice.

    Raises
    ------
    MissingExtraError
        If `cryptography` is not installed.
    """
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ModuleNotFoundError:
        raise MissingExtraError("cryptography", "crypto") from None
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, _CONTEXT)
    return SealedReference(schema_version=1, salt=salt, nonce=nonce, sealed=sealed)


def unseal(sealed: SealedReference, passphrase: str) -> bytes:
    """Decrypt and authenticate.

    Raises
    ------
    InputError
        If the passphrase is wrong or a bit of the file was changed; nothing can tell which.
    MissingExtraError
        If `cryptography` is not installed.
    """
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ModuleNotFoundError:
        raise MissingExtraError("cryptography", "crypto") from None
    try:
        return AESGCM(_key(passphrase, sealed.salt)).decrypt(sealed.nonce, sealed.sealed, _CONTEXT)
    except InvalidTag:
        raise InputError(
            "does not open: the passphrase is wrong or the file was changed; try again, or calibrate anew"
        ) from None


def _key(passphrase: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    kdf = Scrypt(salt=salt, length=KEY_BYTES, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P)
    return kdf.derive(passphrase.encode("utf-8", "surrogatepass"))
