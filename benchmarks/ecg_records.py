"""Annotated ECG for `beats.py`: records, noise at a stated ratio, and the set that the design study scored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt
from scoring import Times, refined_peaks

Signal = NDArray[np.float64]

BEAT_SYMBOLS = frozenset("NLRBAaJSVrFejnE/fQ?")
NOISE_FROM_S = 300.0
NOISE_ON_S, NOISE_EVERY_S = 120.0, 240.0
SET_CLEAN = ("100", "104", "106", "108", "113", "121", "202", "223", "231", "232")
SET_NOISY = {"118": (24, 12, 6, 0), "100": (12, 6, 0), "231": (12, 6)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """First lead that is called MLII, or the first.

    ``peaks_s`` are the annotated beats, moved to the extremum of the clean signal; ``flutter_s`` the spans of ventricular
    flutter, shape (n, 2), in which no beats are annotated.
    """

    name: str
    rate_hz: float
    ecg_mv: Signal
    beats: NDArray[np.int64]
    peaks_s: Times
    flutter_s: Times


def read(path: Path) -> Record:
    """A record with its beat annotations."""
    record = wfdb.rdrecord(str(path))
    annotation = wfdb.rdann(str(path), "atr")
    lead = record.sig_name.index("MLII") if "MLII" in record.sig_name else 0
    marks = list(zip(annotation.sample, annotation.symbol, strict=True))
    beats = np.array([s for s, symbol in marks if symbol in BEAT_SYMBOLS])
    ecg_mv, rate_hz = record.p_signal[:, lead], float(record.fs)
    begins, ends = ([s / rate_hz for s, symbol in marks if symbol == edge] for edge in "[]")
    return Record(
        name=path.name,
        rate_hz=rate_hz,
        ecg_mv=ecg_mv,
        beats=beats,
        peaks_s=refined_peaks(ecg_mv, beats, rate_hz),
        flutter_s=np.array(list(zip(begins, ends, strict=False))).reshape(-1, 2),
    )


def with_noise(record: Record, noise: Signal, snr_db: float) -> Signal:
    """The record with noise added from `NOISE_FROM_S` on without a pause; the noise is repeated where it is shorter.

    Signal power is the mean QRS peak-to-peak squared over 8, noise power the mean variance of one-second pieces of the whole
    noise record, both without the highest and lowest 5 %.
    """
    second = round(record.rate_hz)
    pieces = noise[: len(noise) // second * second].reshape(-1, second)
    ratio = _trimmed_mean(_heights(record)) ** 2 / 8 / _trimmed_mean(pieces.var(axis=1))
    gain = np.sqrt(ratio / 10 ** (snr_db / 10))
    start = round(NOISE_FROM_S * record.rate_hz)
    out = record.ecg_mv.copy()
    out[start:] += gain * np.resize(noise - noise[0], len(out) - start)
    return out


def as_nst(record: Record, noise: Signal, snr_db: float) -> Signal:
    """The record as PhysioNet's ``nst`` makes it: noise in two minutes of four, from the fifth minute on.

    The powers are measured in the first five minutes, that of the noise as the squared mean of the root mean squares of its
    seconds. For record 118 this gives the gain that is found in the published 118e24 within 1 %.
    """
    start, second = round(NOISE_FROM_S * record.rate_hz), round(record.rate_hz)
    pieces = noise[: start // second * second].reshape(-1, second)
    power = _trimmed_mean(_heights(record, start)) ** 2 / 8
    gain = np.sqrt(power / _trimmed_mean(pieces.std(axis=1)) ** 2 / 10 ** (snr_db / 10))
    return record.ecg_mv + gain * gated(np.resize(noise, len(record.ecg_mv)), record.rate_hz)


def gated(noise: Signal, rate_hz: float) -> Signal:
    """Silent for the first five minutes, then two minutes of four."""
    time_s = np.arange(len(noise)) / rate_hz - NOISE_FROM_S
    return np.where((time_s >= 0) & (time_s % NOISE_EVERY_S < NOISE_ON_S), noise, 0.0)


def reference_set(data: Path, noise_folder: Path) -> dict[str, list[Record]]:
    """What the design study scored, as far as its records are in ``data``: groups mit, n12 (and 24 dB), n6, n0.

    Noise comes as PhysioNet's ``nst`` puts it into 118e24, two minutes in four, with the gain that 118e24 shows; other
    records get it in proportion to their height. Clean and noisy minutes after the fifth are scored together.
    """
    groups: dict[str, list[Record]] = {"mit": [], "n12": [], "n6": [], "n0": []}
    groups["mit"] = [read(data / name) for name in SET_CLEAN if (data / f"{name}.atr").exists()]
    noisy = read(noise_folder / "118e24")
    em = wfdb.rdrecord(str(noise_folder / "em")).p_signal[:, 0]
    minutes = gated(em, noisy.rate_hz)
    band = butter(2, [0.7, 6.0], "bandpass", fs=noisy.rate_hz, output="sos")
    seen, wanted = sosfiltfilt(band, noisy.ecg_mv), sosfiltfilt(band, minutes)
    at_24_db = minutes * (seen @ wanted) / (wanted @ wanted)
    ecg_mv = noisy.ecg_mv - at_24_db
    peaks_s = refined_peaks(ecg_mv, noisy.beats, noisy.rate_hz)
    clean = {"118": replace(noisy, ecg_mv=ecg_mv, peaks_s=peaks_s), **{r.name: r for r in groups["mit"]}}
    height = np.median(_heights(clean["118"]))
    for name, snrs in SET_NOISY.items():
        for snr_db in snrs if name in clean else ():
            gain = np.median(_heights(clean[name])) / height * 10 ** ((24 - snr_db) / 20)
            record = replace(clean[name], ecg_mv=clean[name].ecg_mv + gain * at_24_db)
            groups[f"n{min(snr_db, 12)}"].append(record)
    return groups


def _heights(record: Record, until: int | None = None) -> Signal:
    """Peak to peak of each QRS, of those before sample ``until``."""
    reach = round(0.1 * record.rate_hz)
    beats = record.beats if until is None else record.beats[record.beats < until]
    return np.array([np.ptp(record.ecg_mv[max(0, b - reach) : b + reach]) for b in beats])


def _trimmed_mean(values: Signal) -> float:
    ordered = np.sort(values)
    cut = round(0.05 * len(ordered))
    return float(ordered[cut : len(ordered) - cut].mean())
