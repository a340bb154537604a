"""A sound bundle opens; a damaged, foreign, newer or contradictory one is refused in one clear line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_emotion.bundle.container import encode
from edge_emotion.bundle.reader import MAX_MANIFEST_BYTES, load_bundle
from edge_emotion.errors import BundleError

Write = Callable[[bytes], Path]
Spoil = Callable[[dict[str, Any]], object]


def test_sound_bundle_opens_with_its_members_and_digest(good: bytes, write: Write) -> None:
    bundle = load_bundle(write(good))
    assert bundle.manifest.labels == ("rest", "stress")
    assert bundle.read("model.onnx") == b"an onnx model"
    assert bundle.sha256 == hashlib.sha256(good).hexdigest()


def test_unknown_member_is_named_with_what_there_is(good: bytes, write: Write) -> None:
    bundle = load_bundle(write(good))
    with pytest.raises(
        BundleError, match=r"no member 'x'; it holds MODEL_CARD\.md, manifest\.json, model\.onnx"
    ):
        bundle.read("x")


def test_every_flipped_byte_is_refused(good: bytes, write: Write) -> None:
    for offset in range(len(good)):
        spoilt = bytearray(good)
        spoilt[offset] ^= 1 << (offset % 8)
        path = write(bytes(spoilt))
        with pytest.raises(BundleError) as caught:
            load_bundle(path)
        assert "\n" not in str(caught.value)


def test_every_truncation_is_refused(good: bytes, write: Write) -> None:
    for length in range(0, len(good), 7):
        path = write(good[:length])
        with pytest.raises(BundleError):
            load_bundle(path)


def test_truncation_is_called_by_its_name(good: bytes, write: Write) -> None:
    with pytest.raises(BundleError, match="truncated"):
        load_bundle(write(good[:-100]))


@pytest.mark.parametrize("name", ["absent.emo", "."])
def test_unreadable_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError, match=r"cannot be read .*; give an \.emo file"):
        load_bundle(tmp_path / name)


def test_newer_schema_says_upgrade_even_with_unknown_keys(
    content: dict[str, Any], members: dict[str, bytes], write: Write
) -> None:
    members["manifest.json"] = msgspec.json.encode({**content, "schema_version": 2, "novelty": 1})
    members["unheard_of.bin"] = b""
    with pytest.raises(BundleError, match=r"of schema 2; this runtime .* reads up to schema 1: upgrade"):
        load_bundle(write(encode(members)))


def test_newer_runtime_says_upgrade(content: dict[str, Any], members: dict[str, bytes], write: Write) -> None:
    members["manifest.json"] = msgspec.json.encode({**content, "minimum_runtime": "99.0", "novelty": 1})
    with pytest.raises(BundleError, match=r"needs edge-emotion 99\.0 or newer; this is"):
        load_bundle(write(encode(members)))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"{", "cannot use: Input data was truncated"),
        (b"\xff\xfe{}", "cannot use"),
        (b"[" * 100_000, "cannot use"),
        (b"{}", "missing required field `schema_version`"),
        (b'{"schema_version": 1, "schema_version": 1, "minimum_runtime": "0.1.0"}', "'schema_version' twice"),
        (b'{"schema_version": 1, "minimum_runtime": "0.1.0", "name": NaN}', "cannot use"),
        (b" " * (MAX_MANIFEST_BYTES + 1), "at most 1048576 are allowed"),
    ],
)
def test_unusable_manifest_is_refused(
    members: dict[str, bytes], write: Write, raw: bytes, message: str
) -> None:
    members["manifest.json"] = raw
    with pytest.raises(BundleError, match=message):
        load_bundle(write(encode(members)))


def many_inputs(manifest: dict[str, Any]) -> None:
    series = {**manifest["inputs"][0], "shape": [1, 4, 100_000]}
    manifest["inputs"] = [{**series, "name": name} for name in ("a", "b", "c")]


CONTRADICTIONS: list[tuple[Spoil, str]] = [
    (lambda m: m.update(novelty=1), "unknown field `novelty`"),
    (lambda m: m.update(schema_version=0), "numbered from 1"),
    (lambda m: m.update(minimum_runtime="soon"), "not a version number"),
    (lambda m: m.update(labels=["rest", "rest"]), "label 'rest' twice"),
    (lambda m: m.update(labels=["rest", ""]), "label without a name"),
    (lambda m: m.update(labels=["rest"]), "at least two"),
    (lambda m: m.update(roles=["cardiac", "eeg"]), "allowed: at least one of"),
    (lambda m: m["inputs"][0].update(shape=[2, 4, 8]), "one window"),
    (lambda m: m["inputs"][0].update(shape=[1, 4, 10**9]), "at most 1000000"),
    (lambda m: m["inputs"][0].update(name="heart"), "input 'heart' that nothing fills"),
    (lambda m: m["inputs"].pop(0), "tensor 'cardiac' that is not one of its inputs"),
    (lambda m: m["normalisation"]["scaling"][0].update(mean=[1.0]), "different lengths"),
    (
        lambda m: m["normalisation"]["scaling"][0].update(mean=[1.0], scale=[1.0], within_scale=[1.0]),
        r"scales 1 channels of 'cardiac'; its shape \[1, 4, 8\] needs 2",
    ),
    (lambda m: m["normalisation"]["scaling"][0].update(scale=[0.0, 1.0]), "> 0"),
    (lambda m: m["decision"].update(temperature=0.0), "> 0"),
    (lambda m: m["model_files"].clear(), "no model file"),
    (lambda m: m["model_files"][0].update(path="other.onnx"), "names the model other.onnx but no such file"),
    (lambda m: m["model_files"][0].update(engine="litert"), "litert float32' twice"),
    (lambda m: m["model_files"][0].update(path="model.tflite"), "'model.tflite' twice"),
    (lambda m: m["model_files"][0]["inputs"].pop(), "must bind"),
    (lambda m: m["model_files"][0]["outputs"][0].update(name="probabilities"), "must bind"),
    (lambda m: m["model_files"][0]["inputs"][0].update(dtype="int8"), "scale 0"),
    (lambda m: m["signals"].update(window_s=0.0), "signals.window_s = 0"),
    (lambda m: m["signals"].update(window_s=1e9), "at most 1000000 values"),
    (lambda m: m["signals"].update(eeg_channels=10**9), "256 channels"),
    (lambda m: m["decision"].update(smoothing_windows=10**9), "smooths over 1000000000 windows"),
    (many_inputs, "1200000 values together"),
    (lambda m: m["signals"]["banks"][0]["filters"].clear(), "without a filter"),
    (lambda m: m["files"].pop(), "holds MODEL_CARD.md, which its manifest does not know"),
    (lambda m: m["files"].append(m["files"][0]), "lists a file twice"),
    (lambda m: m["files"][0].update(bytes=1), "its manifest says 1"),
    (lambda m: m["files"][0].update(sha256="0" * 64), "SHA-256 differs"),
    (lambda m: m["files"][0].update(path="gone.onnx"), "holds model.onnx, which its manifest does not know"),
]


@pytest.mark.parametrize(("spoil", "message"), CONTRADICTIONS, ids=[m for _, m in CONTRADICTIONS])
def test_contradiction_is_named(
    content: dict[str, Any], members: dict[str, bytes], write: Write, spoil: Spoil, message: str
) -> None:
    spoil(content)
    members["manifest.json"] = msgspec.json.encode(content)
    with pytest.raises(BundleError, match=message):
        load_bundle(write(encode(members)))


def test_listed_file_that_is_absent_is_named(members: dict[str, bytes], write: Write) -> None:
    del members["model.onnx"]
    with pytest.raises(BundleError, match=r"lacks model\.onnx"):
        load_bundle(write(encode(members)))


def test_listed_file_of_an_unknown_kind_is_refused(
    content: dict[str, Any], members: dict[str, bytes], write: Write
) -> None:
    members["install.sh"] = b"#!/bin/sh"
    digest = hashlib.sha256(members["install.sh"]).hexdigest()
    content["files"].append({"path": "install.sh", "bytes": 9, "sha256": digest})
    members["manifest.json"] = msgspec.json.encode(content)
    with pytest.raises(BundleError, match=r"install\.sh, which is neither a model nor the model card"):
        load_bundle(write(encode(members)))


def test_random_bytes_are_never_more_than_refused(good: bytes, write: Write) -> None:
    for seed in range(200):
        noise = hashlib.sha256(str(seed).encode()).digest() * 3
        cut = int.from_bytes(noise[:2], "big") % len(good)
        path = write(good[:cut] + noise + good[cut + len(noise) :])
        with pytest.raises(BundleError):
            load_bundle(path)
