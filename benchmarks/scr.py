"""Skin-conductance responses on simulated signals whose responses are known.

Six ten-minute signals per setting (4, 15 and 64 Hz; white noise of 2 and 10 nS at 64 Hz): random onsets at least 1.5 s
apart, Bateman shape (0.75 s, 2 s), log-normal amplitudes of 0.03-2 uS (median 0.2), slow drift around 4 uS. A response is
found when its peak is within 1 s of the true one after removal of the median delay.

    python benchmarks/scr.py [--save]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import common
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfiltfilt
from scoring import Score, Times, f1, score

from edge_emotion.signals.eda import EdaAnalyser
from edge_emotion_train.filters import EDA_SMOOTH_HZ, butterworth, design_signals

Signal = NDArray[np.float64]
Detector = Callable[[Signal, int], Times]

SIMULATION_HZ = 64
LENGTH_S = 600
RISE_S, DECAY_S = 0.75, 2.0
RATES_HZ = (4, 15, 64)
NOISES_US = (0.002, 0.01)
PER_MINUTE = (4, 6, 8, 4, 6, 8)
TOLERANCE_S = 1.0


def simulate(rate_hz: int, seed: int, per_minute: float, noise_us: float) -> tuple[Signal, Times]:
    """Conductance in uS at ``rate_hz`` and the times of the true peaks."""
    random = np.random.default_rng(seed)
    t = np.arange(LENGTH_S * SIMULATION_HZ) / SIMULATION_HZ
    waits_s = 1.5 + random.exponential(60 / per_minute - 1.5, LENGTH_S)
    onsets_s = 3.0 + np.concatenate([[0.0], np.cumsum(waits_s)])
    onsets_s = onsets_s[onsets_s < LENGTH_S - 12]
    amplitudes_us = np.clip(random.lognormal(np.log(0.2), 0.8, len(onsets_s)), 0.03, 2.0)
    shape = np.exp(-t[: 30 * SIMULATION_HZ] / DECAY_S) - np.exp(-t[: 30 * SIMULATION_HZ] / RISE_S)
    impulses = np.zeros(len(t))
    np.add.at(impulses, (onsets_s * SIMULATION_HZ).astype(int), amplitudes_us)
    phasic_us = np.convolve(impulses, shape / shape.max())[: len(t)]
    walk = np.cumsum(random.normal(0, 0.03 / np.sqrt(SIMULATION_HZ), len(t)))
    drift_us = sosfiltfilt(butter(2, 0.01, fs=SIMULATION_HZ, output="sos"), walk) + 0.5 * np.sin(
        2 * np.pi * t / 240
    )
    eda_us = 4.0 + drift_us + phasic_us + random.normal(0, noise_us, len(t))
    if rate_hz != SIMULATION_HZ:
        eda_us = resample_poly(eda_us - eda_us[0], rate_hz, SIMULATION_HZ) + eda_us[0]
    return eda_us, onsets_s + RISE_S * DECAY_S / (DECAY_S - RISE_S) * np.log(DECAY_S / RISE_S)


def ours(eda_us: Signal, rate_hz: int) -> Times:
    spec = design_signals()
    sos = butterworth(2, None, EDA_SMOOTH_HZ, rate_hz)
    analyser = EdaAnalyser(sos, rate_hz, spec.tonic_hz, spec.scr_threshold_us)
    return np.array([s.peak_index for s in analyser.push(eda_us).scrs]) / rate_hz


def neurokit(eda_us: Signal, rate_hz: int) -> Times:
    import neurokit2

    _, info = neurokit2.eda_process(eda_us, sampling_rate=rate_hz)
    return np.asarray(info["SCR_Peaks"], dtype=np.float64) / rate_hz


def evaluate(detector: Detector) -> dict[str, object]:
    """Pooled F1 over all settings, and of each."""
    pooled: list[Score] = []
    settings: dict[str, float] = {}
    for rate_hz in RATES_HZ:
        for noise_us in NOISES_US:
            scores = []
            for seed, per_minute in enumerate(PER_MINUTE):
                eda_us, peaks_s = simulate(rate_hz, seed, per_minute, noise_us)
                scores.append(score(peaks_s, detector(eda_us, rate_hz), TOLERANCE_S))
            settings[f"{rate_hz}hz_{1000 * noise_us:g}ns"] = round(f1(scores), 4)
            pooled += scores
    return {"simulated_f1": f1(pooled), "settings": settings}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    common.add_arguments(parser)
    args = parser.parse_args()
    result = {
        **evaluate(ours),
        "cvxeda_f1": None,
        "cvxeda_reason": "not measured",
        "peers": {"neurokit2": evaluate(neurokit)},
    }
    common.finish("scr", result, args)


if __name__ == "__main__":
    main()
