"""A small bundle whose models are two short byte strings: reading never runs them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_emotion.bundle.container import encode

MEMBERS = {"model.onnx": b"an onnx model", "model.tflite": b"a tflite model", "MODEL_CARD.md": b"# card\n"}


def _binding(name: str) -> dict[str, Any]:
    return {"name": name, "tensor": name, "dtype": "float32", "scale": 0.0, "zero_point": 0}


def _model_file(path: str, engine: str) -> dict[str, Any]:
    return {
        "path": path,
        "engine": engine,
        "precision": "float32",
        "inputs": [_binding("cardiac"), _binding("present")],
        "outputs": [_binding("logits"), _binding("contributions")],
    }


def _content() -> dict[str, Any]:
    return {
        "schema_version": 1,
        "minimum_runtime": "0.1.0",
        "name": "tiny",
        "version": "1.0.0",
        "labels": ["rest", "stress"],
        "roles": ["cardiac", "eda"],
        "model": {"family": "acmc", "paper": "arXiv 2108.02241", "parameters": 6, "macs": 4},
        "signals": {
            "grid_hz": 4.0,
            "window_s": 2.0,
            "hop_s": 1.0,
            "tonic_hz": 0.05,
            "scr_threshold_us": 0.01,
            "banks": [
                {
                    "name": "eda_smooth",
                    "order": 2,
                    "low_hz": None,
                    "high_hz": 1.0,
                    "filters": [{"rate_hz": 4.0, "sos": [[1.0, 0.0, 0.0, 0.0, 0.0]]}],
                }
            ],
        },
        "inputs": [
            {"name": "cardiac", "role": "cardiac", "shape": [1, 4, 8], "meaning": "series"},
            {"name": "present", "role": "", "shape": [1, 2], "meaning": "mask"},
        ],
        "normalisation": {
            "reference_s": 0.0,
            "minimum_good_share": 0.5,
            "prior_windows": 10.0,
            "limit": 5.0,
            "scaling": [
                {"tensor": "cardiac", "mean": [70.0, 9.0], "scale": [9.0, 8.0], "within_scale": [5.0, 6.0]}
            ],
        },
        "decision": {
            "temperature": 1.0,
            "smoothing_windows": 1,
            "minimum_probability": 0.5,
            "minimum_quality": 0.3,
            "unfamiliar_share": 0.2,
        },
        "quantization": {"recipe": "none", "calibration_sha256": "", "calibration_windows": 0},
        "model_files": [_model_file("model.onnx", "onnxruntime"), _model_file("model.tflite", "litert")],
        "fidelity": [],
        "training": {"recipe": "test", "seed": 0, "git": "", "datasets": [], "held_out": [], "boards": []},
        "files": [
            {"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for path, data in MEMBERS.items()
        ],
    }


@pytest.fixture
def content() -> dict[str, Any]:
    """A manifest as plain JSON values, free to be spoilt."""
    return _content()


@pytest.fixture
def members(content: dict[str, Any]) -> dict[str, bytes]:
    """Everything a bundle holds, by name."""
    return {**MEMBERS, "manifest.json": msgspec.json.encode(content)}


Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes bytes as a bundle file and gives its path."""

    def write_bytes(data: bytes) -> Path:
        path = tmp_path / "tiny-1.0.0.emo"
        path.write_bytes(data)
        return path

    return write_bytes


@pytest.fixture(scope="session")
def good() -> bytes:
    """The bytes of a sound bundle."""
    return encode({**MEMBERS, "manifest.json": msgspec.json.encode(_content())})
