"""The vectors that bind every implementation of these formats."""

from __future__ import annotations

import dataclasses
import json
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from edge_emotion_bridge import PacketError

VECTORS = Path(__file__).parents[2] / "firmware_bridge" / "vectors"


def load() -> list[Any]:
    return [
        pytest.param(vector, id=f"{path.stem}:{vector['name']}")
        for path in sorted(VECTORS.glob("*.json"))
        for vector in json.loads(path.read_text())["vectors"]
    ]


def to_plain(value: Any) -> Any:
    """A packet as JSON would hold it: enums by name, sets sorted, bytes in hexadecimal."""
    if dataclasses.is_dataclass(value):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, frozenset):
        return sorted(to_plain(v) for v in value)
    if isinstance(value, tuple):
        return [to_plain(v) for v in value]
    return value


@pytest.mark.parametrize("vector", load())
def test_vector(vector: dict[str, Any], codecs: dict[str, Any]) -> None:
    codec, wire = codecs[vector["codec"]], bytes.fromhex(vector["hex"])
    if "packet" not in vector:
        with pytest.raises(PacketError):
            codec.decode(wire)
        return
    packet = codec.decode(wire)
    assert to_plain(packet) == vector["packet"]
    if vector.get("canonical", True):
        assert codec.encode(packet) == wire


def test_every_codec_has_a_good_and_a_bad_vector(codecs: dict[str, Any]) -> None:
    vectors = [param.values[0] for param in load()]
    good = {v["codec"] for v in vectors if "packet" in v}
    bad = {v["codec"] for v in vectors if "packet" not in v}
    assert good == bad == set(codecs)
