"""How much of a heart is left in drivedb's heart-rate column: windows made from it against windows made from the ECG.

python benchmarks/drive_frames.py --data ../shared/data [--save]

Drives 05 and 06 have both. ``correlation`` is over windows of 60 s that are good in both, ``median`` is the feature's median from
the column and from the ECG. Three ways to take beats from the column: ``held`` (what the loader does), ``integrated`` (a beat
whenever the integral of the rate passes a whole number), ``changes`` (the time between changes is the interval).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import common
import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.features import CARDIAC_FEATURES
from edge_emotion.types import Modality
from edge_emotion_train.datasets import Recording, Signal, open_dataset
from edge_emotion_train.datasets.drivedb_frames import RATE, read_columns
from edge_emotion_train.datasets.signals import RATE_BPM, rr_from_held_rate
from edge_emotion_train.preparation.filters import design_signals
from edge_emotion_train.preparation.recordings import (
    PreparedRecording,
    default_cache,
    prepare,
    prepare_dataset,
)

DRIVES = ("drive05", "drive06")
FRAMES_HZ = 15.5
GOOD = 0.5

Rate = NDArray[np.float64]


def _beats(times_s: Rate) -> Signal:
    intervals_ms = 1000 * np.diff(times_s, prepend=np.nan)
    return Signal(
        modality=Modality.RR,
        rate_hz=None,
        start_s=float(times_s[0]),
        values=intervals_ms.astype(np.float32),
        times_s=times_s,
    )


def integrated(rate_bpm: Rate, rate_hz: float) -> Signal:
    """A beat whenever the integral passes a whole number; no rate counts as none passing."""
    usable = np.where((rate_bpm >= RATE_BPM[0]) & (rate_bpm <= RATE_BPM[1]), rate_bpm, 0.0)
    passed = np.concatenate([[0.0], np.cumsum(usable) / (60 * rate_hz)])
    at_s = np.arange(len(passed)) / rate_hz
    return _beats(np.interp(np.arange(1, int(passed[-1]) + 1), passed, at_s))


def changes(rate_bpm: Rate, rate_hz: float) -> Signal:
    """The time between changes, shared out where it holds several beats."""
    times_s: list[float] = []
    for first, last in pairwise([0, *(np.flatnonzero(np.diff(rate_bpm)) + 1).tolist(), len(rate_bpm)]):
        count = max(1, round((last - first) / rate_hz * float(rate_bpm[first]) / 60))
        times_s += [(first + (last - first) * k / count) / rate_hz for k in range(count)]
    return _beats(np.array(times_s))


WAYS: Mapping[str, Callable[[Rate, float], Signal]] = {
    "held": rr_from_held_rate,
    "integrated": integrated,
    "changes": changes,
}


def compare(found: PreparedRecording, truth: PreparedRecording) -> dict[str, object]:
    """Each cardiac feature over the windows that are good in both."""
    place = {end: index for index, end in enumerate(truth.end_ns.tolist())}
    both = [
        (index, place[end])
        for index, end in enumerate(found.end_ns.tolist())
        if end in place
        and found.complete[index]
        and min(found.quality[index, 0], truth.quality[place[end], 0]) >= GOOD
    ]
    ours = found.tensors["cardiac_features"][[i for i, _ in both]]
    theirs = truth.tensors["cardiac_features"][[j for _, j in both]]
    names = enumerate(CARDIAC_FEATURES)
    features = {
        name: {
            "correlation": round(float(np.corrcoef(ours[:, k], theirs[:, k])[0, 1]), 3),
            "median": [round(float(np.median(side[:, k])), 3) for side in (ours, theirs)],
        }
        for k, name in names
    }
    return {"windows": len(both), "features": features}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with drivedb/")
    common.add_arguments(parser)
    args = parser.parse_args()
    spec = design_signals()
    raw = prepare_dataset(open_dataset("drivedb", args.data), DRIVES, spec, default_cache(), 1)
    result: dict[str, dict[str, object]] = {way: {} for way in WAYS}
    for drive, truth in zip(DRIVES, raw, strict=True):
        rate_bpm = read_columns(args.data / "drivedb" / "frames_15hz" / f"{drive}.csv.gz")[RATE]
        empty = Recording(name=drive, person=drive, signals=(), intervals=())
        for way, beats in WAYS.items():
            made = prepare(replace(empty, signals=(beats(rate_bpm, FRAMES_HZ),)), spec)
            result[way][drive] = compare(made, truth)
    common.finish("drive_frames", result, args)


if __name__ == "__main__":
    main()
