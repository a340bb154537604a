"""What `benchmarks/streaming.py` counts: loops of reports, each between two marks.

python benchmarks/hops.py BUNDLE WINDOWS [ENGINE]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from counted import mark

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import installed_engines, open_engine, open_model
from edge_emotion.types import FloatArray

PRECISION = "int8"
HOP, WARM = 4, 3
"""Rows of a hop; reports before a loop, of which the first makes all columns."""
Window = Mapping[str, FloatArray]


def systems(bundle: Bundle, only: str | None = None) -> Iterator[tuple[str, Bundle, Engine]]:
    """The shipped network and the streaming one on whole windows, and the streaming one hop after hop, by engine.

    With ``only`` an engine is named: the hops in that one alone.
    """
    if only:
        yield f"hop {only}", bundle, open_engine(bundle, only, PRECISION)
        return
    for name, found in (("shipped_window", load_bundle(default_bundle_path())), ("window", bundle)):
        for file in found.manifest.model_files:
            if file.precision == PRECISION and file.engine in installed_engines():
                engine = open_model(found.read(file.path), file, found.manifest.inputs)
                yield f"{name} {file.engine}", found, engine
    for name in installed_engines():
        yield f"hop {name}", bundle, open_engine(bundle, name, PRECISION)


def windows(bundle: Bundle, count: int) -> list[Window]:
    """One second after the other of made-up series."""
    random, made = np.random.default_rng(0), []
    lines = {
        spec.name: random.normal(size=(*spec.shape[:-1], spec.shape[-1] + HOP * count)).astype(np.float32)
        for spec in bundle.manifest.inputs
    }
    for index in range(count):
        inputs = {}
        for spec in bundle.manifest.inputs:
            first = HOP * index if len(spec.shape) == 3 else 0
            inputs[spec.name] = lines[spec.name][..., first : first + spec.shape[-1]].copy()
        inputs["present"] = np.ones((1, len(bundle.manifest.roles)), np.float32)
        made.append(inputs)
    return made


def main() -> None:
    bundle, count = load_bundle(Path(sys.argv[1])), int(sys.argv[2])
    for _, its_bundle, engine in systems(bundle, next(iter(sys.argv[3:]), None)):
        made = windows(its_bundle, WARM + count)
        for window in made[:WARM]:
            engine.run(window)
        mark()
        for window in made[WARM:]:
            engine.run(window)
        mark()


if __name__ == "__main__":
    main()
