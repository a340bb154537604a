"""One door for all formats: look at the content first, at the name second."""

from __future__ import annotations

from pathlib import Path

from edge_emotion.errors import RecordingError
from edge_emotion.sources.replay.csv_table import read_csv
from edge_emotion.sources.replay.edf import read_edf
from edge_emotion.sources.replay.npz import read_npz
from edge_emotion.sources.replay.options import ReadOptions
from edge_emotion.sources.replay.recording import Recording, reading
from edge_emotion.sources.replay.wfdb_record import read_wfdb

FORMATS = "own or Empatica .npz, .csv, EDF+ (.edf, .bdf), or a WFDB record named without suffix"
_HEAD_BYTES = 512
_SUFFIXES = (".npz", ".csv", ".edf", ".bdf", ".hea")


def open_recording(path: Path | str, options: ReadOptions | None = None) -> Recording:
    """Read a recording of any known format.

    Parameters
    ----------
    path
        A file; for WFDB the record's path without suffix, or its header.
    options
        Channel names and rates, for files that do not say.

    Raises
    ------
    RecordingError
        If there is no such file, the format is unknown, or the content is damaged.
    MissingExtraError
        If the format's reader is not installed.
    """
    path, options = Path(path), options or ReadOptions()
    if path.suffix == ".hea" or (not path.is_file() and path.with_name(path.name + ".hea").is_file()):
        return read_wfdb(path, options)
    if not path.exists():
        raise RecordingError(f"{path}: there is no such file; known formats: {FORMATS}")
    if path.is_dir():
        raise RecordingError(f"{path}: is a directory; give one recording{_inside(path)}: {FORMATS}")
    with reading(path), path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"\x93NUMPY")) or path.suffix == ".npz":
        return read_npz(path)
    if head.startswith((b"0       ", b"\xffBIOSEMI")) or path.suffix.lower() in (".edf", ".bdf"):
        return read_edf(path, options)
    if not head or b"\0" in head or (not head.isascii() and path.suffix.lower() != ".csv"):
        kind = "is empty" if not head else "is of no known format"
        raise RecordingError(f"{path}: {kind}; known formats: {FORMATS}")
    return read_csv(path, options)


def _inside(folder: Path) -> str:
    """What in a folder may be meant: the signals of a converted session, else the first file by name."""
    held = sorted(f for f in folder.iterdir() if f.suffix.lower() in _SUFFIXES)
    likely = next((f for f in held if f.stem == "signals"), next(iter(held), None))
    return f" of it, such as {likely}" if likely else ""
