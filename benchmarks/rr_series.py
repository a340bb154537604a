"""Beat series with known truth for `rr_correction.py`: clean stretches, faults put into them, annotated ectopic beats.

All times in seconds. An interval has the number of the beat that ends it; interval 0 is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray
from scoring import Times, refined_peaks

BEAT_SYMBOLS = frozenset("NLRBAaJSVrFejnE/fQ?")
NORMAL_SYMBOLS = frozenset("NLR")
ECTOPIC_SYMBOLS = frozenset("VAaJS")
REGULAR_RHYTHMS = frozenset(("(N", "(B", "(T"))
"""Sinus rhythm, bigeminy, trigeminy; in fibrillation or with a pacemaker no interval is ectopic or normal."""

LEAST_CLEAN_S = 90.0
FAULTS = ("missed", "extra", "ectopic", "misplaced")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """A clean series and the same with faults.

    Parameters
    ----------
    faults
        Kind of each fault, and the intervals of ``spoilt_s`` that it touched.
    """

    clean_s: Times
    spoilt_s: Times
    faults: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """Beats of a record; ``ectopic`` and ``normal`` name intervals: after or before an ectopic beat, between normal beats."""

    name: str
    beats_s: Times
    ectopic: tuple[tuple[int, ...], ...]
    normal: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatList:
    """Annotated beats of one record with the rhythm that each belongs to."""

    name: str
    beats_s: Times
    symbols: NDArray[np.str_]
    rhythms: NDArray[np.str_]


def read_mitdb(path: Path) -> BeatList:
    """Beats of a record at the refined R peaks."""
    record = wfdb.rdrecord(str(path))
    annotation = wfdb.rdann(str(path), "atr")
    lead = record.sig_name.index("MLII") if "MLII" in record.sig_name else 0
    rhythm, rows = "", []
    for sample, symbol, note in zip(annotation.sample, annotation.symbol, annotation.aux_note, strict=True):
        if symbol == "+":
            rhythm = note.strip("\x00")
        elif symbol in BEAT_SYMBOLS:
            rows.append((int(sample), symbol, rhythm))
    samples = np.array([r[0] for r in rows])
    return BeatList(
        name=path.name,
        beats_s=refined_peaks(record.p_signal[:, lead], samples, float(record.fs)),
        symbols=np.array([r[1] for r in rows]),
        rhythms=np.array([r[2] for r in rows]),
    )


def clean_mitdb(beats: BeatList) -> list[Times]:
    """Stretches of normal beats in sinus rhythm, at least `LEAST_CLEAN_S` long."""
    good = np.isin(beats.symbols, list(NORMAL_SYMBOLS)) & (beats.rhythms == "(N")
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(int)))
    return _long_enough(
        beats.beats_s[a + 2 : max(0, b - 2)] for a, b in zip(edges[::2], edges[1::2], strict=True)
    )


def clean_empatica(path: Path) -> list[Times]:
    """Stretches in which the Empatica E4's own intervals follow each other without a hole."""
    with np.load(path, allow_pickle=False) as archive:
        ibi = archive["ibi"].astype(np.float64)
    follows = np.abs(np.diff(ibi[:, 0]) - ibi[1:, 1]) < 0.002
    breaks = np.flatnonzero(~follows) + 1
    return _long_enough(np.split(ibi[:, 0], breaks))


def _long_enough(stretches: Iterator[Times] | list[Times]) -> list[Times]:
    return [s for s in stretches if len(s) > 2 and s[-1] - s[0] >= LEAST_CLEAN_S]


def spoil(clean_s: Times, every_beats: float, rng: np.random.Generator) -> Spoilt:
    """Put faults of all kinds, in equal shares, about ``every_beats`` apart and at least six."""
    out: list[float] = list(clean_s[:10])
    faults: list[tuple[str, tuple[int, ...]]] = []
    until = 10 + int(rng.exponential(every_beats - 6) + 1)
    for k in range(10, len(clean_s)):
        rr_s = float(clean_s[k] - clean_s[k - 1])
        if k < until or k + 6 >= len(clean_s):
            out.append(float(clean_s[k]))
            continue
        kind = FAULTS[int(rng.integers(len(FAULTS)))]
        out += _faulty(kind, float(clean_s[k]), rr_s, float(clean_s[k + 1] - clean_s[k]), rng)
        touched = (len(out),) if kind == "missed" else (len(out) - 1, len(out))
        faults.append((kind, touched))
        until = k + 6 + int(rng.exponential(every_beats - 6))
    return Spoilt(clean_s=clean_s, spoilt_s=np.array(out), faults=tuple(faults))


def _faulty(kind: str, beat_s: float, rr_s: float, next_rr_s: float, rng: np.random.Generator) -> list[float]:
    """What becomes of a beat ``rr_s`` after the one before and ``next_rr_s`` before the one after it.

    An extra beat stands before it, so its intervals are the two that end with it.
    """
    if kind == "missed":
        return []
    if kind == "extra":
        return [beat_s - rr_s * float(rng.uniform(0.3, 0.7)), beat_s]
    if kind == "ectopic":
        return [beat_s - rr_s * float(rng.uniform(0.2, 0.45))]
    early, late = -0.25 * rr_s, 0.25 * next_rr_s
    shift = float(rng.uniform(0.4, 1.0)) * (early if rng.uniform() < 0.5 else late)
    return [beat_s + shift]


def annotated_ectopics(beats: BeatList) -> Annotated | None:
    """Ectopic beats between others in a regular rhythm; ``None`` when there are fewer than five."""
    count = len(beats.beats_s)
    normal = np.isin(beats.symbols, list(NORMAL_SYMBOLS))
    regular = np.isin(beats.rhythms, list(REGULAR_RHYTHMS))
    alone = [
        k
        for k in range(12, count - 3)
        if beats.symbols[k] in ECTOPIC_SYMBOLS
        and normal[k - 1]
        and normal[k + 1]
        and regular[k - 1 : k + 2].all()
    ]
    if len(alone) < 5:
        return None
    calm = frozenset(k for k in range(12, count - 3) if (normal & regular)[k - 2 : k + 2].all())
    return Annotated(
        name=beats.name,
        beats_s=beats.beats_s,
        ectopic=tuple((k, k + 1) for k in alone),
        normal=calm,
    )


def increasing(times_s: Times) -> bool:
    """Whether no beat comes at or before the one before it."""
    return all(b > a for a, b in pairwise(times_s.tolist()))
