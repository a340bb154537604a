"""R peaks against the cardiologists' annotations of WFDB records, clean and with electrode-motion noise.

F1 at +-100 ms after removal of each record's median delay, pooled over all beats; jitter against the annotation refined on
the clean signal. Noise is calibrated per record as PhysioNet's ``nst`` does: signal power is the mean QRS peak-to-peak
squared over 8, noise power the mean variance of one-second pieces, both without the highest and lowest 5 %. The first five
minutes stay clean and are not scored then. Our detector gets the signal in packets of 73 samples, the peers get it whole.

    python benchmarks/beats.py --data ../shared/data/mitdb [--records 100,102] [--rate 130] [--save]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import common
import numpy as np
import wfdb
from numpy.typing import NDArray
from scipy.signal import resample_poly
from scoring import Score, Times, f1, jitter_mad_ms, refined_peaks, rmssd_error_ms, score

from edge_emotion.signals.ecg import EcgBeatDetector

Signal = NDArray[np.float64]
Detector = Callable[[Signal, float], Times]

BEAT_SYMBOLS = frozenset("NLRBAaJSVrFejnE/fQ?")
TUNED_ON = frozenset(
    f"{number}"
    for number in (
        *(100, 102, 104, 106, 108, 111, 113, 115, 117, 119, 122, 124),
        *(201, 203, 207, 209, 212, 214, 217, 220, 222, 228, 231, 233),
    )
)
"""Our detector's constants were chosen on these records: its figures on them are optimistic."""
TOLERANCE_S = 0.1
NOISE_FROM_S = 300.0
SNRS_DB = (12, 6, 0)
PACKET = 73


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """First lead that is called MLII, or the first."""

    name: str
    rate_hz: float
    ecg_mv: Signal
    beats: NDArray[np.int64]
    peaks_s: Times


def ours(ecg_mv: Signal, rate_hz: float) -> Times:
    detector = EcgBeatDetector(rate_hz)
    packets = np.split(ecg_mv, range(PACKET, len(ecg_mv), PACKET))
    return np.array([p.index for packet in packets for p in detector.push(packet)]) / rate_hz


def neurokit(ecg_mv: Signal, rate_hz: float) -> Times:
    import neurokit2

    clean = neurokit2.ecg_clean(ecg_mv, sampling_rate=rate_hz)
    return np.asarray(neurokit2.ecg_peaks(clean, sampling_rate=rate_hz)[1]["ECG_R_Peaks"]) / rate_hz


def sleepecg(ecg_mv: Signal, rate_hz: float) -> Times:
    from sleepecg import detect_heartbeats

    return detect_heartbeats(ecg_mv, rate_hz) / rate_hz


PEERS: dict[str, Detector] = {"neurokit2": neurokit, "sleepecg": sleepecg}


def read(path: Path) -> Record:
    """A record with its beat annotations."""
    record = wfdb.rdrecord(str(path))
    annotation = wfdb.rdann(str(path), "atr")
    lead = record.sig_name.index("MLII") if "MLII" in record.sig_name else 0
    symbols = zip(annotation.sample, annotation.symbol, strict=True)
    beats = np.array([s for s, symbol in symbols if symbol in BEAT_SYMBOLS])
    ecg_mv, rate_hz = record.p_signal[:, lead], float(record.fs)
    return Record(
        name=path.name,
        rate_hz=rate_hz,
        ecg_mv=ecg_mv,
        beats=beats,
        peaks_s=refined_peaks(ecg_mv, beats, rate_hz),
    )


def with_noise(record: Record, noise: Signal, snr_db: float) -> Signal:
    """The record with noise added from `NOISE_FROM_S` on; the noise is repeated where it is shorter."""
    reach = round(0.1 * record.rate_hz)
    heights = [np.ptp(record.ecg_mv[max(0, b - reach) : b + reach]) for b in record.beats]
    second = round(record.rate_hz)
    pieces = noise[: len(noise) // second * second].reshape(-1, second)
    ratio = _trimmed_mean(np.array(heights)) ** 2 / 8 / _trimmed_mean(pieces.var(axis=1))
    gain = np.sqrt(ratio / 10 ** (snr_db / 10))
    start = round(NOISE_FROM_S * record.rate_hz)
    out = record.ecg_mv.copy()
    out[start:] += gain * np.resize(noise - noise[0], len(out) - start)
    return out


def _trimmed_mean(values: Signal) -> float:
    ordered = np.sort(values)
    cut = round(0.05 * len(ordered))
    return float(ordered[cut : len(ordered) - cut].mean())


def detect(detector: Detector, signal: Signal, rate_hz: float, at_hz: float | None) -> Times:
    if at_hz is None or at_hz == rate_hz:
        return detector(signal, rate_hz)
    ratio = Fraction(at_hz / rate_hz).limit_denominator(1000)
    return detector(resample_poly(signal, ratio.numerator, ratio.denominator), at_hz)


def evaluate(
    detector: Detector, records: list[Record], noise: Signal | None, at_hz: float | None
) -> dict[str, object]:
    """The figures of one detector."""
    clean: list[Score] = []
    rmssd: list[float] = []
    noisy: dict[int, list[Score]] = {snr: [] for snr in SNRS_DB}
    for record in records:
        found_s = detect(detector, record.ecg_mv, record.rate_hz, at_hz)
        clean.append(score(record.peaks_s, found_s, TOLERANCE_S))
        rmssd.append(rmssd_error_ms(record.peaks_s, found_s))
        late_s = record.peaks_s[record.peaks_s > NOISE_FROM_S]
        for snr in SNRS_DB if noise is not None else ():
            found_s = detect(detector, with_noise(record, noise, snr), record.rate_hz, at_hz)
            noisy[snr].append(score(late_s, found_s[found_s > NOISE_FROM_S], TOLERANCE_S))
    return {
        "mitdb_f1": f1(clean),
        **{f"em{snr}_f1": f1(scores) if scores else None for snr, scores in noisy.items()},
        "jitter_mad_ms": jitter_mad_ms(clean),
        "rmssd_error_ms": float(np.nanmedian(rmssd)),
        "per_record_f1": {r.name: round(f1([s]), 4) for r, s in zip(records, clean, strict=True)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of WFDB records with .atr annotations"
    )
    parser.add_argument(
        "--noise", type=Path, help="folder with the record em (default: ../nstdb beside --data)"
    )
    parser.add_argument("--records", help="comma-separated names (default: all)")
    parser.add_argument("--rate", type=float, help="resample to this rate first (default: the record's own)")
    parser.add_argument("--no-peers", action="store_true", help="measure our detector alone")
    common.add_arguments(parser)
    args = parser.parse_args()
    names = args.records.split(",") if args.records else sorted(p.stem for p in args.data.glob("*.atr"))
    missing = [name for name in names if not (args.data / f"{name}.atr").exists()]
    if missing or not names:
        parser.error(
            f"no annotated record {', '.join(missing) or 'at all'} in {args.data}: name a folder with .hea, .dat, .atr"
        )
    records = [read(args.data / name) for name in names]
    noise_folder = args.noise or args.data.parent / "nstdb"
    noise = (
        wfdb.rdrecord(str(noise_folder / "em")).p_signal[:, 0] if (noise_folder / "em.hea").exists() else None
    )
    result = {
        **evaluate(ours, records, noise, args.rate),
        "peers": {}
        if args.no_peers
        else {n: evaluate(d, records, noise, args.rate) for n, d in PEERS.items()},
        "records": names,
        "tuned_on": sorted(TUNED_ON.intersection(names)),
        "rate_hz": args.rate or records[0].rate_hz,
        "beats": sum(len(r.beats) for r in records),
    }
    common.finish("beats" if args.rate is None else f"beats-{args.rate:g}hz", result, args)


if __name__ == "__main__":
    main()
