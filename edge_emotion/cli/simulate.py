"""``edge-emotion simulate``: write a made-up recording with known beats and responses."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from edge_emotion.cli.common import add_json, show, write_json
from edge_emotion.errors import UsageError
from edge_emotion.simulation.generator import SimulatedRecording, simulate
from edge_emotion.simulation.protocol import load_protocol
from edge_emotion.sources.replay.csv_table import write_csv
from edge_emotion.sources.replay.npz import write_npz
from edge_emotion.sources.simulator import as_recording

EPILOG = """\
example:
  edge-emotion simulate --out person1.npz --seed 1
  edge-emotion run --input person1.npz --picture person1.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="recording to write: .npz or .csv"
    )
    parser.add_argument("--seed", type=int, default=0, help="which person and session (default: 0)")
    parser.add_argument(
        "--protocol", type=Path, metavar="TOML", help="the script (default: rest, stress, recovery)"
    )
    parser.add_argument("--ecg-rate", type=float, default=130.0, metavar="HZ", help="default: 130")
    parser.add_argument("--eda-rate", type=float, default=15.0, metavar="HZ", help="default: 15")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Simulate, write, tell what is in it."""
    if args.out.suffix not in (".npz", ".csv"):
        raise UsageError(f"--out {args.out}: allowed: a path that ends in .npz or .csv")
    protocol = load_protocol(args.protocol) if args.protocol else None
    made = simulate(protocol, seed=args.seed, ecg_rate_hz=args.ecg_rate, eda_rate_hz=args.eda_rate)
    recording = as_recording(made, args.out.stem)
    try:
        if args.out.suffix == ".npz":
            write_npz(args.out, recording, truth(made))
        else:
            write_csv(args.out, recording)
    except OSError as error:
        raise UsageError(
            f"{args.out}: cannot be written ({error.strerror}); give a path in an existing folder"
        ) from None
    phases = [{"label": p.label, "start_s": p.start_s, "end_s": p.end_s} for p in made.phases]
    if args.json:
        counts = {"beats": len(made.beat_time_s), "scrs": len(made.scrs.onset_s)}
        write_json({"path": str(args.out), "duration_s": made.phases[-1].end_s, **counts, "phases": phases})
    else:
        show(
            f"{args.out}: {made.phases[-1].end_s:g} s, {len(made.beat_time_s)} beats, {len(made.scrs.onset_s)} responses"
        )
        show("made up: for trying things out, never for a claim of accuracy")
    return 0


def truth(made: SimulatedRecording) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """What is known about a simulated session, as arrays for its file."""
    return {
        "true_beat_time_s": made.beat_time_s,
        "true_scr_onset_s": made.scrs.onset_s,
        "true_scr_peak_s": made.scrs.peak_s,
        "true_scr_amplitude_us": made.scrs.amplitude_us,
    }
