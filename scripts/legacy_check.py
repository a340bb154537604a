"""Two halves of one check: ``golden FOLDER`` in the development environment, ``check FOLDER`` beside tflite-runtime alone.

The inputs are made in both from one seed; what LiteRT said of them, and a dynamic-range model that must be refused, go
through the folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import ModelFile
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines.litert import LitertEngine
from edge_emotion.errors import EngineError
from edge_emotion.types import FloatArray

WINDOWS = 32
DYNAMIC = "dynamic.tflite"
FLOAT_ERROR, INT8_ERROR = 1e-4, 0.1
"""Logits. Other kernels add in another order, and round int8 to a neighbouring step now and then."""


def windows(bundle: Bundle) -> list[dict[str, FloatArray]]:
    """Slow made-up series and features, clipped as the runtime clips, now and then without a role."""
    random, made = np.random.default_rng(0), []
    limit = bundle.manifest.normalisation.limit
    for number in range(WINDOWS):
        window = {}
        for spec in bundle.manifest.inputs:
            values = random.normal(size=spec.shape)
            if len(spec.shape) == 3:
                values = np.cumsum(values, axis=2) / 8
            window[spec.name] = np.clip(values, -limit, limit).astype(np.float32)
        window["present"] = np.ones((1, len(bundle.manifest.roles)), np.float32)
        if number % 8 == 0:
            window = {n: np.zeros_like(v) if n.startswith("eda") else v for n, v in window.items()}
            window["present"][0, bundle.manifest.roles.index("eda")] = 0
        made.append(window)
    return made


def logits(bundle: Bundle, file: ModelFile) -> FloatArray:
    engine = LitertEngine(bundle.read(file.path), file, bundle.manifest.inputs)
    return np.concatenate([engine.run(window)["logits"] for window in windows(bundle)])


def files_of(bundle: Bundle) -> list[ModelFile]:
    return [f for f in bundle.manifest.model_files if f.engine == "litert"]


def golden(folder: Path) -> int:
    from ai_edge_quantizer import quantizer, recipe

    bundle = load_bundle(default_bundle_path())
    for file in files_of(bundle):
        np.save(folder / f"{file.path}.npy", logits(bundle, file))
    (folder / "float.tflite").write_bytes(bundle.read("model.tflite"))
    job = quantizer.Quantizer(str(folder / "float.tflite"))
    job.load_quantization_recipe(recipe.dynamic_wi8_afp32())
    (folder / DYNAMIC).write_bytes(bytes(job.quantize().quantized_model))
    return 0


def check(folder: Path) -> int:
    import tflite_runtime

    bundle, failed = load_bundle(default_bundle_path()), 0
    for file in files_of(bundle):
        found, truth = logits(bundle, file), np.load(folder / f"{file.path}.npy")
        error = float(np.abs(found - truth).max())
        same = float(np.mean(found.argmax(axis=1) == truth.argmax(axis=1)))
        allowed = FLOAT_ERROR if file.precision == "float32" else INT8_ERROR
        fine = error <= allowed
        failed += not fine
        print(
            f"{'ok' if fine else 'FAILED'}: {file.path} in tflite-runtime {tflite_runtime.__version__}: largest logit error "
            f"{error:.2g}, {allowed:g} allowed; same label on {same:.3f} of {len(found)} windows"
        )
    file = next(f for f in files_of(bundle) if f.precision == "float32")
    try:
        LitertEngine((folder / DYNAMIC).read_bytes(), file, bundle.manifest.inputs)
    except EngineError as error:
        print(f"ok: {error}")
    else:
        failed += 1
        print("FAILED: a dynamic-range model was not refused")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit({"golden": golden, "check": check}[sys.argv[1]](Path(sys.argv[2])))
