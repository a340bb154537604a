"""From the parts of a bundle to its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from edge_emotion.bundle.consistency import CARD_NAME
from edge_emotion.bundle.container import MANIFEST_NAME, encode
from edge_emotion.bundle.manifest import FileHash, Manifest
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
