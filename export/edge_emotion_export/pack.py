"""Writes a bundle: deterministic bytes, verified by the device's own reader before they get their name."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from edge_emotion.bundle.consistency import CARD_NAME
from edge_emotion.bundle.container import MANIFEST_NAME, encode
from edge_emotion.bundle.manifest import FileHash, Manifest
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.errors import UsageError
from edge_emotion_export.artefact import Artefact


def pack(manifest: Manifest, artefacts: Sequence[Artefact], card: str) -> bytes:
    """The bundle's bytes; the manifest's ``files`` are filled in here. The same input gives the same bytes."""
    members = {a.path: a.content for a in artefacts} | {CARD_NAME: card.encode()}
    hashes = tuple(
        FileHash(path=path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
        for path, data in sorted(members.items())
    )
    complete = msgspec.structs.replace(manifest, files=hashes)
    text = msgspec.json.format(msgspec.json.encode(complete), indent=1)
    return encode({**members, MANIFEST_NAME: text + b"\n"})


def write_bundle(content: bytes, path: Path) -> Bundle:
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
            load_bundle(draft)
            draft.replace(path)
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror}); choose another folder with --out"
        ) from error
    return load_bundle(path)
