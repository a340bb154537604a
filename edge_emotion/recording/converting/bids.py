"""BIDS 1.10, behaviour: continuous recordings as ``_physio.tsv.gz`` with a JSON beside, all else as ``_events.tsv``."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge_emotion.json_text import indented
from edge_emotion.recording.converting.channels import UNIT, channels
from edge_emotion.recording.gathering import Gathered
from edge_emotion.sources.replay.recording import Signal

BIDS_VERSION = "1.10.0"
STEM = "sub-01_task-emotion"


def write_bids(out: Path, gathered: Gathered) -> None:
    """A data set with one person, ``sub-01``: rename the person to what your study calls it.

    Raises
    ------
    OSError
        If the folder cannot be made or written to.
    """
    folder = out / "sub-01" / "beh"
    folder.mkdir(parents=True)
    _json(
        out / "dataset_description.json",
        {"Name": gathered.header.session, "BIDSVersion": BIDS_VERSION, "DatasetType": "raw"},
    )
    for signal in gathered.recording.signals:
        if signal.rate_hz is not None:
            _write_physio(folder, signal)
    events = sorted(_events(gathered), key=lambda event: event[0])
    lines = ["onset\tduration\ttrial_type\tvalue", *("\t".join(map(_cell, event)) for event in events)]
    (folder / f"{STEM}_events.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _json(folder / f"{STEM}_events.json", _EVENT_COLUMNS)


_EVENT_COLUMNS = {
    "trial_type": {
        "Description": "what happened",
        "Levels": {
            "report": "what the model said about the minute that ends at onset: a label or why it said nothing",
            "beat": "heart beat; value: corrected interval to the one before, in ms",
            "rr": "interval as the sensor measured it, in ms",
            "response": "skin-conductance response from its trough; value: amplitude in uS",
            "gap": "samples are missing; value: of which signal and why",
        },
    },
    "value": {"Description": "depends on trial_type"},
}


def _write_physio(folder: Path, signal: Signal) -> None:
    stem = f"{STEM}_recording-{signal.modality}_physio"
    columns = dict(channels(signal))
    names = [label.lower().replace(" ", "_") for label in columns]
    text = io.StringIO()
    for row in np.column_stack(list(columns.values())).tolist():
        text.write("\t".join("n/a" if v != v else f"{v:.6g}" for v in row) + "\n")
    # No name and no time in the archive: the same session gives the same bytes.
    with (folder / f"{stem}.tsv.gz").open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())
    units = {name: {"Units": UNIT[signal.modality] or "arbitrary"} for name in names}
    head = {"SamplingFrequency": signal.rate_hz, "StartTime": signal.start_s, "Columns": names}
    _json(folder / f"{stem}.json", {**head, **units})


def _events(gathered: Gathered) -> Iterator[tuple[float, float, str, object]]:
    since_s = gathered.since_s
    for report in gathered.reports:
        yield since_s(report.end_ns), 0.0, "report", report.label or report.abstention
    for beat in gathered.beats:
        yield since_s(beat.time_ns), 0.0, "beat", beat.rr_ms
    for response in gathered.responses:
        onset_s = since_s(response.onset_ns)
        yield onset_s, since_s(response.peak_ns) - onset_s, "response", response.amplitude_us
    for gap in gathered.gaps:
        start_s = since_s(gap.start_ns)
        yield start_s, since_s(gap.end_ns) - start_s, "gap", f"{gap.modality} {gap.cause}"
    for signal in gathered.recording.signals:
        if signal.times_s is not None:
            for at_s, rr_ms in zip(signal.times_s.tolist(), signal.values.tolist(), strict=True):
                yield at_s, 0.0, "rr", rr_ms


def _cell(value: object) -> str:
    if value is None or value != value:
        return "n/a"
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _json(path: Path, value: object) -> None:
    path.write_bytes(indented(value))
