"""``edge-emotion export``: a training run becomes one bundle."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from edge_emotion import __version__
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.cli.common import say
from edge_emotion.errors import UsageError
from edge_emotion_export.recipes import FORMATS, Order, Recipe, choose_recipe

if TYPE_CHECKING:
    from edge_emotion_export.export import Exported
    from edge_emotion_train.preparation.windows import WindowSet
    from edge_emotion_train.recipe import TrainingSettings
    from edge_emotion_train.runs.record import Run

EPILOG = """\
recipes:
  float32       the float files alone (default)
  float16       weights stored as float16, arithmetic in float32
  dynamic-int8  weights int8, activations made int8 while it runs; no calibration
  static-int8   weights and activations int8, ranges from training windows (--int8)
  qat-int8      static-int8 from weights that were fine-tuned for it (--qat)

examples:
  edge-emotion export runs/stress --int8 --out bundles/
  edge-emotion export runs/stress --recipe qat-int8 --formats onnx
  edge-emotion export runs/stress --int8 --calibrate my-recordings/
  edge-emotion export bundles/stress-fusion-0.1.0.emo --firmware src/model
"""

_MICRO = "tflm"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
_VERSION = re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}", re.ASCII)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "run",
        metavar="RUN",
        type=Path,
        help="folder that 'edge-emotion train' left, or a .safetensors checkpoint in it",
    )
    parser.add_argument("--int8", action="store_true", help="the recipe static-int8")
    parser.add_argument("--qat", action="store_true", help="the recipe qat-int8")
    parser.add_argument("--recipe", metavar="NAME", help="what to make beside the float files, see below")
    parser.add_argument(
        "--calibrate",
        type=Path,
        metavar="RECORDINGS",
        help="folder of recordings for the int8 ranges (default: the run's own training windows)",
    )
    parser.add_argument(
        "--formats",
        default="onnx,tflite",
        help="comma-separated: onnx, tflite (default: both), tflm (C++ for microcontrollers, beside the bundle)",
    )
    parser.add_argument("--name", help="name of the bundle (default: RECIPE-fusion)")
    parser.add_argument("--version", default=__version__, help="version of the bundle (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, default=Path(), help="folder, or path of the .emo file (default: here)"
    )
    parser.add_argument(
        "--firmware",
        type=Path,
        metavar="DIR",
        help="also write filters, standardisation and int8 model as C; RUN may be a finished .emo bundle then",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(args: argparse.Namespace) -> int:
    """Export and tell what was written; progress goes to stderr.

    Raises
    ------
    EdgeEmotionError
        Of the class that names who can fix it; nothing is written then.
    """
    if args.firmware and args.run.suffix == ".emo":
        return _firmware(load_bundle(args.run), args)
    asked = _asked(args)
    started = time.monotonic()
    # Here and not above: --help must not wait for torch.
    from edge_emotion_train.runs.record import load_run

    say(f"reading {args.run}")
    loaded = load_run(args.run)
    name = args.name or f"{loaded.record.recipe}-fusion"
    _match("the recipe's name", name, _NAME, "letters, digits, - and _; give --name")
    path = _target(args.out, name, args.version)
    calibrate_on = _own_windows(args.calibrate, loaded)
    micro = _micro(loaded, name, args.version, calibrate_on) if _MICRO in asked.formats else None
    exported = _bundle(args, asked, loaded, name, path, calibrate_on)
    facts = _facts(exported, time.monotonic() - started) if exported else {}
    if micro is not None:  # last: where the bundle fails its gate, nothing is written
        facts[_MICRO] = micro(path)
    sys.stdout.write(json.dumps(facts) + "\n" if args.json else _table(facts))
    return _firmware(exported.bundle, args) if args.firmware and exported else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the flags ask for, once they are known to make sense together."""

    formats: tuple[str, ...]
    recipe: Recipe


def _asked(args: argparse.Namespace) -> _Asked:
    formats = _formats(args.formats)
    recipe = choose_recipe(args.recipe, int8=args.int8, qat=args.qat)
    if args.calibrate is not None and not recipe.calibrated:
        raise UsageError(
            f"--calibrate measures int8 ranges and {recipe} has none: give --int8 or --qat as well"
        )
    if _MICRO in formats and (args.recipe or args.qat) and recipe is not Recipe.STATIC:
        raise UsageError(
            f"--formats {_MICRO} is integers throughout, which only static-int8 makes, and {recipe} was asked for: make it with "
            f"--formats {_MICRO} --int8, and the other formats with a command of their own"
        )
    if args.firmware and not (recipe.calibrated and "tflite" in formats):
        raise UsageError("--firmware takes the int8 .tflite file: add --int8, and tflite to --formats")
    _match("--version", args.version, _VERSION, "three numbers, as in 1.0.0")
    if args.name is not None:
        _match("--name", args.name, _NAME, "letters, digits, - and _, at most 40")
    return _Asked(formats=formats, recipe=recipe)


def _own_windows(folder: Path | None, loaded: Run) -> WindowSet | None:
    """What ``--calibrate`` measures ranges on."""
    from edge_emotion_export.calibration_recordings import windows_of_recordings

    return None if folder is None else windows_of_recordings(loaded, folder)


def _bundle(
    args: argparse.Namespace,
    asked: _Asked,
    loaded: Run,
    name: str,
    path: Path,
    calibrate_on: WindowSet | None,
) -> Exported | None:
    """Export what goes into a bundle; ``None`` where nothing of that was asked for."""
    from edge_emotion_export.export import export_run

    formats = tuple(wanted for wanted in FORMATS if wanted in asked.formats)
    if not formats:
        return None
    return export_run(
        loaded,
        Order(formats=formats, recipe=asked.recipe, name=name, version=args.version),
        path,
        say,
        calibrate_on=calibrate_on,
        settings=_training(args.run, loaded) if asked.recipe is Recipe.QAT else None,
    )


def _micro(
    loaded: Run, name: str, version: str, calibrate_on: WindowSet | None
) -> Callable[[Path], dict[str, Any]]:
    """Make and prove the microcontroller build; what is given back writes it beside the bundle's path."""
    from edge_emotion_export.tflm.making import make_micro
    from edge_emotion_export.tflm.view import micro_facts
    from edge_emotion_export.tflm.writing import micro_folder, write_micro

    build = make_micro(loaded, name, version, say, calibrate_on=calibrate_on)
    return lambda path: micro_facts(build, write_micro(build, micro_folder(path)))


def _firmware(bundle: Bundle, args: argparse.Namespace) -> int:
    from edge_emotion_export.firmware import write_firmware

    for path in write_firmware(bundle, args.firmware):
        say(f"wrote {path}")
    return 0


def _training(path: Path, run: Run) -> TrainingSettings:
    """How the network learned: from the recipe that the run kept, or from the shipped one of its name."""
    from edge_emotion_train.recipe import load_recipe
    from edge_emotion_train.runs.record import RECIPE_FILE

    own = (path.parent if path.is_file() else path) / RECIPE_FILE
    return load_recipe(str(own) if own.is_file() else run.record.recipe).training


def _formats(text: str) -> tuple[str, ...]:
    asked, known = tuple(part.strip() for part in text.split(",")), (*FORMATS, _MICRO)
    if len(set(asked)) != len(asked) or not set(asked) <= set(known):
        raise UsageError(f"--formats {text!r}: give one or more of {', '.join(known)}, each once")
    return asked


def _match(what: str, text: str, pattern: re.Pattern[str], allowed: str) -> None:
    if not pattern.fullmatch(text):
        raise UsageError(f"{what} {text!r} cannot be part of a bundle's file name: {allowed}")


def _target(out: Path, name: str, version: str) -> Path:
    return out if out.suffix == ".emo" else out / f"{name}-{version}.emo"


def _facts(exported: Exported, seconds: float) -> dict[str, Any]:
    bundle = exported.bundle
    manifest, hops = bundle.manifest, bundle.manifest.streaming
    files = (*manifest.model_files, *(hops.model_files if hops else ()))
    proofs = {p.path: p for p in (*manifest.fidelity, *(hops.fidelity if hops else ()))}
    return {
        "path": str(bundle.path),
        "bytes": bundle.path.stat().st_size,
        "sha256": bundle.sha256,
        "seconds": round(seconds, 1),
        "recipe": bundle.manifest.quantization.name,
        "quantization": bundle.manifest.quantization.recipe,
        "files": [
            {
                "engine": f.engine,
                "precision": f.precision,
                "bytes": len(bundle.read(f.path)),
                "median_us": round(us, 1),
                **msgspec.to_builtins(proofs[f.path]),
            }
            for f, us in zip(files, exported.median_us, strict=True)
        ],
    }


def _table(facts: dict[str, Any]) -> str:
    tables = [_bundle_table(facts)] if "files" in facts else []
    if _MICRO in facts:
        from edge_emotion_export.tflm.view import micro_table

        tables.append(micro_table(facts[_MICRO]))
    return "\n".join(tables)


def _bundle_table(facts: dict[str, Any]) -> str:
    heading = (
        f"{'file':20} {'bytes':>8} {'same label':>10} {'worst':>7} {'max error':>10} "
        f"{'macro-F1':>9} {'ECE':>7} {'weights':>8} {'MACs':>7} {'us':>7}"
    )
    lines = [
        heading,
        *(
            f"{f['path']:20} {f['bytes']:8d} {f['label_agreement']:10.4f} {f['worst_person_agreement']:7.4f} "
            f"{f['max_abs_error']:10.1e} {f['macro_f1']:9.4f} {f['ece']:7.4f} {f['int8_weight_share']:8.0%} "
            f"{f['int8_mac_share']:7.1%} {f['median_us']:7.1f}"
            for f in facts["files"]
        ),
    ]
    lines.append(
        "worst: same label, worst person; weights, MACs: share in int8; us: one inference in this process"
    )
    lines.append(f"wrote {facts['path']} ({facts['bytes']} bytes) in {facts['seconds']} s")
    return "\n".join(lines) + "\n"
