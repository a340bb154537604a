"""The same parts give the same bundle, to the byte, in whatever order, process or time zone."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import Manifest
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.packing.packing import pack

AGAIN = """\
import hashlib, sys
from edge_emotion.bundle.reader import load_bundle
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.packing.card import write_card
from edge_emotion_export.packing.packing import pack
b = load_bundle(sys.argv[1])
made = [Artefact(engine=f.engine, precision=f.precision, content=b.read(f.path)) for f in b.manifest.model_files]
print(hashlib.sha256(pack(b.manifest, made, write_card(b.manifest))).hexdigest())
"""


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    return load_bundle(default_bundle_path())


def artefacts(bundle: Bundle) -> list[Artefact]:
    return [
        Artefact(engine=f.engine, precision=f.precision, content=bundle.read(f.path))
        for f in bundle.manifest.model_files
    ]


def test_what_was_read_packs_to_the_bytes_it_was_read_from(shipped: Bundle, tmp_path: Path) -> None:
    card, path = shipped.read("MODEL_CARD.md").decode(), tmp_path / "a.emo"
    path.write_bytes(pack(shipped.manifest, artefacts(shipped), card))
    again = load_bundle(path)
    assert hashlib.sha256(pack(again.manifest, artefacts(again), card)).hexdigest() == again.sha256


def test_the_order_of_the_parts_and_stale_hashes_do_not_matter(shipped: Bundle) -> None:
    stale: Manifest = msgspec.structs.replace(shipped.manifest, files=())
    card = shipped.read("MODEL_CARD.md").decode()
    first = pack(stale, artefacts(shipped), card)
    assert pack(stale, artefacts(shipped)[::-1], card) == first


def test_another_process_time_zone_mask_and_hash_seed_give_the_same(shipped: Bundle, tmp_path: Path) -> None:
    found = set()
    for seed, zone, mask in (("1", "UTC", 0o022), ("2", "Asia/Kathmandu", 0o077)):
        ran = subprocess.run(
            [sys.executable, "-c", AGAIN, str(shipped.path)],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            umask=mask,
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
        found.add(ran.stdout.strip())
    assert len(found) == 1
