"""``edge-emotion inspect``: what a bundle holds, was trained on, and is proved to do."""

from __future__ import annotations

import argparse

import msgspec

from edge_emotion.bundle.reader import Bundle
from edge_emotion.cli.common import add_json, open_bundle, show, table, write_json

CARD = "MODEL_CARD.md"
WITHOUT = {
    "abstain": "waits for one; takes any",
    "population": "goes on uncalibrated",
}
EPILOG = """\
examples:
  edge-emotion inspect stress-fusion-0.1.0.emo
  edge-emotion inspect --card
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.add_argument("bundle", nargs="?", metavar="BUNDLE", help="a .emo file (default: the shipped one)")
    parser.add_argument("--card", action="store_true", help="print the model card (Markdown) instead")
    add_json(parser, "the whole manifest as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Verify the bundle and show its manifest."""
    bundle = open_bundle(args.bundle)
    if args.card:
        show(bundle.read(CARD).decode())
        return 0
    if args.json:
        facts = {"path": str(bundle.path), "sha256": bundle.sha256, "verified": True}
        write_json({**facts, "manifest": msgspec.to_builtins(bundle.manifest)})
        return 0
    for title, rows in _sections(bundle):
        if rows:
            show(f"\n{title}")
            show(table(rows))
    return 0


def _sections(bundle: Bundle) -> list[tuple[str, list[tuple[str, ...]]]]:
    manifest = bundle.manifest
    return [
        (f"{manifest.name} {manifest.version}: sizes and hashes verified", _identity(bundle)),
        ("Signals", _signals(bundle)),
        (
            "Inputs",
            [(i.name, "x".join(map(str, i.shape)), i.role or "-", i.meaning) for i in manifest.inputs],
        ),
        ("Models", _models(bundle)),
        ("Proof against the trained model", _fidelity(bundle)),
        (
            "Trained on",
            [(d.name, d.licence, f"{d.people} people", d.citation) for d in manifest.training.datasets],
        ),
        ("Evaluation", _boards(bundle)),
        ("Files", [(f.path, f"{f.bytes} bytes", f.sha256[:16]) for f in manifest.files]),
    ]


def _identity(bundle: Bundle) -> list[tuple[str, ...]]:
    manifest = bundle.manifest
    return [
        ("path", str(bundle.path)),
        ("sha256", bundle.sha256),
        ("schema", f"{manifest.schema_version}, needs edge-emotion {manifest.minimum_runtime}"),
        ("labels", ", ".join(manifest.labels)),
        (
            "network",
            f"{manifest.model.family} ({manifest.model.paper}), {manifest.model.parameters} parameters",
        ),
        (
            "recipe",
            f"{manifest.training.recipe}, seed {manifest.training.seed}, git {manifest.training.git or '-'}",
        ),
        (
            "quantisation",
            f"{manifest.quantization.recipe}, {manifest.quantization.calibration_windows} windows",
        ),
    ]


def _signals(bundle: Bundle) -> list[tuple[str, ...]]:
    signals, decision = bundle.manifest.signals, bundle.manifest.decision
    rows: list[tuple[str, ...]] = [
        ("window", f"{signals.window_s:g} s every {signals.hop_s:g} s, series at {signals.grid_hz:g} Hz"),
        ("own rest", f"{bundle.manifest.normalisation.reference_s:g} s at the start of a session"),
        ("without a rest", WITHOUT[bundle.manifest.normalisation.without_reference]),
        ("abstains", f"below p {decision.minimum_probability:g} or quality {decision.minimum_quality:g}"),
    ]
    rows += [(bank.name, ", ".join(f"{f.rate_hz:g}" for f in bank.filters) + " Hz") for bank in signals.banks]
    return rows


def _models(bundle: Bundle) -> list[tuple[str, ...]]:
    return [
        (
            f.path,
            f.engine,
            f.precision,
            f"{len(bundle.read(f.path))} bytes",
            _scales(f.inputs[0].dtype, f.inputs[0].scale),
        )
        for f in bundle.manifest.model_files
    ]


def _scales(dtype: str, scale: float) -> str:
    return f"{dtype} inputs" if scale == 0 else f"{dtype} inputs, first scale {scale:.5g}"


def _fidelity(bundle: Bundle) -> list[tuple[str, ...]]:
    return [
        (
            p.path,
            f"same label {p.label_agreement:.2%} of {p.windows}",
            f"largest error {p.max_abs_error:.2g}",
            f"macro-F1 {p.macro_f1:.3f} (float {p.macro_f1_float:.3f})",
            f"int8 weights {p.int8_weight_share:.0%}",
        )
        for p in bundle.manifest.fidelity
    ]


def _boards(bundle: Bundle) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for row in bundle.manifest.training.boards:
        figures = ", ".join(f"{m.name} {m.value:.3f} [{m.low:.3f}, {m.high:.3f}]" for m in row.metrics)
        rows.append(
            (
                row.board,
                row.system,
                row.protocol,
                f"{row.people} people",
                f"majority {row.majority:.3f}",
                figures,
            )
        )
    return rows
