"""``edge-emotion recover``: what a damaged recording still holds, exactly what is lost, and a whole copy of what is left."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_emotion.cli.common import add_json, add_recording_key, show, write_json
from edge_emotion.recording.reading import surveyed
from edge_emotion.recording.recovering import recover
from edge_emotion.recording.sealing import read_key
from edge_emotion.recording.survey import Loss, Survey
from edge_emotion.types import NS_PER_S

EPILOG = """\
examples:
  edge-emotion recover recordings/20261121T193000Z-1f3a5c
  edge-emotion recover recordings/20261121T193000Z-1f3a5c --out saved
then:
  edge-emotion run --input saved

Nothing is changed in the recording itself. Times are seconds on its own clock, as in its events.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.add_argument("recording", type=Path, help="a session's folder or one of its files")
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write what is whole, as a new session")
    add_recording_key(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Look, copy if wanted, tell."""
    key = read_key(args.recording_key) if args.recording_key else None
    survey = recover(args.recording, args.out, key) if args.out else surveyed(args.recording, key)
    if args.json:
        write_json(_facts(survey, args.out))
        return 0
    for line in _lines(survey):
        show(line)
    if args.out:
        show(f"what is whole lies in {args.out}")
    return 0


def _lines(survey: Survey) -> list[str]:
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(survey.records.items()))
    lines = [f"{survey.records.total()} whole records in {survey.files} files: {kinds}"]
    if survey.first_ns is not None and survey.last_ns is not None:
        lines.append(f"from {survey.first_ns / NS_PER_S:.3f} s to {survey.last_ns / NS_PER_S:.3f} s")
    lines += [f"lost: {loss.sentence}" for loss in survey.losses]
    lines += [
        f"never written, the disk was too slow: {d.records} records from {d.from_ns / NS_PER_S:.3f} s "
        f"to {d.to_ns / NS_PER_S:.3f} s"
        for d in survey.dropped
    ]
    if not survey.ended:
        lines.append("it was not closed in good order: what came within a second of its end may be lost too")
    if survey.whole:
        lines.append("nothing is lost")
    return lines


def _facts(survey: Survey, out: Path | None) -> dict[str, object]:
    return {
        "records": survey.records.total(),
        "kinds": dict(survey.records),
        "files": survey.files,
        "bytes": survey.bytes_read,
        "first_s": _seconds(survey.first_ns),
        "last_s": _seconds(survey.last_ns),
        "whole": survey.whole,
        "closed": survey.ended,
        "losses": [_loss(loss) for loss in survey.losses],
        "never_written": [
            {"records": d.records, "from_s": _seconds(d.from_ns), "to_s": _seconds(d.to_ns)}
            for d in survey.dropped
        ],
        "out": str(out) if out else None,
    }


def _loss(loss: Loss) -> dict[str, object]:
    return {
        "file": loss.file,
        "offset": loss.offset,
        "length": loss.length,
        "records": loss.records,
        "after_s": _seconds(loss.after_ns),
        "before_s": _seconds(loss.before_ns),
        "why": loss.why,
    }


def _seconds(time_ns: int | None) -> float | None:
    return None if time_ns is None else time_ns / NS_PER_S
