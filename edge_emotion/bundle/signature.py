"""The signature of a bundle: the member ``SIGNATURE.json``, over the bytes of ``manifest.json``.

The manifest holds size and SHA-256 of every other member, the reader accepts no member that it does not list, and the
container has one form: so a signature over the manifest covers every byte of the file but the signature's own, and those
have one form too. Nothing is imported here that makes or checks signatures; `edge_emotion.bundle.keys` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from edge_emotion.errors import BundleError

SIGNATURE_NAME = "SIGNATURE.json"
MAX_SIGNATURE_BYTES = 4096
CONTEXT = b"edge-emotion bundle signature 1\n"
"""Goes before the manifest in what is signed, so that a signature made for another purpose never fits here."""


class Signature(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="format",
    tag="edge-emotion-signature",
):
    """Content of ``SIGNATURE.json``.

    Parameters
    ----------
    public_key
        The signer's, 32 bytes in hexadecimal. It says which key to look for and is never trusted for standing here.
    signature
        Ed25519 (RFC 8032) over `signed_bytes` of the manifest, 64 bytes in hexadecimal.
    """

    schema_version: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    algorithm: Literal["ed25519"] = "ed25519"
    public_key: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    signature: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{128}$")]


def signed_bytes(manifest: bytes) -> bytes:
    """What is signed: the context, then ``manifest.json`` as it stands in the bundle."""
    return CONTEXT + manifest


def encode_signature(signature: Signature) -> bytes:
    """The one way to write a signature."""
    return msgspec.json.format(msgspec.json.encode(signature), indent=1) + b"\n"


def read_signature(members: Mapping[str, bytes]) -> Signature | None:
    """The signature among a bundle's members, not checked against any key; ``None`` where there is none.

    Raises
    ------
    BundleError
        If it is too large, not valid, or not written as `encode_signature` writes it.
    """
    raw = members.get(SIGNATURE_NAME)
    if raw is None:
        return None
    if len(raw) > MAX_SIGNATURE_BYTES:
        raise BundleError(
            f"has a {SIGNATURE_NAME} of {len(raw)} bytes; at most {MAX_SIGNATURE_BYTES} are allowed"
        )
    try:
        signature = msgspec.json.decode(raw, type=Signature)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(
            f"has a {SIGNATURE_NAME} that is none ({error}); sign it with 'edge-emotion bundle sign'"
        ) from None
    # One form only: else the same signature could be dressed in other bytes, and a changed file would pass.
    if encode_signature(signature) != raw:
        raise BundleError(
            f"has a {SIGNATURE_NAME} that was reformatted; sign it again with 'edge-emotion bundle sign'"
        )
    return signature
