"""``edge-emotion export``: a training run becomes one bundle."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import Any, cast

from edge_emotion import __version__
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.errors import UsageError

EPILOG = """\
example:
  edge-emotion export runs/stress --int8 --out bundles/
  edge-emotion export bundles/stress-fusion-0.1.0.emo --firmware src/model
"""

_FORMATS = ("onnx", "tflite", "tflm")
_MICRO = "tflm"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
_VERSION = re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}", re.ASCII)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("run", metavar="RUN", type=Path, help="folder that 'edge-emotion train' left")
    parser.add_argument(
        "--int8", action="store_true", help="quantise as well, calibrated on the run's own windows"
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
    formats = _formats(args.formats)
    if args.firmware and not (args.int8 and "tflite" in formats):
        raise UsageError("--firmware takes the int8 .tflite file: add --int8, and tflite to --formats")
    _match("--version", args.version, _VERSION, "three numbers, as in 1.0.0")
    if args.name is not None:
        _match("--name", args.name, _NAME, "letters, digits, - and _, at most 40")
    started = time.monotonic()
    # Here and not above: --help must not wait for torch.
    from edge_emotion_export.export import Format, Order, export_run
    from edge_emotion_export.tflm.making import make_micro
    from edge_emotion_export.tflm.view import micro_facts
    from edge_emotion_export.tflm.writing import micro_folder, write_micro
    from edge_emotion_train.runs.record import load_run

    _say(f"reading {args.run}")
    loaded = load_run(args.run)
    name = args.name or f"{loaded.record.recipe}-fusion"
    _match("the recipe's name", name, _NAME, "letters, digits, - and _; give --name")
    path, facts = _target(args.out, name, args.version), dict[str, Any]()
    build = make_micro(loaded, name, args.version, _say) if _MICRO in formats else None
    if others := tuple(wanted for wanted in formats if wanted != _MICRO):
        order = Order(
            formats=cast("tuple[Format, ...]", others),
            precisions=("float32", "int8") if args.int8 else ("float32",),
            name=name,
            version=args.version,
        )
        facts = _facts(export_run(loaded, order, path, _say), time.monotonic() - started)
    if build is not None:  # last: where the bundle fails its gate, nothing is written
        facts["tflm"] = micro_facts(build, write_micro(build, micro_folder(path)))
    sys.stdout.write(json.dumps(facts) + "\n" if args.json else _table(facts))
    return _firmware(bundle, args) if args.firmware else 0


def _firmware(bundle: Bundle, args: argparse.Namespace) -> int:
    from edge_emotion_export.firmware import write_firmware

    for path in write_firmware(bundle, args.firmware):
        _say(f"wrote {path}")
    return 0


def _formats(text: str) -> tuple[str, ...]:
    asked = tuple(part.strip() for part in text.split(","))
    unknown = [part for part in asked if part not in _FORMATS]
    if unknown or len(set(asked)) != len(asked):
        raise UsageError(f"--formats {text!r}: give one or more of {', '.join(_FORMATS)}, each once")
    return asked


def _match(what: str, text: str, pattern: re.Pattern[str], allowed: str) -> None:
    if not pattern.fullmatch(text):
        raise UsageError(f"{what} {text!r} cannot be part of a bundle's file name: {allowed}")


def _target(out: Path, name: str, version: str) -> Path:
    return out if out.suffix == ".emo" else out / f"{name}-{version}.emo"


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _facts(bundle: Bundle, seconds: float) -> dict[str, Any]:
    proofs = {p.path: p for p in bundle.manifest.fidelity}
    return {
        "path": str(bundle.path),
        "bytes": bundle.path.stat().st_size,
        "sha256": bundle.sha256,
        "seconds": round(seconds, 1),
        "quantization": bundle.manifest.quantization.recipe,
        "files": [
            {
                "path": f.path,
                "engine": f.engine,
                "precision": f.precision,
                "bytes": len(bundle.read(f.path)),
                "windows": proofs[f.path].windows,
                "label_agreement": proofs[f.path].label_agreement,
                "max_abs_error": proofs[f.path].max_abs_error,
                "mean_abs_error": proofs[f.path].mean_abs_error,
                "macro_f1": proofs[f.path].macro_f1,
                "macro_f1_float": proofs[f.path].macro_f1_float,
                "int8_weight_share": proofs[f.path].int8_weight_share,
            }
            for f in bundle.manifest.model_files
        ],
    }


def _table(facts: dict[str, Any]) -> str:
    tables = [_bundle_table(facts)] if "files" in facts else []
    if _MICRO in facts:
        from edge_emotion_export.tflm.view import micro_table

        tables.append(micro_table(facts[_MICRO]))
    return "\n".join(tables)


def _bundle_table(facts: dict[str, Any]) -> str:
    lines = [f"{'file':18} {'bytes':>8} {'same label':>10} {'max error':>10} {'macro-F1':>9} {'int8':>5}"]
    lines += [
        f"{f['path']:18} {f['bytes']:8d} {f['label_agreement']:10.4f} {f['max_abs_error']:10.1e} "
        f"{f['macro_f1']:9.4f} {f['int8_weight_share']:5.0%}"
        for f in facts["files"]
    ]
    lines.append(f"wrote {facts['path']} ({facts['bytes']} bytes) in {facts['seconds']} s")
    return "\n".join(lines) + "\n"
