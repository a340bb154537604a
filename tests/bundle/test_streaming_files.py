"""Files of one hop in a manifest: what the runtime takes for granted of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tiny_bundle import write_bundle

from edge_emotion.bundle.consistency import PRESENT, check_manifest
from edge_emotion.bundle.manifest import (
    EARLIER,
    FEATURES,
    NEWEST,
    ROWS,
    FileHash,
    InputSpec,
    Manifest,
    ModelFile,
    StreamingSpec,
    TensorBinding,
)
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.errors import BundleError
from edge_emotion.signals.spec import SignalSpec

REACH, HOP = 40, 4
Change = Callable[[StreamingSpec], StreamingSpec]


@pytest.fixture(scope="module")
def manifest(signal_spec: SignalSpec, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """A manifest with files of one hop that agrees with itself."""
    path = write_bundle(Path(tmp_path_factory.mktemp("bundle")) / "tiny.emo", signal_spec)
    plain = load_bundle(path).manifest
    series = tuple(i for i in plain.inputs if len(i.shape) == 3)
    vectors = tuple(i for i in plain.inputs if len(i.shape) == 2 and i.name != PRESENT)
    shapes = {
        ROWS: (1, sum(i.shape[1] for i in series), REACH),
        FEATURES: (1, sum(i.shape[1] for i in vectors)),
        PRESENT: (1, len(plain.roles)),
        EARLIER: (1, 8),
    }
    inputs = tuple(InputSpec(name=n, role="", shape=s, meaning="") for n, s in shapes.items())
    outputs = ("logits", "contributions", NEWEST)
    file = ModelFile(
        path="hop.onnx",
        engine="onnxruntime",
        precision="float32",
        inputs=tuple(TensorBinding(name=i.name, tensor=i.name, dtype="float32") for i in inputs),
        outputs=tuple(TensorBinding(name=n, tensor=n, dtype="float32") for n in outputs),
    )
    columns = (series[0].shape[-1] - REACH) // HOP + 1
    return msgspec.structs.replace(
        plain,
        signals=msgspec.structs.replace(signal_spec, final_after_s=4.0),
        files=(*plain.files, FileHash(path="hop.onnx", bytes=1, sha256="0" * 64)),
        streaming=StreamingSpec(
            hop_steps=HOP,
            columns=columns,
            series=tuple(i.name for i in series),
            vectors=tuple(i.name for i in vectors),
            inputs=inputs,
            model_files=(file,),
        ),
    )


def test_it_agrees_with_itself_and_is_read_back(manifest: Manifest) -> None:
    check_manifest(manifest)
    assert msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest) == manifest


CHANGES: dict[str, tuple[Change, str]] = {
    "columns": (lambda s: msgspec.structs.replace(s, columns=s.columns - 1), "are no window of"),
    "hop": (lambda s: msgspec.structs.replace(s, hop_steps=2), "are no window of"),
    "lacks earlier": (lambda s: msgspec.structs.replace(s, inputs=s.inputs[:-1]), "they must be"),
    "lacks a series": (lambda s: msgspec.structs.replace(s, series=s.series[1:]), "each once"),
    "a vector among series": (
        lambda s: msgspec.structs.replace(s, series=(*s.series, *s.vectors[:1]), vectors=s.vectors[1:]),
        "each once|are no window of",
    ),
    "no such input": (lambda s: msgspec.structs.replace(s, vectors=("heat",)), "each once"),
    "lacks newest": (
        lambda s: msgspec.structs.replace(
            s,
            model_files=tuple(msgspec.structs.replace(f, outputs=f.outputs[:2]) for f in s.model_files),
        ),
        "it must bind",
    ),
    "unknown file": (
        lambda s: msgspec.structs.replace(
            s, model_files=tuple(msgspec.structs.replace(f, path="other.onnx") for f in s.model_files)
        ),
        "no such file",
    ),
    "endless": (lambda s: msgspec.structs.replace(s, columns=10**9), "at most"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_contradiction_is_refused(manifest: Manifest, name: str) -> None:
    change, message = CHANGES[name]
    assert manifest.streaming is not None
    with pytest.raises(BundleError, match=message):
        check_manifest(msgspec.structs.replace(manifest, streaming=change(manifest.streaming)))


@pytest.mark.parametrize("changes", [{"final_after_s": 0.0}, {"final_after_s": 31.0}, {"hop_s": 0.5}])
def test_rows_that_change_are_refused(manifest: Manifest, changes: dict[str, float]) -> None:
    signals = msgspec.structs.replace(manifest.signals, **changes)
    with pytest.raises(BundleError, match="final"):
        check_manifest(msgspec.structs.replace(manifest, signals=signals))
