"""Instructions of one report: the streaming form hop after hop, the same network on whole windows, and the shipped network.

Counted by valgrind's callgrind, so the same on an idle and on a busy machine; valgrind knows AVX2 and no VNNI. A call is that of
`edge_emotion.engines.Engine.run` with all its Python. Weights change a count only by how much of the network the export leaves in
float for them; the result says it. Without ``--bundle`` an untrained network of the recipe `stress-streaming` is exported first.

    python benchmarks/streaming.py --bundle runs/stress-streaming.emo [--json] [--save]
    python benchmarks/streaming.py --engine litert [--save]   # hops of the untrained network alone: the guard's baseline
    python benchmarks/streaming.py --engine litert --check    # exit 1 above the goal, or if it moved by more than 2 %
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import callgrind
import common
import guard
import msgspec
import numpy as np
import torch
from hops import HOP, systems

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import ChannelScaling, NormalisationSpec
from edge_emotion.bundle.reader import load_bundle
from edge_emotion_export.export import export_run
from edge_emotion_export.recipes import FORMATS, Format, Order, Recipe
from edge_emotion_train.models import ModelInput, StreamConfig, build_model
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.recipe import load_recipe
from edge_emotion_train.runs.record import SCHEMA_VERSION, Run, RunRecord

OF_ENGINE: Mapping[str | None, tuple[Format, ...]] = {
    None: FORMATS,
    "onnxruntime": ("onnx",),
    "litert": ("tflite",),
}
GOALS = {"hop": 250_000, "window": 1_500_000}


def main() -> int:
    args = _arguments()
    if not callgrind.available():
        sys.exit("instructions are counted by valgrind: apt install valgrind")
    with tempfile.TemporaryDirectory() as folder:
        bundle = args.bundle or _untrained(Path(folder) / "untrained.emo", OF_ENGINE[args.engine])
        counts = counted(bundle, args.windows, args.engine)
        manifest = load_bundle(bundle).manifest
    hop = {name.removeprefix("hop "): n for name, n in counts.items() if name.startswith("hop ")}
    window = {name.removeprefix("window "): n for name, n in counts.items() if name.startswith("window ")}
    shipped = {
        name.removeprefix("shipped_window "): n for name, n in counts.items() if name.startswith("shipped")
    }
    result = {
        "instructions_per_report": {"hop": hop, "window": window, "shipped_window": shipped},
        "window_over_hop": {name: round(window[name] / n, 2) for name, n in hop.items() if name in window},
        "columns": manifest.streaming.columns if manifest.streaming else None,
        "windows": args.windows,
        "goals": GOALS,
        "precision": "int8",
        "bundle": manifest.name,
        "quantised": manifest.quantization.recipe,
    }
    name = "streaming" if args.bundle else f"streaming-untrained-{args.engine or 'both'}"
    common.finish(name, result, args)
    return int(too_many(hop) or guard.checked(name, result)) if args.check else 0


def too_many(hop: Mapping[str, int]) -> bool:
    """Whether the leanest engine needs more than the goal; said on stderr."""
    engine, least = min(hop.items(), key=lambda pair: pair[1])
    if least > GOALS["hop"]:
        print(f"a hop takes {least} instructions in {engine}; allowed: {GOALS['hop']}", file=sys.stderr)
    return least > GOALS["hop"]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", type=Path, help="a bundle with files of one hop")
    parser.add_argument("--engine", choices=("onnxruntime", "litert"), help="hops in this one alone")
    parser.add_argument(
        "--check", action="store_true", help="compare with the goal and with benchmarks/results"
    )
    parser.add_argument("--windows", type=int, default=40, help="reports counted in each loop")
    common.add_arguments(parser)
    return parser.parse_args()


def counted(bundle: Path, windows: int, engine: str | None) -> dict[str, int]:
    """Instructions of one report, by system."""
    told = [str(bundle), str(windows), *([engine] if engine else [])]
    between = callgrind.counts(Path(__file__).with_name("hops.py"), told)
    names = [name for name, _, _ in systems(load_bundle(bundle), engine)]
    # A loop, what lies between two loops, a loop, and so on.
    return {name: round(total / windows) for name, total in zip(names, between[::2], strict=True)}


def _untrained(path: Path, formats: tuple[Format, ...]) -> Path:
    """The recipe's network as it begins, in a bundle."""
    recipe = load_recipe("stress-streaming")
    torch.manual_seed(0)
    model = build_model(recipe.model)
    shipped = load_bundle(default_bundle_path()).manifest
    record = RunRecord(
        schema_version=SCHEMA_VERSION,
        recipe=recipe.name,
        model=recipe.model,
        labels=recipe.labels,
        roles=recipe.roles,
        signals=recipe.signals.design(),
        normalisation=_wide_enough(shipped.normalisation, recipe.model.streams),
        decision=shipped.decision,
        training=shipped.training,
    )
    model.eval()
    model.fold()
    run = Run(
        record=record,
        model=model,
        calibration=_made_up(model.inputs, 512, 1),
        heldout=_made_up(model.inputs, 1000, 2),
    )
    order = Order(formats=formats, recipe=Recipe.STATIC, name="untrained", version="0.0.0")
    export_run(run, order, path, lambda line: print(line, file=sys.stderr))
    return path


def _wide_enough(spec: NormalisationSpec, streams: Sequence[StreamConfig]) -> NormalisationSpec:
    """With a scaling for every channel and feature of the streams; their values change no count."""
    widths = {s.role: s.channels // 2 for s in streams} | {
        f"{s.role}_features": s.features // 2 for s in streams
    }
    return msgspec.structs.replace(
        spec,
        scaling=tuple(
            ChannelScaling(tensor=n, mean=(0.0,) * w, scale=(1.0,) * w, within_scale=(1.0,) * w)
            for n, w in widths.items()
        ),
    )


def _made_up(inputs: Sequence[ModelInput], count: int, seed: int) -> WindowSet:
    """Series that go on from window to window, so that hops can follow each other."""
    random, made = np.random.default_rng(seed), {}
    for given in inputs:
        if len(given.shape) == 1:
            made[given.name] = random.normal(size=(count, *given.shape)).astype(np.float32)
            continue
        channels, steps = given.shape
        line = random.normal(size=(channels, steps + HOP * count)).astype(np.float32)
        made[given.name] = np.stack([line[:, HOP * i : HOP * i + steps] for i in range(count)])
    made["present"] = np.ones((count, 2), np.float32)
    return WindowSet(
        inputs=made, labels=np.arange(count) % 2, people=np.array([f"P{i % 4}" for i in range(count)])
    )


if __name__ == "__main__":
    sys.exit(main())
