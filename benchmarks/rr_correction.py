"""Correction of beat intervals: what is found, what is named right, what is spoilt, beside NeuroKit2's batch form.

python benchmarks/rr_correction.py --data ../shared/data [--records 100,S11] [--save]

Missed, extra, ectopic and misplaced beats are put into clean stretches: sinus rhythm of MIT-BIH records (``mitdb/``) and the
Empatica E4's own intervals (``stress_predict/``). Ectopic beats that cardiologists annotated in ``mitdb/`` are scored too.
``found``: share of faults of which at least one interval was marked; ``named``: marked as what they are (a misplaced beat
may be called ectopic, long or short); ``specificity``: share of the untouched intervals left alone. RMSSD over 60 s
windows against the clean series: uncorrected, corrected, and of the pairs of intervals that nothing corrected.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import common
import numpy as np
from rr_series import (
    FAULTS,
    Annotated,
    Spoilt,
    annotated_ectopics,
    clean_empatica,
    clean_mitdb,
    read_mitdb,
    spoil,
)
from scoring import Times

from edge_emotion.signals.rr.correction import RrCorrector
from edge_emotion.types import Beat, Modality, RrKind

TUNED_ON = frozenset(
    ("100", "104", "108", "113", "117", "122", "201", "207", "212", "217", "222", "231")
) | frozenset(f"S{n:02}" for n in range(1, 11))
"""The constants were chosen on these; what is scored by default is the rest."""

DENSITIES = {"sparse": 40.0, "dense": 12.0}
"""A fault about every so many beats."""

ALLOWED = {
    "missed": ("missed",),
    "extra": ("extra",),
    "ectopic": ("ectopic",),
    "misplaced": ("ectopic", "long", "short"),
}
WINDOW_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Kind by interval of the spoilt series ("" where nothing was found); intervals as (time, ms, whether measured)."""

    kinds: Sequence[str]
    intervals: tuple[tuple[float, float, bool], ...]


Corrector = Callable[[Times], Corrected]


def ours(beats_s: Times) -> Corrected:
    corrector = RrCorrector(Modality.ECG)
    times_ns = [round(t * 1e9) for t in beats_s.tolist()]
    beats: list[Beat] = [b for t in times_ns for b in corrector.push(t, t, 1.0)] + corrector.interrupt()
    given = {t: k for k, t in enumerate(times_ns)}
    kinds = [""] * len(times_ns)
    for beat in beats:
        if beat.time_ns in given and beat.kind is not RrKind.NORMAL:
            kinds[given[beat.time_ns]] = beat.kind
    intervals = tuple(
        (b.time_ns / 1e9, b.rr_ms, b.kind is RrKind.NORMAL) for b in beats if b.rr_ms is not None
    )
    return Corrected(kinds=kinds, intervals=intervals)


def neurokit(beats_s: Times) -> Corrected:
    import neurokit2

    peaks = np.round(beats_s * 1000).astype(int)
    # Its iterative form corrects better but names artefacts of the last, already corrected series: names come from one pass.
    info, _ = neurokit2.signal_fixpeaks(peaks, sampling_rate=1000, iterative=False, method="Kubios")
    _, clean = neurokit2.signal_fixpeaks(peaks, sampling_rate=1000, iterative=True, method="Kubios")
    kinds = [""] * len(beats_s)
    for key in ("ectopic", "missed", "extra", "longshort"):
        for k in info[key]:
            kinds[k] = "long" if key == "longshort" else key
    clean_s = np.asarray(clean) / 1000
    raw = {round(t * 1000) for t in beats_s.tolist()}
    kept = [round(t * 1000) in raw for t in clean_s.tolist()]
    intervals = tuple(
        (b, 1000 * (b - a), kept[k] and kept[k + 1]) for k, (a, b) in enumerate(pairwise(clean_s.tolist()))
    )
    return Corrected(kinds=kinds, intervals=intervals)


def untouched(beats_s: Times) -> Corrected:
    """What no correction at all gives."""
    pairs = pairwise(beats_s.tolist())
    return Corrected(kinds=[""] * len(beats_s), intervals=tuple((b, 1000 * (b - a), True) for a, b in pairs))


def rmssd_errors(clean_s: Times, corrected: Corrected) -> list[tuple[float, float]]:
    """|RMSSD - RMSSD of the clean series| window by window: of all intervals, and of pairs that are both measured."""
    times, rr_ms, measured = (np.array(v) for v in zip(*corrected.intervals, strict=True))
    errors = []
    for start_s in np.arange(clean_s[10], clean_s[-1] - WINDOW_S, WINDOW_S):
        true = clean_s[(clean_s >= start_s) & (clean_s < start_s + WINDOW_S)]
        inside = (times >= start_s) & (times < start_s + WINDOW_S)
        steps = np.diff(rr_ms[inside])
        normal = (measured[inside][1:] & measured[inside][:-1]).astype(bool)
        if len(steps) < 10 or normal.sum() < 5:
            continue
        truth = _rms(1000 * np.diff(true, n=2))
        errors.append((abs(_rms(steps) - truth), abs(_rms(steps[normal]) - truth)))
    return errors


def _rms(values: Times) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def score_injected(corrector: Corrector, cases: Sequence[Spoilt]) -> dict[str, object]:
    """Figures over all cases."""
    seen = {k: [0, 0, 0] for k in FAULTS}
    calm = marked = 0
    errors: list[tuple[float, float]] = []
    for case in cases:
        corrected = corrector(case.spoilt_s)
        touched: set[int] = set()
        for kind, intervals in case.faults:
            kinds = {corrected.kinds[k] for k in intervals} - {""}
            seen[kind][0] += 1
            seen[kind][1] += bool(kinds)
            seen[kind][2] += bool(kinds.intersection(ALLOWED[kind]))
            touched.update(intervals)
        others = [corrected.kinds[k] for k in range(11, len(case.spoilt_s)) if k not in touched]
        calm += len(others)
        marked += sum(bool(k) for k in others)
        errors += rmssd_errors(case.clean_s, corrected)
    table = np.array(errors)
    return {
        **{f"{kind}_found": hit / max(1, n) for kind, (n, hit, _) in seen.items()},
        **{f"{kind}_named": named / max(1, n) for kind, (n, _, named) in seen.items()},
        "specificity": 1 - marked / max(1, calm),
        "rmssd_error_ms": float(np.median(table[:, 0])),
        "rmssd_error_p90_ms": float(np.quantile(table[:, 0], 0.9)),
        "nn_rmssd_error_ms": float(np.median(table[:, 1])),
        "nn_rmssd_error_p90_ms": float(np.quantile(table[:, 1], 0.9)),
        "faults": sum(n for n, _, _ in seen.values()),
        "untouched": calm,
    }


def score_annotated(corrector: Corrector, records: Sequence[Annotated]) -> dict[str, object]:
    """Sensitivity for annotated ectopic beats, specificity for intervals between normal ones."""
    found = named = calm = marked = 0
    per_record = {}
    for record in records:
        kinds = corrector(record.beats_s).kinds
        got = [{kinds[k] for k in pair} - {""} for pair in record.ectopic]
        found += sum(map(bool, got))
        named += sum("ectopic" in g for g in got)
        wrong = sum(bool(kinds[k]) for k in record.normal)
        calm, marked = calm + len(record.normal), marked + wrong
        per_record[record.name] = (
            f"{sum(map(bool, got))}/{len(got)} found, {wrong}/{len(record.normal)} normal marked"
        )
    total = sum(len(r.ectopic) for r in records)
    return {
        "found": found / max(1, total),
        "named": named / max(1, total),
        "specificity": 1 - marked / max(1, calm),
        "ectopic_beats": total,
        "per_record": per_record,
    }


def evaluate(
    corrector: Corrector, cases: dict[str, list[Spoilt]], records: Sequence[Annotated]
) -> dict[str, object]:
    """Everything about one corrector."""
    injected = {name: score_injected(corrector, c) for name, c in cases.items() if c}
    return {"injected": injected, "annotated": score_annotated(corrector, records)}


def build(data: Path, wanted: Callable[[str], bool]) -> tuple[dict[str, list[Spoilt]], list[Annotated]]:
    """Cases and records from the two folders, spoilt by a fixed seed for each stretch."""
    lists = [read_mitdb(p.with_suffix("")) for p in sorted((data / "mitdb").glob("*.atr")) if wanted(p.stem)]
    people = [p for p in sorted((data / "stress_predict").glob("S*.npz")) if wanted(p.stem)]
    stretches = {
        "mitdb": [s for beats in lists for s in clean_mitdb(beats)],
        "e4": [s for person in people for s in clean_empatica(person)],
    }
    cases = {
        f"{source}_{density}": [spoil(s, every, np.random.default_rng(k)) for k, s in enumerate(found)]
        for source, found in stretches.items()
        for density, every in DENSITIES.items()
    }
    annotated = [a for beats in lists if (a := annotated_ectopics(beats)) is not None]
    return cases, annotated


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mitdb/ and stress_predict/")
    parser.add_argument("--records", help="comma-separated names (default: all that nothing was tuned on)")
    parser.add_argument(
        "--tuned", action="store_true", help="score what the constants were chosen on instead"
    )
    parser.add_argument("--no-peers", action="store_true", help="measure our corrector alone")
    common.add_arguments(parser)
    args = parser.parse_args()
    names = set(args.records.split(",")) if args.records else None
    cases, records = build(args.data, lambda n: n in names if names else (n in TUNED_ON) == args.tuned)
    if not any(cases.values()) and not records:
        parser.error(
            f"{args.data} holds none of the records: name the folder with mitdb/ and stress_predict/"
        )
    result = {
        **evaluate(ours, cases, records),
        "peers": {}
        if args.no_peers
        else {
            "neurokit2": evaluate(neurokit, cases, records),
            "uncorrected": evaluate(untouched, cases, records),
        },
        "tuned_on": sorted(TUNED_ON),
    }
    common.finish("rr_correction", result, args)


if __name__ == "__main__":
    main()
