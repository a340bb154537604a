"""Every recipe in both formats, for every family, against the network that it came from, on people that it never saw.

Runs each file in its own engine, window by window, as on the device; independent of what any bundle's manifest claims. Times are
medians of thread CPU time, a file and its float peer in turns; a ratio of them is a figure, the microseconds are this machine's.

    python benchmarks/fidelity.py --run runs/stress [--save]                  # the shipped bundle's files against their run
    python benchmarks/fidelity.py --run runs/stress --recipes all [--save]    # every recipe anew, from a run
    python benchmarks/fidelity.py --families all --windows-of runs/stress [--save]

``--families`` trains each family for a few epochs on the calibration windows of a run: a check of conversion and not of accuracy,
and the result says so (``"training": "short"``).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import common
import msgspec
import torch

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import ModelFile
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_model
from edge_emotion.errors import EdgeEmotionError
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.calibration import choose_calibration, rows_of
from edge_emotion_export.making import make_files
from edge_emotion_export.packing.binding import describe
from edge_emotion_export.packing.describing import input_specs
from edge_emotion_export.proof.proving import prove
from edge_emotion_export.proof.reference import reference_of, references_without
from edge_emotion_export.proof.timing import median_us
from edge_emotion_export.recipes import FORMATS, Order, Recipe
from edge_emotion_train.learning.training import fit
from edge_emotion_train.recipe import TrainingSettings, load_recipe
from edge_emotion_train.runs.record import Run, load_run

FAMILIES = ("acmc_lite", "acmc", "maan_lite", "maan", "me_mhacl_lite", "me_mhacl")
SHORT_EPOCHS = 3
Figures = dict[str, object]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, help="a finished run")
    parser.add_argument("--bundle", type=Path, help="an .emo file of that run (default: the shipped one)")
    parser.add_argument("--recipes", help="all, or names with commas: make these anew from the run")
    parser.add_argument("--families", help="all, or names with commas: train these for a few epochs")
    parser.add_argument("--windows-of", type=Path, help="with --families: the run that lends its windows")
    common.add_arguments(parser)
    args = parser.parse_args()
    if args.families:
        source = load_run(args.windows_of)
        names = FAMILIES if args.families == "all" else tuple(args.families.split(","))
        recipes = _recipes(args.recipes or "all")
        result = {
            "training": "short",
            "epochs": SHORT_EPOCHS,
            "windows": len(source.heldout),
            "families": {n: _every(_short(n, source), load_recipe(n).training, recipes) for n in names},
        }
        common.finish("fidelity-families", result, args)
    elif args.recipes:
        run = load_run(args.run)
        own = _every(run, load_recipe(run.record.recipe).training, _recipes(args.recipes))
        common.finish(
            "fidelity-recipes", {"run": run.record.recipe, "windows": len(run.heldout), "recipes": own}, args
        )
    else:
        common.finish("fidelity", _shipped(load_run(args.run), args.bundle or default_bundle_path()), args)


def _recipes(text: str) -> tuple[Recipe, ...]:
    return tuple(Recipe) if text == "all" else tuple(Recipe(name) for name in text.split(","))


def _short(name: str, source: Run) -> Run:
    """A network of the family, fitted for a few epochs to the windows that another run keeps."""
    recipe = load_recipe(name)
    training = msgspec.structs.replace(
        recipe.training, epochs=SHORT_EPOCHS, pretraining=None, pretrained=None
    )
    streams = source.record.model.streams  # whose windows have these widths
    config = msgspec.structs.replace(recipe.model, streams=streams)
    model = fit(config, source.calibration, None, training, seed=0).model
    model.fold()
    return replace(
        source, model=model, record=msgspec.structs.replace(source.record, model=config, recipe=name)
    )


def _every(run: Run, settings: TrainingSettings, recipes: tuple[Recipe, ...]) -> Figures:
    calibration = choose_calibration(run.calibration, run.record.roles)
    found: Figures = {"parameters": run.model.parameter_count(), "torch_eager_us": _eager_us(run)}
    for recipe in recipes:
        for name in FORMATS:
            order = Order(formats=(name,), recipe=recipe, name="benchmark", version="0.0.0")
            started = time.process_time()
            try:
                (made,) = make_files(run, order, calibration, settings, lambda line: None)
            except EdgeEmotionError as error:
                found[f"{recipe} {name}"] = {"refused": str(error)}
                continue
            figures = _figures(run, made.source, made.derived or made.source)
            found[f"{recipe} {name}"] = {
                "made_in_cpu_s": round(time.process_time() - started, 1),
                "what": (made.derived or made.source).recipe,
                **figures,
            }
            print(run.record.recipe, recipe, name, found[f"{recipe} {name}"], flush=True)
    return found


def _figures(run: Run, source: Artefact, artefact: Artefact) -> Figures:
    rows = rows_of(run.heldout)
    inputs = input_specs(run, rows[0])
    temperature = run.record.decision.temperature
    reference = reference_of(run.model, run.heldout, temperature)
    without = references_without(run.model, run.heldout, run.record.roles, temperature)
    file, peer = describe(artefact, rows[0]), describe(source, rows[0])
    proof = prove(artefact, file, inputs, reference, without)
    ours, theirs = median_us(
        [open_model(a.content, f, inputs) for a, f in ((artefact, file), (source, peer))], rows[0]
    )
    return {
        **_named(proof.fidelity, file),
        "without": proof.agreement_without,
        "bytes": len(artefact.content),
        "us": round(ours, 1),
        "us_float": round(theirs, 1),
        "of_float": round(ours / theirs, 3),
    }


def _named(fidelity: msgspec.Struct, file: ModelFile) -> Figures:
    return {k: v for k, v in msgspec.structs.asdict(fidelity).items() if k not in ("path", "engine")} | {
        "precision": file.precision
    }


def _eager_us(run: Run) -> float:
    row = {n: torch.from_numpy(v) for n, v in rows_of(run.heldout)[0].items()}

    class Eager:
        name, precision = "torch", "float32"

        def run(self, inputs: object) -> dict[str, object]:
            with torch.no_grad():
                run.model(**row)
            return {}

    return round(median_us([Eager()], {})[0], 1)  # type: ignore[list-item]


def _shipped(run: Run, path: Path) -> Figures:
    bundle = load_bundle(path)
    files = {}
    contents: dict[str, Artefact] = {
        f.path: Artefact(engine=f.engine, precision=f.precision, content=bundle.read(f.path))
        for f in bundle.manifest.model_files
    }
    for file in bundle.manifest.model_files:
        peer = next(f for f in bundle.manifest.model_files if f.engine == file.engine)
        files[file.path] = _figures(run, contents[peer.path], contents[file.path])
    return {
        "bundle": f"{bundle.manifest.name}-{bundle.manifest.version}",
        "bytes": bundle.path.stat().st_size,
        "windows": len(run.heldout),
        "people": len(run.heldout.names()),
        "torch_eager_us": _eager_us(run),
        "files": files,
    }


if __name__ == "__main__":
    main()
