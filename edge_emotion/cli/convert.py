"""``edge-emotion convert``: a recording as EDF+, CSV, Parquet or BIDS."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_emotion.cli.common import add_json, add_recording_key, say, show, write_json
from edge_emotion.recording.converting import FORMATS, write_as
from edge_emotion.recording.gathering import gather
from edge_emotion.recording.sealing import read_key

EPILOG = """\
examples:
  edge-emotion convert recordings/20261121T193000Z-1f3a5c --to edf --out session.edf
  edge-emotion convert recordings/20261121T193000Z-1f3a5c --to csv --out tables
  edge-emotion convert recordings/20261121T193000Z-1f3a5c --to bids --out study
  edge-emotion convert recordings/20261121T193000Z-1f3a5c --to parquet --out lake

A damaged recording is converted as far as it is whole. Long sessions: give one of the session's files.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.add_argument("recording", type=Path, help="a session's folder or one of its files")
    parser.add_argument(
        "--to",
        choices=tuple(FORMATS),
        required=True,
        help="all but edf write a folder; parquet needs the extra of that name",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE|DIR", help="must not exist yet")
    add_recording_key(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Read, write, tell."""
    gathered = gather(args.recording, read_key(args.recording_key) if args.recording_key else None)
    write_as(args.to, args.out, gathered)
    lost = sum(loss.records or 0 for loss in gathered.survey.losses)
    if not gathered.survey.whole:
        say(f"the recording is not whole; 'edge-emotion recover {args.recording}' tells what is missing")
    signals = {s.modality: len(s.values) for s in gathered.recording.signals}
    if args.json:
        whole = gathered.survey.whole
        facts = {"samples": signals, "reports": len(gathered.reports), "records_lost": lost, "whole": whole}
        write_json({"path": str(args.out), **facts})
        return 0
    counts = ", ".join(f"{count} samples of {modality}" for modality, count in signals.items())
    show(f"{args.out}: {counts}, {len(gathered.reports)} reports")
    return 0
