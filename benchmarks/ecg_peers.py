"""R-peak detectors of other packages, each given the whole signal: ``detector(ecg_mv, rate_hz) -> times in seconds``."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from scoring import Times

Signal = NDArray[np.float64]
Detector = Callable[[Signal, float], Times]


def neurokit(ecg_mv: Signal, rate_hz: float) -> Times:
    import neurokit2

    clean = neurokit2.ecg_clean(ecg_mv, sampling_rate=rate_hz)
    return np.asarray(neurokit2.ecg_peaks(clean, sampling_rate=rate_hz)[1]["ECG_R_Peaks"]) / rate_hz


def rodrigues(ecg_mv: Signal, rate_hz: float) -> Times:
    import neurokit2

    found = neurokit2.ecg_findpeaks(ecg_mv, sampling_rate=int(rate_hz), method="rodrigues2021")
    return np.asarray(found["ECG_R_Peaks"]) / rate_hz


def sleepecg(ecg_mv: Signal, rate_hz: float) -> Times:
    from sleepecg import detect_heartbeats

    return detect_heartbeats(ecg_mv, rate_hz) / rate_hz


def hamilton(ecg_mv: Signal, rate_hz: float) -> Times:
    from biosppy.signals import ecg

    (found,) = ecg.hamilton_segmenter(signal=ecg_mv, sampling_rate=rate_hz)
    (found,) = ecg.correct_rpeaks(signal=ecg_mv, rpeaks=found, sampling_rate=rate_hz, tol=0.05)
    return np.asarray(found) / rate_hz


def xqrs(ecg_mv: Signal, rate_hz: float) -> Times:
    from wfdb.processing import xqrs_detect

    return np.asarray(xqrs_detect(ecg_mv, rate_hz, verbose=False)) / rate_hz


def gqrs(ecg_mv: Signal, rate_hz: float) -> Times:
    from wfdb.processing import gqrs_detect

    return np.asarray(gqrs_detect(ecg_mv, rate_hz)) / rate_hz


_ALL: dict[str, tuple[str, Detector]] = {
    "neurokit2": ("neurokit2", neurokit),
    "neurokit2-rodrigues2021": ("neurokit2", rodrigues),
    "sleepecg": ("sleepecg", sleepecg),
    "biosppy-hamilton": ("biosppy", hamilton),
    "wfdb-xqrs": ("wfdb", xqrs),
    "wfdb-gqrs": ("wfdb", gqrs),
}

PEERS: dict[str, Detector] = {name: peer for name, (package, peer) in _ALL.items() if find_spec(package)}
"""Those whose package is installed."""
