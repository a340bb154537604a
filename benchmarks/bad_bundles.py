"""Bundles that nobody may ever run, offered to be installed: how many are refused, and does the store stay as it was?"""

from __future__ import annotations

import hashlib
import io
import random
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.container import MANIFEST_NAME, decode, encode
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.errors import EdgeEmotionError
from edge_emotion.updates.installing import InstallRequest, install
from edge_emotion.updates.store import BundleStore

CLIMBING = ("../evil", "/etc/evil", "a/b", "..\\evil", "..")
RUBBISH = b"\x08\x0a" + bytes(range(256)) * 20


def refused(flips: int, cuts: int, seed: int) -> dict[str, int]:
    """Offer each of them to a store that holds the shipped bundle.

    Returns
    -------
    dict
        ``bad_bundles`` offered; ``bad_bundles_refused``: with an error of this project, the store the same to the byte.
    """
    path = default_bundle_path()
    content = path.read_bytes()
    offered = kept = 0
    with tempfile.TemporaryDirectory() as folder:
        store, new = BundleStore(Path(folder) / "store"), Path(folder) / "new.emo"
        store.confirm(store.install(load_bundle(path), content).sha256)
        before = _digests(store.folder)
        for bad in _bad(content, flips, cuts, random.Random(seed)):
            offered += 1
            new.write_bytes(bad)
            try:
                install(store, InstallRequest(path=new))
            except EdgeEmotionError:
                kept += _digests(store.folder) == before
    return {"bad_bundles": offered, "bad_bundles_refused": kept}


def _bad(content: bytes, flips: int, cuts: int, chance: random.Random) -> Iterator[bytes]:
    for position in chance.sample(range(8 * len(content)), flips):
        spoilt = bytearray(content)
        spoilt[position // 8] ^= 1 << (position % 8)
        yield bytes(spoilt)
    for length in chance.sample(range(len(content)), cuts):
        yield content[:length]
    members = dict(decode(content))
    for name in CLIMBING:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for member, data in {**members, name: b"evil"}.items():
                archive.writestr(zipfile.ZipInfo(member), data)
        yield packed.getvalue()
    manifest = msgspec.json.decode(members[MANIFEST_NAME])
    yield encode({**members, MANIFEST_NAME: msgspec.json.encode({**manifest, "schema_version": 99})})
    yield _rubbish_with_the_right_hash(members, manifest)


def _rubbish_with_the_right_hash(members: dict[str, bytes], manifest: dict[str, object]) -> bytes:
    """The form is right, no model is in it: only the trial in a child finds out."""
    models = [name for name in members if name.endswith((".onnx", ".tflite"))]
    files = [dict(file) for file in manifest["files"]]  # type: ignore[attr-defined]
    for file in files:
        if file["path"] in models:
            file |= {"bytes": len(RUBBISH), "sha256": hashlib.sha256(RUBBISH).hexdigest()}
    spoilt = {name: RUBBISH if name in models else data for name, data in members.items()}
    return encode({**spoilt, MANIFEST_NAME: msgspec.json.encode({**manifest, "files": files})})


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
