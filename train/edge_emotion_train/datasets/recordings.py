"""Anyone's own recordings: a folder of files with labelled intervals. `docs/recordings.md` shows it on one page."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import msgspec

from edge_emotion.errors import RecordingError
from edge_emotion.sources.replay.opening import open_recording
from edge_emotion.sources.replay.options import ReadOptions
from edge_emotion.sources.replay.recording import CARDIAC_PREFERENCE
from edge_emotion.types import ROLE_OF, Modality, Role
from edge_emotion_train.datasets.e4 import e4_files, is_e4, read_e4
from edge_emotion_train.datasets.protocol import (
    DatasetInfo,
    Interval,
    Rating,
    Recording,
    Signal,
    existing_folder,
    files_digest,
)

SUFFIXES = (".csv", ".edf", ".bdf", ".npz", ".zip", ".hea")
INTERVALS, PEOPLE, ABOUT = ".intervals.csv", "people.csv", "dataset.toml"
SCALE = re.compile(r"(\w+) (-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)")
"""Header of a column of ratings: ``arousal 1-9``."""


class ReadSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Fields of `ReadOptions`."""

    ecg_channel: str | None = None
    eda_channel: str | None = None
    bvp_channel: str | None = None
    ecg_rate_hz: float | None = None
    eda_rate_hz: float | None = None
    bvp_rate_hz: float | None = None


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``dataset.toml``: what goes into model cards, and how files that do not say are read."""

    licence: str = "not stated: the owner of the recordings decides"
    citation: str = "own recordings"
    weights_may_ship: bool = True
    read: ReadSettings = ReadSettings()


class Recordings:
    """``recordings/NAME.csv`` (or EDF+, BDF, WFDB, npz, an Empatica zip or folder) with ``NAME.intervals.csv``."""

    info = DatasetInfo(
        name="recordings",
        licence=About().licence,
        citation=About().citation,
        weights_may_ship=True,
        page="docs/recordings.md",
        signals="ECG, BVP or RR intervals; skin conductance",
        labels="whatever the interval files say",
        folder="recordings",
    )

    def __init__(self, data: Path, folder: Path | None = None) -> None:
        self._folder = folder or existing_folder(data, self.info.folder)
        self._files = _find(self._folder)
        self._about = _about(self._folder / ABOUT)
        self._people = _people(self._folder / PEOPLE)
        self.info = replace(
            type(self).info,
            licence=self._about.licence,
            citation=self._about.citation,
            weights_may_ship=self._about.weights_may_ship,
        )

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def person(self, name: str) -> str:
        return f"{self.info.name}/{self._people.get(name, name)}"

    def fingerprint(self, name: str) -> bytes:
        path = self._path(name)
        own = e4_files(path) if is_e4(path) else [path, path.with_suffix(".dat")]  # of a WFDB header
        return files_digest(
            [*own, self._folder / (name + INTERVALS), self._folder / PEOPLE, self._folder / ABOUT]
        )

    def load(self, name: str) -> Recording:
        path = self._path(name)
        found: tuple[Interval, ...] = ()
        if is_e4(path):
            signals = read_e4(path)
        else:
            read = open_recording(path, ReadOptions(**msgspec.structs.asdict(self._about.read)))
            signals = read.signals
            found = tuple(Interval(start_s=i.start_s, end_s=i.end_s, name=i.label) for i in read.intervals)
        beside = self._folder / (name + INTERVALS)
        return Recording(
            name=f"{self.info.name}/{name}",
            person=self.person(name),
            signals=one_per_role(signals),
            intervals=_intervals(beside) if beside.is_file() else found,
        )

    def _path(self, name: str) -> Path:
        if name not in self._files:
            raise RecordingError(
                f"{self._folder} has no recording {name!r}; it holds {', '.join(self._files) or 'none'}"
            )
        return self._files[name]


def one_per_role(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Of several cardiac signals the best one; movement only beside the pulse wave that it belongs to."""
    held = {signal.modality: signal for signal in signals}
    cardiac = next((m for m in CARDIAC_PREFERENCE if m in held), None)
    return tuple(
        signal
        for modality, signal in held.items()
        if (ROLE_OF.get(modality) is not Role.CARDIAC or modality is cardiac)
        and (modality is not Modality.ACC or cardiac is Modality.BVP)
    )


def _find(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        plain = path.name.lower()
        if plain.endswith(INTERVALS) or plain == PEOPLE or plain.startswith("."):
            continue
        if (path.is_file() and path.suffix.lower() in SUFFIXES) or (path.is_dir() and is_e4(path)):
            if path.stem in found:
                raise RecordingError(
                    f"{folder}: {path.name} and {found[path.stem].name} have one name; rename one of them"
                )
            found[path.stem] = path
    return found


def _about(path: Path) -> About:
    if not path.is_file():
        return About()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=About)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        known = ", ".join(About.__struct_fields__)
        raise RecordingError(f"{path}: {error}; it may hold {known}") from None


def _people(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    rows = _rows(path, ("recording", "person"))
    return {row["recording"]: row["person"] for _, row in rows}


def _intervals(path: Path) -> tuple[Interval, ...]:
    intervals = []
    for line, row in _rows(path, ("start_s", "end_s", "label")):
        start_s = _number(path, line, "start_s", row["start_s"])
        end_s = _number(path, line, "end_s", row["end_s"])
        if end_s <= start_s or not row["label"]:
            raise RecordingError(
                f"{path}: line {line}: an interval needs a label and must end after it starts; got {start_s:g} to "
                f"{end_s:g} s, label {row['label']!r}"
            )
        rated = tuple(r for column in row if (r := _rating(path, line, column, row[column])) is not None)
        intervals.append(Interval(start_s=start_s, end_s=end_s, name=row["label"], ratings=rated))
    return tuple(sorted(intervals, key=lambda interval: interval.start_s))


def _rating(path: Path, line: int, column: str, text: str) -> Rating | None:
    scale = SCALE.fullmatch(column)
    if scale is None or not text:
        return None
    value, low, high = _number(path, line, column, text), float(scale[2]), float(scale[3])
    if not low <= value <= high:
        raise RecordingError(f"{path}: line {line}: {scale[1]} is {value:g}; {low:g} to {high:g} is allowed")
    return Rating(scale=scale[1], value=value, minimum=low, maximum=high)


def _rows(path: Path, needed: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Line number and cells by column of every row."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            table = csv.DictReader(handle, restval="")
            header = [name.strip() for name in table.fieldnames or ()]
            missing = [name for name in needed if name not in header]
            if missing:
                raise RecordingError(
                    f"{path} lacks the columns {', '.join(missing)}; its first line is {','.join(header)[:80]!r}, "
                    f"needed: {','.join(needed)}"
                )
            return [
                (line, {str(k).strip(): str(v).strip() for k, v in row.items()})
                for line, row in enumerate(table, start=2)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f"{path} cannot be read as a table ({error})") from None


def _number(path: Path, line: int, column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RecordingError(f"{path}: line {line}, column {column}: {text[:40]!r} is not a number") from None
