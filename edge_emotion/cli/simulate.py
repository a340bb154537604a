"""``edge-emotion simulate``: a made-up session with known beats and responses, as a file or as a sensor on the air."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import numpy as np

from edge_emotion.cli.common import add_json, say, show, write_json
from edge_emotion.errors import MissingExtraError, UsageError
from edge_emotion.simulation.generator import SimulatedRecording, simulate
from edge_emotion.simulation.protocol import Protocol, load_protocol
from edge_emotion.sources.replay.csv_table import write_csv
from edge_emotion.sources.replay.npz import write_npz
from edge_emotion.sources.simulator import as_recording

EPILOG = """\
example:
  edge-emotion simulate --out person1.npz --seed 1
  edge-emotion run --input person1.npz --picture person1.html
  sudo edge-emotion simulate --ble hci-socket:0 --sensor polar-h10
"""
DEFAULT_ECG_HZ = 130.0
DEFAULT_EDA_HZ = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--out", type=Path, metavar="FILE", help="recording to write: .npz or .csv")
    target.add_argument(
        "--ble",
        metavar="ADAPTER",
        help="advertise a virtual sensor from a real adapter: hci-socket:0, usb:0 (extra: simulate)",
    )
    parser.add_argument(
        "--sensor",
        choices=("polar-h10", "movesense", "heart-rate", "open-eda", "open-eda-ecg"),
        default="polar-h10",
        help="which one --ble plays (default: polar-h10)",
    )
    parser.add_argument("--seed", type=int, default=0, help="which person and session (default: 0)")
    parser.add_argument(
        "--protocol", type=Path, metavar="TOML", help="the script (default: rest, stress, recovery)"
    )
    parser.add_argument("--ecg-rate", type=float, metavar="HZ", help="default: 130, or the sensor's own")
    parser.add_argument("--eda-rate", type=float, metavar="HZ", help="default: 15, or the sensor's own")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Simulate, then write or advertise."""
    protocol = load_protocol(args.protocol) if args.protocol else None
    if args.ble:
        return _advertise(args, protocol)
    if args.out.suffix not in (".npz", ".csv"):
        raise UsageError(f"--out {args.out}: allowed: a path that ends in .npz or .csv")
    made = _made(args, protocol, DEFAULT_ECG_HZ, DEFAULT_EDA_HZ)
    _write(args.out, made)
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


def _advertise(args: argparse.Namespace, protocol: Protocol | None) -> int:
    try:
        from edge_emotion.cli.advertise import OFFERS, advertise
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "bumble", "simulate") from None
    offer = OFFERS[args.sensor]
    made = _made(args, protocol, offer.ecg_rate_hz, offer.eda_rate_hz)
    asyncio.run(advertise(made, args.sensor, args.ble, say))
    return 0


def _made(
    args: argparse.Namespace, protocol: Protocol | None, ecg_rate_hz: float, eda_rate_hz: float
) -> SimulatedRecording:
    return simulate(
        protocol,
        seed=args.seed,
        ecg_rate_hz=ecg_rate_hz if args.ecg_rate is None else args.ecg_rate,
        eda_rate_hz=eda_rate_hz if args.eda_rate is None else args.eda_rate,
    )


def _write(path: Path, made: SimulatedRecording) -> None:
    recording = as_recording(made, path.stem)
    try:
        if path.suffix == ".npz":
            write_npz(path, recording, truth(made))
        else:
            write_csv(path, recording)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written ({error.strerror}); give a path in an existing folder"
        ) from None


def truth(made: SimulatedRecording) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """What is known about a simulated session, as arrays for its file."""
    return {
        "true_beat_time_s": made.beat_time_s,
        "true_scr_onset_s": made.scrs.onset_s,
        "true_scr_peak_s": made.scrs.peak_s,
        "true_scr_amplitude_us": made.scrs.amplitude_us,
    }
