"""CPU time that the detectors take per second of signal, and what the usual way (recompute a window each second) takes.

Ours: ECG at 130 Hz in packets of 73, EDA at 4 Hz in packets of 1, with filters, detector, interval correction and quality.
Peers: the last 60 s recomputed once per second, as a notebook would. Best of several repeats of process time.

    python benchmarks/stream_cost.py [--save]
"""

from __future__ import annotations

import argparse
import pickle
import time
from collections.abc import Callable

import common
import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.ecg import EcgBeatDetector
from edge_emotion.signals.eda import EdaAnalyser
from edge_emotion.signals.quality import EcgQuality, EdaQuality
from edge_emotion.signals.rr import RrCorrector
from edge_emotion.types import Modality
from edge_emotion_train.filters import design_signals

Signal = NDArray[np.float64]

ECG_HZ, EDA_HZ = 130, 4
LENGTH_S, WINDOW_S = 300, 60
ECG_PACKET = 73
REPEATS = 5


def ecg_mv() -> Signal:
    """Bumps like QRS and T waves at 75 per minute with some variability and noise."""
    random = np.random.default_rng(0)
    t = np.arange(LENGTH_S * ECG_HZ) / ECG_HZ
    out = random.normal(0, 0.02, len(t))
    for beat_s in np.cumsum(random.normal(0.8, 0.04, LENGTH_S)):
        out += np.exp(-(((t - beat_s) / 0.02) ** 2)) + 0.25 * np.exp(-(((t - beat_s - 0.28) / 0.06) ** 2))
    return out


def eda_us() -> Signal:
    """A response every ten seconds on 3 uS."""
    t = np.arange(LENGTH_S * EDA_HZ) / EDA_HZ
    since = t % 10.0
    noise = np.random.default_rng(0).normal(0, 0.002, len(t))
    return 3.0 + 0.3 * (np.exp(-since / 2.0) - np.exp(-since / 0.75)) + noise


def ms_per_s(work: Callable[[], object], signal_s: float) -> float:
    """Least process time of some repeats, in ms per second of signal."""
    best = float("inf")
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return 1e3 * best / signal_s


class OurEcg:
    """What the chain runs on ECG."""

    def __init__(self) -> None:
        self.detector = EcgBeatDetector(ECG_HZ)
        self.corrector = RrCorrector(Modality.ECG)
        self.quality = EcgQuality(ECG_HZ)

    def run(self, signal: Signal) -> None:
        for start in range(0, len(signal), ECG_PACKET):
            packet = signal[start : start + ECG_PACKET]
            for peak in self.detector.push(packet):
                time_ns = round(peak.index * 1e9 / ECG_HZ)
                self.corrector.push(time_ns, time_ns, peak.amplitude)
            self.quality.push(packet)


class OurEda:
    """What the chain runs on EDA."""

    def __init__(self) -> None:
        spec = design_signals()
        sos = spec.bank("eda_smooth").at(EDA_HZ)
        self.analyser = EdaAnalyser(sos, EDA_HZ, spec.tonic_hz, spec.scr_threshold_us)
        self.quality = EdaQuality(EDA_HZ)

    def run(self, signal: Signal) -> None:
        for k in range(len(signal)):
            self.analyser.push(signal[k : k + 1])
            self.quality.push(signal[k : k + 1])


def peers(ecg: Signal, eda: Signal) -> dict[str, float]:
    """ms per signal second when one 60 s window is recomputed each second."""
    import neurokit2
    from sleepecg import detect_heartbeats

    window, eda_window = ecg[: WINDOW_S * ECG_HZ], eda[: WINDOW_S * EDA_HZ]

    def full() -> None:
        _, info = neurokit2.ecg_process(window, sampling_rate=ECG_HZ)
        neurokit2.hrv_time(info["ECG_R_Peaks"], sampling_rate=ECG_HZ)

    def lean() -> None:
        neurokit2.ecg_findpeaks(neurokit2.ecg_clean(window, sampling_rate=ECG_HZ), sampling_rate=ECG_HZ)

    return {
        "neurokit_full": ms_per_s(full, 1.0),
        "neurokit_lean": ms_per_s(lean, 1.0),
        "sleepecg": ms_per_s(lambda: detect_heartbeats(window, ECG_HZ), 1.0),
        "neurokit_eda": ms_per_s(lambda: neurokit2.eda_process(eda_window, sampling_rate=EDA_HZ), 1.0),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    common.add_arguments(parser)
    args = parser.parse_args()
    ecg, eda = ecg_mv(), eda_us()
    our_ecg, our_eda = OurEcg(), OurEda()
    detector = EcgBeatDetector(ECG_HZ)
    result = {
        "ecg_ms_per_s": ms_per_s(lambda: our_ecg.run(ecg), LENGTH_S),
        "eda_ms_per_s": ms_per_s(lambda: our_eda.run(eda), LENGTH_S),
        "ecg_detector_us_per_sample": 1e3 * ms_per_s(lambda: detector.push(ecg), len(ecg)),
        "state_bytes": {"ecg": len(pickle.dumps(our_ecg)), "eda": len(pickle.dumps(our_eda))},
        "peers": peers(ecg, eda),
    }
    common.finish("stream_cost", result, args)


if __name__ == "__main__":
    main()
