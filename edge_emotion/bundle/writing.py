"""Writes a bundle: verified by the reader before it gets its name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from edge_emotion.bundle.container import encode
from edge_emotion.bundle.keys import TrustedKey
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.bundle.signature import SIGNATURE_NAME, Signature, encode_signature
from edge_emotion.errors import UsageError


def write_bundle(content: bytes, path: Path, trusted: Sequence[TrustedKey] = ()) -> Bundle:
    """Write, read back with every check of the runtime, then rename: no half-written or unreadable bundle is left.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    BundleError
        If the runtime would refuse the bundle.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
            draft = Path(folder) / path.name
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            load_bundle(draft, trusted)
            draft.replace(path)
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror}); choose another folder with --out"
        ) from error
    return load_bundle(path, trusted)


def write_signed(bundle: Bundle, signature: Signature, path: Path) -> Bundle:
    """Write ``bundle`` with ``signature`` in place of any that it had, and check it as its receiver will.

    Raises
    ------
    UsageError
        If ``path`` cannot be written.
    """
    content = encode({**bundle.members, SIGNATURE_NAME: encode_signature(signature)})
    return write_bundle(content, path, [TrustedKey(public_key=signature.public_key, path=path)])
