"""Write the README's figures: from benchmarks/results/ and the shipped bundle's manifest, never by hand.

python benchmarks/tables.py            # rewrites the section between the markers of README.md
python benchmarks/tables.py --check    # exit 1 if it would change
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import BoardRow, Manifest
from edge_emotion.bundle.reader import load_bundle

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
BEGIN, END = "<!-- measured:", "<!-- /measured -->"
BOARDS = {
    "stress_predict": "Stress-Predict, wrist, stress tasks against rest",
    "drivedb": "drivedb, ECG and hand, city against rest",
    "wesad_wrist": "WESAD, wrist, stress against baseline and amusement (never trained on)",
}


def result(name: str) -> dict[str, Any]:
    """A saved benchmark."""
    loaded: dict[str, Any] = json.loads((HERE / "results" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def prose(*pieces: str) -> str:
    """One paragraph."""
    return " ".join(pieces)


def boards(manifest: Manifest) -> Iterable[str]:
    """Every board: the network, its rivals, the majority and the clock."""
    for board, title in BOARDS.items():
        rows = [r for r in manifest.training.boards if r.board == board]
        if not rows:
            continue
        first = rows[0]
        yield (
            f"**{title}**: {first.people} people, {first.windows} windows, majority {first.majority:.3f}; "
            f"{first.protocol}; 95 % bootstrap interval over people."
        )
        names = [m.name for m in first.metrics]
        yield table(["", *names], [[r.system, *_cells(r)] for r in rows])


def _cells(row: BoardRow) -> list[str]:
    cells = []
    for metric in row.metrics:
        plain = f"{metric.value:.3f}"
        wide = metric.high > metric.low
        cells.append(f"{plain} [{metric.low:.3f}, {metric.high:.3f}]" if wide else plain)
    return cells


def fidelity(manifest: Manifest) -> str:
    """Every model file against the trained network."""
    sizes = {f.path: f.bytes for f in manifest.files}
    rows = [
        [
            f.path,
            f.engine,
            f"{sizes[f.path] / 1000:.0f} kB",
            f"{f.label_agreement:.4f}",
            f"{f.max_abs_error:.4f}",
            f"{f.macro_f1_float:.4f} / {f.macro_f1:.4f}",
            f"{f.int8_weight_share:.2f}",
        ]
        for f in manifest.fidelity
    ]
    head = [
        "file",
        "engine",
        "size",
        "same label",
        "largest error",
        "macro-F1 trained / file",
        "int8 weights",
    ]
    return table(head, rows)


def signals() -> str:
    """Beats, responses and their cost beside the libraries people use."""
    beats, strap, scr, cost = result("beats"), result("beats-130hz"), result("scr"), result("stream_cost")
    rows = [
        [
            "edge-emotion, streaming",
            *_beat_cells(beats),
            f"{strap['mitdb_f1']:.4f}",
            f"{scr['simulated_f1']:.3f}",
        ]
    ]
    for name, peer in beats["peers"].items():
        other = scr["peers"].get(name, {}).get("simulated_f1")
        at_130 = strap["peers"][name]["mitdb_f1"]
        rows.append(
            [f"{name}, whole record", *_beat_cells(peer), f"{at_130:.4f}", f"{other:.3f}" if other else "-"]
        )
    head = [
        "",
        "R peaks F1, clean",
        "12 dB",
        "6 dB",
        "0 dB",
        "jitter MAD",
        "clean, 130 Hz",
        "SCR F1, simulated",
    ]
    peers = cost["peers"]
    return "\n\n".join(
        [
            table(head, rows),
            prose(
                "R peaks: 24 MIT-BIH records (the detector's constants were chosen on them, so its figures are optimistic),",
                "electrode motion noise from nstdb, ±100 ms. One second of ECG (130 Hz) costs",
                f"{cost['ecg_ms_per_s']:.2f} ms of CPU, one of EDA (4 Hz) {cost['eda_ms_per_s']:.2f} ms;",
                f"recomputing a 60 s window each second costs {peers['neurokit_full']:.0f} ms with NeuroKit2's full chain,",
                f"{peers['neurokit_lean']:.1f} ms with its lean one, {peers['sleepecg']:.2f} ms with sleepecg (peaks alone).",
            ),
        ]
    )


def _beat_cells(row: dict[str, Any]) -> list[str]:
    shares = [f"{row[k]:.4f}" for k in ("mitdb_f1", "em12_f1", "em6_f1", "em0_f1")]
    return [*shares, f"{row['jitter_mad_ms']:.2f} ms"]


def speed() -> str:
    """Latency, start and memory."""
    latency, footprint = result("latency"), result("footprint")
    inference = latency["inference_p50_ms"]
    installed = footprint["install_mb"] or {}
    rows = [
        [
            engine,
            f"{inference.get(f'{engine}-float32', float('nan')):.3f} ms",
            f"{inference.get(f'{engine}-int8', float('nan')):.3f} ms",
            f"{footprint['ready_s'][engine]:.2f} s",
            f"{footprint['rss_mb'][engine]:.0f} MB",
            f"{installed[engine]:.0f} MB" if engine in installed else "not measured",
        ]
        for engine in footprint["ready_s"]
    ]
    head = [
        "engine",
        "inference, float",
        "inference, int8",
        "cold start to first window",
        "peak memory",
        "installed",
    ]
    return "\n\n".join(
        [
            table(head, rows),
            prose(
                f"From the last sample of a hop to its report: p50 {latency['report_p50_ms']:.2f} ms,",
                f"p99 {latency['report_p99_ms']:.2f} ms; everything together costs {latency['wearer_ms_per_s']:.2f} ms of CPU",
                f"per second of signal. Measured on {latency['context']['cpu']} ({latency['context']['machine']}), one thread,",
                f"Python {latency['context']['python']}. On Arm: not measured.",
            ),
        ]
    )


def replayed() -> str:
    """What the run command said of people who were in no training."""
    replay = result("replay")
    rows = [
        [
            name,
            f"{found['reports']}",
            f"{found['same_label']:.4f}",
            ", ".join(f"{phase} {mean:.2f}" for phase, mean in found["stress"].items()),
        ]
        for name, found in replay["recordings"].items()
    ]
    both = sum(found["more_stress_in_stress"] for found in replay["recordings"].values())
    return "\n\n".join(
        [
            prose(
                f"onnxruntime and LiteRT say the same on {100 * replay['same_label']:.2f} % of {replay['windows']} windows.",
                f"In {both} of {len(rows)} recordings every stressful phase has a higher mean than the rest or baseline.",
            ),
            table(["recording", "reports", "same label in both engines", "mean probability of stress"], rows),
        ]
    )


def section(manifest: Manifest) -> str:
    """The whole section."""
    parts = [
        "### How well it tells stress from rest",
        prose(
            "`edge-emotion train --recipe stress --evaluate loso`. Causal throughout: every system sees the same windows",
            "of the same incremental chain, after the five minutes of reference.",
        ),
        *boards(manifest),
        "### The int8 files are the trained model",
        prose(
            f"`edge-emotion export --int8`, on {manifest.fidelity[0].windows} windows of {manifest.fidelity[0].people} people",
            "who are in no training and no calibration set.",
        ),
        fidelity(manifest),
        "### The command on recordings of people it never learned from",
        "`benchmarks/replay.py`: `edge-emotion run --speed max --json` on each, int8, its own first minutes as reference.",
        replayed(),
        "### The signal chain beside its peers",
        "`benchmarks/beats.py`, `benchmarks/scr.py`, `benchmarks/stream_cost.py`",
        signals(),
        "### Speed and size",
        "`benchmarks/latency.py`, `benchmarks/footprint.py --install`",
        speed(),
    ]
    return "\n\n".join(parts)


def rewritten(readme: str, manifest: Manifest) -> str:
    """The README with a fresh section."""
    begin = readme.index("-->", readme.index(BEGIN)) + len("-->")
    return f"{readme[:begin]}\n\n{section(manifest)}\n\n{readme[readme.index(END) :]}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it would change")
    parser.add_argument("--readme", type=Path, default=README, help="another file")
    args = parser.parse_args()
    readme = args.readme.read_text(encoding="utf-8")
    fresh = rewritten(readme, load_bundle(default_bundle_path()).manifest)
    if args.check:
        return int(fresh != readme)
    args.readme.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
