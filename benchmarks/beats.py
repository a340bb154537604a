"""R peaks against the cardiologists' annotations of WFDB records, clean and with electrode-motion noise.

F1 at +-100 ms after removal of each record's median delay, pooled over all beats; jitter against the annotation refined on
the clean signal. Noise is scored in three ways, always from the fifth minute on:

- ``nst_em12_f1 nst_em6_f1 nst_em0_f1``: as PhysioNet's ``nst`` makes it, two minutes in four (see `ecg_records.as_nst`).
- ``em12_f1 em6_f1 em0_f1``: without a pause, and weaker than nst's of the same name by 4.5 dB for the record em, because its
  power is measured over the whole half hour and not over the first five minutes (see `ecg_records.with_noise`).
- ``reference_set``: the groups of the design study (see `ecg_records.reference_set`).

``mitdb_f1_but_flutter`` leaves out the spans of ventricular flutter (record 207), in which no beats are annotated, as
ANSI/AAMI EC57 does. ``held_out`` are the figures of the records that our constants were not chosen on. Our detector gets the
signal in packets of 73 samples, the peers get it whole.

    python benchmarks/beats.py --data ../shared/data/mitdb [--records 100,102] [--rate 130] [--save]
"""

from __future__ import annotations

import argparse
import time
from fractions import Fraction
from pathlib import Path

import common
import numpy as np
import wfdb
from ecg_peers import PEERS, Detector, Signal
from ecg_records import NOISE_FROM_S, Record, as_nst, read, reference_set, with_noise
from scipy.signal import resample_poly
from scoring import Score, Times, f1, jitter_mad_ms, outside, rmssd_error_ms, score

from edge_emotion.signals.bvp.pulse import Peak
from edge_emotion.signals.ecg.detector import EcgBeatDetector

TUNED_ON = frozenset(("100", "104", "108", "113", "117", "122", "201", "207", "212", "217", "222", "231"))
"""Our detector's constants were chosen on these records (noise: the other channel of em, and ma): its figures on them are
optimistic."""
TOLERANCE_S = 0.1
SNRS_DB = (12, 6, 0)
PACKET = 73
DELAY_GOAL_MS = 220.0
COST_REPEATS = 20
Group = list[tuple[Record, Score]]


def our_peaks(ecg_mv: Signal, rate_hz: float) -> list[Peak]:
    detector = EcgBeatDetector(rate_hz)
    packets = np.split(ecg_mv, range(PACKET, len(ecg_mv), PACKET))
    return [p for packet in packets for p in detector.push(packet)]


def ours(ecg_mv: Signal, rate_hz: float) -> Times:
    return np.array([p.index for p in our_peaks(ecg_mv, rate_hz)]) / rate_hz


def resampled(signal: Signal, rate_hz: float, at_hz: float | None) -> tuple[Signal, float]:
    if at_hz is None or at_hz == rate_hz:
        return signal, rate_hz
    ratio = Fraction(at_hz / rate_hz).limit_denominator(1000)
    return resample_poly(signal, ratio.numerator, ratio.denominator), at_hz


def _clean(
    detector: Detector, records: list[Record], at_hz: float | None
) -> tuple[Group, Group, list[float]]:
    """Scores with and without flutter, and errors of RMSSD."""
    whole: Group = []
    regular: Group = []
    rmssd: list[float] = []
    for record in records:
        found_s = detector(*resampled(record.ecg_mv, record.rate_hz, at_hz))
        whole.append((record, score(record.peaks_s, found_s, TOLERANCE_S)))
        spans = record.flutter_s + np.array([-TOLERANCE_S, TOLERANCE_S])
        pair = outside(record.peaks_s, spans), outside(found_s, spans)
        regular.append((record, score(*pair, TOLERANCE_S)))
        rmssd.append(rmssd_error_ms(record.peaks_s, found_s))
    return whole, regular, rmssd


def _late(detector: Detector, record: Record, ecg_mv: Signal, at_hz: float | None) -> Score:
    """Score of what comes after `NOISE_FROM_S`."""
    found_s = detector(*resampled(ecg_mv, record.rate_hz, at_hz))
    late = record.peaks_s[record.peaks_s > NOISE_FROM_S], found_s[found_s > NOISE_FROM_S]
    return score(*late, TOLERANCE_S)


def evaluate(
    detector: Detector, records: list[Record], noise: Signal | None, at_hz: float | None
) -> dict[str, object]:
    """The figures of one detector."""
    clean, regular, rmssd = _clean(detector, records, at_hz)
    groups: dict[str, Group] = {"mitdb_f1": clean, "mitdb_f1_but_flutter": regular}
    for snr in SNRS_DB if noise is not None else ():
        for prefix, noised in (("nst_em", as_nst), ("em", with_noise)):
            groups[f"{prefix}{snr}_f1"] = [
                (r, _late(detector, r, noised(r, noise, snr), at_hz)) for r in records
            ]
    return {
        **{name: f1([s for _, s in group]) for name, group in groups.items()},
        "jitter_mad_ms": jitter_mad_ms([s for _, s in clean]),
        "rmssd_error_ms": float(np.nanmedian(rmssd)),
        "per_record_f1": {r.name: round(f1([s]), 4) for r, s in clean},
        "held_out": {
            name: f1([s for r, s in group if r.name not in TUNED_ON]) for name, group in groups.items()
        },
    }


def evaluate_set(
    detector: Detector, groups: dict[str, list[Record]], at_hz: float | None
) -> dict[str, float]:
    """F1 of the design study's groups."""
    scores = {"mit": [s for _, s in _clean(detector, groups["mit"], at_hz)[0]]}
    for name in ("n12", "n6", "n0"):
        scores[name] = [_late(detector, r, r.ecg_mv, at_hz) for r in groups[name]]
    return {f"{name}_f1": f1(group) for name, group in scores.items()}


def delays_ms(records: list[Record], at_hz: float | None) -> dict[str, float]:
    """From R wave to event on the clean signals, in signal time, of everything that was told; and the share over 220 ms."""
    delays: list[float] = []
    for record in records:
        signal, rate_hz = resampled(record.ecg_mv, record.rate_hz, at_hz)
        delays += [1e3 * (p.decided_index - p.index) / rate_hz for p in our_peaks(signal, rate_hz)]
    late = float(np.mean(np.array(delays) > DELAY_GOAL_MS))
    return {f"p{share}": float(np.percentile(delays, share)) for share in (50, 95, 98, 99)} | {"late": late}


def cost_us_per_s(records: list[Record], at_hz: float | None) -> float:
    """Least process time of some passes over a minute of the first record, per second of signal."""
    signal, rate_hz = resampled(
        records[0].ecg_mv[: round(60 * records[0].rate_hz)], records[0].rate_hz, at_hz
    )
    best = float("inf")
    for _ in range(COST_REPEATS):
        started = time.process_time()
        our_peaks(signal, rate_hz)
        best = min(best, time.process_time() - started)
    return 1e6 * best * rate_hz / len(signal)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of WFDB records with .atr annotations"
    )
    parser.add_argument(
        "--noise", type=Path, help="folder with the records em and 118e24 (default: ../nstdb beside --data)"
    )
    parser.add_argument("--records", help="comma-separated names (default: all)")
    parser.add_argument("--rate", type=float, help="resample to this rate first (default: the record's own)")
    parser.add_argument("--no-peers", action="store_true", help="measure our detector alone")
    common.add_arguments(parser)
    return parser


def main() -> None:
    parser = arguments()
    args = parser.parse_args()
    names = args.records.split(",") if args.records else sorted(p.stem for p in args.data.glob("*.atr"))
    missing = [name for name in names if not (args.data / f"{name}.atr").exists()]
    if missing or not names:
        parser.error(
            f"no annotated record {', '.join(missing) or 'at all'} in {args.data}: name a folder with .hea, .dat, .atr"
        )
    records = [read(args.data / name) for name in names]
    folder = args.noise or args.data.parent / "nstdb"
    noise = wfdb.rdrecord(str(folder / "em")).p_signal[:, 0] if (folder / "em.hea").exists() else None
    groups = (
        reference_set(args.data, folder) if (folder / "118e24.hea").exists() and not args.records else None
    )

    def figures(detector: Detector) -> dict[str, object]:
        found = evaluate(detector, records, noise, args.rate)
        return (
            found if groups is None else found | {"reference_set": evaluate_set(detector, groups, args.rate)}
        )

    result = {
        **figures(ours),
        "delay_ms": delays_ms(records, args.rate),
        "detector_us_per_s": cost_us_per_s(records, args.rate),
        "peers": {} if args.no_peers else {name: figures(peer) for name, peer in PEERS.items()},
        "records": names,
        "tuned_on": sorted(TUNED_ON.intersection(names)),
        "rate_hz": args.rate or records[0].rate_hz,
        "beats": sum(len(r.beats) for r in records),
    }
    common.finish("beats" if args.rate is None else f"beats-{args.rate:g}hz", result, args)


if __name__ == "__main__":
    main()
