"""Runs inside of the emulated board, with the runtime alone: one engine, the shipped bundle's files, fixed windows.

    python3 guest.py ENGINE WINDOWS.npz OUTPUTS.npz

After the int8 file has run it prints a line and waits for one: meanwhile the host reads how much memory the guest holds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_model
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.types import Modality

HEAVY = {"torch", "scipy", "pandas", "sklearn", "rich"}
OTHERS = {"litert": {"onnxruntime"}, "onnxruntime": {"ai_edge_litert"}}
"""An install has one engine, so none may need the other."""
INT8_FIRST = {"int8": 0}


def main(engine: str, windows: Path, outputs: Path) -> None:
    """Run and save, one array a file and output."""
    bundle = load_bundle(default_bundle_path())
    with np.load(windows, allow_pickle=False) as held:
        stacks = {name: held[name] for name in held.files}
    files = [f for f in bundle.manifest.model_files if f.engine == engine]
    made = {}
    for file in sorted(files, key=lambda f: INT8_FIRST.get(f.precision, 1)):
        model = open_model(bundle.read(file.path), file, bundle.manifest.inputs)
        pipeline = Pipeline(bundle.manifest, model, (Modality.ECG, Modality.EDA))
        answers = [model.run({n: s[i] for n, s in stacks.items()}) for i in range(len(stacks["present"]))]
        for name in answers[0]:
            made[f"{file.path}:{name}"] = np.concatenate([a[name] for a in answers])
        if file.precision == "int8":
            heavy = sorted((HEAVY | OTHERS[engine]) & {m.partition(".")[0] for m in sys.modules})
            print(json.dumps({"python": sys.version.split()[0], "heavy": heavy}), flush=True)
            sys.stdin.readline()
        del pipeline
    np.savez(outputs, **made)  # type: ignore[arg-type] # numpy's stub takes the names for its own flag


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
