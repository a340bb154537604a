"""Recordings in the formats of others, written from what `edge_emotion.recording.gathering` gathered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from edge_emotion.errors import UsageError
from edge_emotion.recording.converting.bids import write_bids
from edge_emotion.recording.converting.edf import write_edf
from edge_emotion.recording.converting.parquet import write_parquet
from edge_emotion.recording.converting.tables import write_tables
from edge_emotion.recording.gathering import Gathered

Writer = Callable[[Path, Gathered], None]

FORMATS: Mapping[str, Writer] = {
    "edf": write_edf,
    "csv": write_tables,
    "bids": write_bids,
    "parquet": write_parquet,
}
"""``edf`` writes one file, the others a folder."""


def write_as(kind: str, out: Path, gathered: Gathered) -> None:
    """Write a session.

    Raises
    ------
    UsageError
        If ``out`` exists or cannot be written.
    """
    if out.exists():
        raise UsageError(f"{out}: exists already; give a new name, nothing is written over")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        FORMATS[kind](out, gathered)
    except OSError as error:
        raise UsageError(
            f"{out}: cannot be written ({error.strerror}); give a path that may be written"
        ) from None
