"""The manifest inside of each model file, so that a file that lost its bundle still says what it is.

ONNX has a place for it (``metadata_props``). A TFLite file is read from its start and a ZIP from its end: one ZIP
member behind the model leaves it loadable and is read with the standard library.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import msgspec

from edge_emotion.bundle.manifest import Manifest
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.onnx.compacting import compact
from edge_emotion_export.onnx.converting import serialise

ONNX_KEY = "edge_emotion.manifest"
TFLITE_MEMBER = "edge_emotion/manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def inner_manifest(manifest: Manifest) -> bytes:
    """What a model file can say of its bundle: all but the hashes and the proof, which are made of that file."""
    hops = manifest.streaming
    bare = None if hops is None else msgspec.structs.replace(hops, fidelity=())
    return msgspec.json.encode(msgspec.structs.replace(manifest, files=(), fidelity=(), streaming=bare))


def embed(artefact: Artefact, manifest: Manifest) -> Artefact:
    """The same model with the manifest inside; an int8 ONNX file in as few bytes as it can be told in."""
    content = inner_manifest(manifest)
    if artefact.engine == "onnxruntime":
        carrier = _into_onnx(artefact.content, content, compacted=artefact.precision == "int8")
    else:
        carrier = _behind_tflite(artefact.content, content)
    return replace(artefact, content=carrier)


def read_from_onnx(model: bytes) -> bytes:
    """What `embed` put into an ONNX file."""
    import onnx

    found = {p.key: p.value for p in onnx.load_from_string(model).metadata_props}
    return str(found[ONNX_KEY]).encode()


def read_from_tflite(model: bytes) -> bytes:
    """What `embed` put behind a TFLite file."""
    with zipfile.ZipFile(io.BytesIO(model)) as archive:
        return archive.read(TFLITE_MEMBER)


def _into_onnx(model: bytes, content: bytes, *, compacted: bool) -> bytes:
    import onnx

    proto = onnx.load_from_string(model)
    if compacted:
        compact(proto)
    proto.metadata_props.add(key=ONNX_KEY, value=content.decode())
    return serialise(proto)


def _behind_tflite(model: bytes, content: bytes) -> bytes:
    buffer = io.BytesIO(model)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(TFLITE_MEMBER, date_time=_EPOCH), content)
    return buffer.getvalue()
