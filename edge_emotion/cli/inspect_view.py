"""A bundle's facts as rows for people and as one object for programs."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec

from edge_emotion.bundle.manifest import EngineName, ModelFile
from edge_emotion.bundle.reader import Bundle

WITHOUT = {
    "abstain": "waits for one; takes any",
    "population": "goes on uncalibrated",
}
_MODALITIES = {"ecg_detection": "ECG", "bvp_pulse": "BVP", "eda_smooth": "EDA"}
Rows = list[tuple[str, ...]]


def facts(bundle: Bundle) -> dict[str, Any]:
    """Everything, with what the manifest alone does not say: the file's own digest and size, signature, bytes per engine."""
    signature = bundle.signature
    return {
        "path": str(bundle.path),
        "sha256": bundle.sha256,
        "bytes": sum(map(len, bundle.members.values())),
        "verified": True,
        "signature": {
            "present": signature is not None,
            "algorithm": signature.algorithm if signature else None,
            "public_key": signature.public_key if signature else None,
            "checked": bundle.signed_by is not None,
        },
        "engines": [
            {"engine": f.engine, "precision": f.precision, "path": f.path, "bytes": len(bundle.read(f.path))}
            for f in bundle.manifest.model_files
        ],
        "manifest": msgspec.to_builtins(bundle.manifest),
    }


def sections(bundle: Bundle) -> list[tuple[str, Rows]]:
    """Titles and rows, in the order of reading."""
    manifest = bundle.manifest
    return [
        (f"{manifest.name} {manifest.version}: sizes and hashes verified", _identity(bundle)),
        ("Signals", _signals(bundle)),
        (
            "Inputs",
            [(i.name, "x".join(map(str, i.shape)), i.role or "-", i.meaning) for i in manifest.inputs],
        ),
        ("Models", [_model(bundle, f) for f in manifest.model_files]),
        *_streaming(bundle),
        ("Quantisation", _quantisation(bundle)),
        ("Proof against the trained model", _fidelity(bundle)),
        (
            "Trained on",
            [(d.name, d.licence, f"{d.people} people", d.citation) for d in manifest.training.datasets],
        ),
        ("Evaluation", _boards(bundle)),
        ("Files", [(f.path, f"{f.bytes} bytes", f"sha256 {f.sha256}") for f in manifest.files]),
    ]


def _identity(bundle: Bundle) -> Rows:
    manifest, training = bundle.manifest, bundle.manifest.training
    network = f"{manifest.model.family} ({manifest.model.paper})"
    held_out = f"{len(training.held_out)} people: {', '.join(training.held_out) or '-'}"
    return [
        ("path", str(bundle.path)),
        ("sha256", bundle.sha256),
        ("signature", _signature(bundle)),
        ("schema", f"{manifest.schema_version}, needs edge-emotion {manifest.minimum_runtime}"),
        ("labels", ", ".join(manifest.labels)),
        ("roles", ", ".join(manifest.roles)),
        ("network", network),
        ("size", f"{manifest.model.parameters} parameters, {manifest.model.macs} MACs a window"),
        ("recipe", f"{training.recipe}, seed {training.seed}, git {training.git or '-'}"),
        ("held out", held_out),
    ]


def _signature(bundle: Bundle) -> str:
    if bundle.signature is None:
        return "not signed"
    if bundle.signed_by is None:
        return f"names ed25519 key {bundle.signature.public_key}, not checked: give --trusted-key KEY.pub"
    return f"checked: signed with trusted ed25519 key {bundle.signed_by}"


def _signals(bundle: Bundle) -> Rows:
    signals, decision = bundle.manifest.signals, bundle.manifest.decision
    rows: Rows = [
        ("window", f"{signals.window_s:g} s every {signals.hop_s:g} s, series at {signals.grid_hz:g} Hz"),
        ("own rest", f"{bundle.manifest.normalisation.reference_s:g} s at the start of a session"),
        ("own threshold", _own_threshold(decision.own_threshold)),
        ("without a rest", WITHOUT[bundle.manifest.normalisation.without_reference]),
        ("abstains", f"below p {decision.minimum_probability:g} or quality {decision.minimum_quality:g}"),
    ]
    for bank in signals.banks:
        rates = ", ".join(f"{f.rate_hz:g}" for f in bank.filters)
        rows.append((bank.name, f"{_MODALITIES.get(bank.name, 'EEG')} at {rates} Hz"))
    return rows


def _own_threshold(share: float) -> str:
    return f"takes off {share:g} of how far the network leans at the wearer's rest" if share else "no"


def _model(bundle: Bundle, file: ModelFile) -> tuple[str, ...]:
    first = file.inputs[0]
    scales = f", first scale {first.scale:.5g}" if first.scale else ""
    size = f"{len(bundle.read(file.path))} bytes"
    return (file.path, file.engine, file.recipe or file.precision, size, f"{first.dtype} inputs{scales}")


def _streaming(bundle: Bundle) -> list[tuple[str, Rows]]:
    hops = bundle.manifest.streaming
    if hops is None:
        return []
    seconds = hops.hop_steps / bundle.manifest.signals.grid_hz
    title = f"Models of one hop of {seconds:g} s, {hops.columns} hops to a report"
    return [(title, [_model(bundle, f) for f in hops.model_files])]


def _quantisation(bundle: Bundle) -> Rows:
    quantization = bundle.manifest.quantization
    parts = re.split(f"; (?={'|'.join(get_args(EngineName))}: )", quantization.recipe)
    rows: Rows = [("recipe", part) for part in parts]
    if quantization.calibration_windows:
        calibration = (
            f"{quantization.calibration_windows} windows, sha256 {quantization.calibration_sha256[:16]}"
        )
        rows.append(("calibrated on", calibration))
    return rows


def _fidelity(bundle: Bundle) -> Rows:
    hops = bundle.manifest.streaming
    return [
        (
            p.path,
            f"same label {p.label_agreement:.2%} of {p.windows} windows of {p.people} people",
            f"error of p {p.mean_abs_error:.2g}, largest {p.max_abs_error:.2g}",
            f"macro-F1 {p.macro_f1:.3f} (float {p.macro_f1_float:.3f})",
            f"ECE {_figure(p.ece, '.3f')} (float {_figure(p.ece_float, '.3f')})",
            f"worst person {_figure(p.worst_person_agreement, '.2%')} {p.worst_person}".rstrip(),
            f"int8 weights {p.int8_weight_share:.0%}, arithmetic {_figure(p.int8_mac_share, '.1%')}",
        )
        for p in (*bundle.manifest.fidelity, *(hops.fidelity if hops else ()))
    ]


def _figure(value: float | None, form: str) -> str:
    """A figure that an older bundle lacks is a dash."""
    return "-" if value is None else format(value, form)


def _boards(bundle: Bundle) -> Rows:
    rows: Rows = []
    for row in bundle.manifest.training.boards:
        figures = ", ".join(f"{m.name} {m.value:.3f} [{m.low:.3f}, {m.high:.3f}]" for m in row.metrics)
        people, majority = f"{row.people} people", f"majority {row.majority:.3f}"
        rows.append((row.board, row.system, row.protocol, people, majority, figures))
    return rows
