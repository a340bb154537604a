"""CPU time that the chain takes per second of signal, and what the usual way (recompute a window each second) takes.

Ours is the whole chain with a window of 60 s every 5 s. ``ecg_ms_per_s`` is at 130 Hz in packets of 73, ``eda_ms_per_s`` at 4 Hz
in packets of 13; ``by_packet`` has other sizes and rates, ``parts`` what single parts take of the first two; the rest
is packets on their way through the chain.
Peers: the last 60 s recomputed once per second, as a notebook would. Best of several repeats of process time.

    python benchmarks/stream_cost.py [--data ../shared/data] [--save]
"""

from __future__ import annotations

import argparse
import pickle
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import common
import numpy as np
import wfdb
from numpy.typing import NDArray
from scipy.signal import resample_poly

from edge_emotion.signals.chain import Chain
from edge_emotion.signals.ecg.detector import EcgBeatDetector
from edge_emotion.signals.ecg.quality import EcgQuality
from edge_emotion.signals.eda.analyser import EdaAnalyser
from edge_emotion.signals.eda.quality import EdaQuality
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.signals.timing.timeline import Timeline
from edge_emotion.types import NS_PER_S, Modality, Samples
from edge_emotion_train.preparation.filters import design_signals

Signal = NDArray[np.float64]

ECG_HZ, EDA_HZ = 130, 4
LENGTH_S, WINDOW_S = 300, 60
ECG_PACKET, EDA_PACKET = 73, 13
ECG_RATES_HZ, EDA_RATES_HZ = (130, 250, 700), (4, 15, 64)
PACKETS = (1, 13, 73, 1000)
REPEATS = 7


class Pushed(Protocol):
    def push(self, values: NDArray[np.float32]) -> object: ...


def ecg_mv(data: Path | None, rate_hz: int) -> Signal:
    """Five minutes of MIT-BIH record 100; without data, bumps like QRS and T waves at 75 per minute."""
    if data is not None:
        record = wfdb.rdrecord(str(data / "mitdb" / "100"), sampto=LENGTH_S * 360)
        return resampled(record.p_signal[:, 0], 360, rate_hz)
    random = np.random.default_rng(0)
    t = np.arange(LENGTH_S * rate_hz) / rate_hz
    out = random.normal(0, 0.02, len(t))
    for beat_s in np.cumsum(random.normal(0.8, 0.04, round(LENGTH_S / 0.8))):
        out += np.exp(-(((t - beat_s) / 0.02) ** 2)) + 0.25 * np.exp(-(((t - beat_s - 0.28) / 0.06) ** 2))
    return out


def eda_us(data: Path | None, rate_hz: int) -> Signal:
    """Five minutes of Stress-Predict's first person; without data, a response every ten seconds on 3 uS."""
    if data is not None:
        first = min((data / "stress_predict").glob("*.npz"))
        with np.load(first, allow_pickle=False) as person:
            return resampled(person["eda"].astype(np.float64).reshape(-1)[: LENGTH_S * 4], 4, rate_hz)
    t = np.arange(LENGTH_S * rate_hz) / rate_hz
    since = t % 10.0
    noise = np.random.default_rng(0).normal(0, 0.002, len(t))
    return 3.0 + 0.3 * (np.exp(-since / 2.0) - np.exp(-since / 0.75)) + noise


def resampled(signal: Signal, from_hz: int, to_hz: int) -> Signal:
    ratio = Fraction(to_hz, from_hz)
    return signal if ratio == 1 else resample_poly(signal, ratio.numerator, ratio.denominator, padtype="line")


def ms_per_s(work: Callable[[], object], signal_s: float) -> float:
    """Least process time of some repeats, in ms per second of signal."""
    best = float("inf")
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return 1e3 * best / signal_s


def packets(modality: Modality, signal: Signal, rate_hz: float, size: int) -> list[Samples]:
    values = signal.astype(np.float32)
    return [
        Samples(
            modality=modality,
            time_ns=round(at * NS_PER_S / rate_hz),
            rate_hz=rate_hz,
            values=values[at : at + size],
        )
        for at in range(0, len(values), size)
    ]


def chain_ms_per_s(
    modality: Modality, signal: Signal, rate_hz: float, size: int, spec: SignalSpec | None = None
) -> float:
    """The whole chain: time, filters, detector, correction, quality, a window of 60 s every 5 s unless ``spec`` differs."""
    spec, cut = spec or design_signals(), packets(modality, signal, rate_hz, size)

    def run() -> None:
        chain = Chain(spec, (modality,))
        for packet in cut:
            chain.push(packet)

    return ms_per_s(run, len(signal) / rate_hz)


def parts_ms_per_s(ecg: Signal, eda: Signal) -> dict[str, float]:
    """What the detectors and quality take of it, at the packets of the first two keys."""
    spec = design_signals()
    parts: dict[str, tuple[Callable[[], Pushed], Signal, int, float]] = {
        "ecg_detector": (
            lambda: EcgBeatDetector(ECG_HZ),
            ecg,
            ECG_PACKET,
            ECG_HZ,
        ),
        "ecg_quality": (lambda: EcgQuality(ECG_HZ), ecg, ECG_PACKET, ECG_HZ),
        "eda_analyser": (
            lambda: EdaAnalyser(
                spec.bank("eda_smooth").at(EDA_HZ), EDA_HZ, spec.tonic_hz, spec.scr_threshold_us
            ),
            eda,
            EDA_PACKET,
            EDA_HZ,
        ),
        "eda_quality": (lambda: EdaQuality(EDA_HZ), eda, EDA_PACKET, EDA_HZ),
    }
    return {
        **{name: _part(*part) for name, part in parts.items()},
        "ecg_windows": windows_ms_per_s(Modality.ECG, ecg, ECG_HZ, ECG_PACKET),
        "eda_timeline": timeline_ms_per_s(eda, EDA_HZ, EDA_PACKET),
        "eda_windows": windows_ms_per_s(Modality.EDA, eda, EDA_HZ, EDA_PACKET),
    }


def windows_ms_per_s(modality: Modality, signal: Signal, rate_hz: float, size: int) -> float:
    """What cutting windows takes: the chain with a window every 5 s less the chain with none before the signal's end."""
    never = design_signals(hop_s=2.0 * LENGTH_S)
    return chain_ms_per_s(modality, signal, rate_hz, size) - chain_ms_per_s(
        modality, signal, rate_hz, size, never
    )


def timeline_ms_per_s(signal: Signal, rate_hz: float, size: int) -> float:
    """Judging packets and turning sample indices into time."""

    def run() -> None:
        timeline, first = Timeline(rate_hz), 0
        for packet in cut:
            timeline.place(packet.time_ns, len(packet.values))
            timeline.take(packet.time_ns, len(packet.values))
            timeline.times_ns(range(first, first + len(packet.values)))
            first += len(packet.values)

    cut = packets(Modality.EDA, signal, rate_hz, size)
    return ms_per_s(run, len(signal) / rate_hz)


def _part(build: Callable[[], Pushed], signal: Signal, size: int, rate_hz: float) -> float:
    values = signal.astype(np.float32)
    cut = [values[at : at + size] for at in range(0, len(values), size)]

    def run() -> None:
        part = build()
        for packet in cut:
            part.push(packet)

    return ms_per_s(run, len(signal) / rate_hz)


def by_packet(modality: Modality, signal: Signal, rate_hz: int) -> dict[str, float]:
    return {str(size): chain_ms_per_s(modality, signal, rate_hz, size) for size in PACKETS}


def state_bytes(modality: Modality, signal: Signal, rate_hz: float, size: int) -> int:
    """Size of one stream's state after the whole signal, pickled."""
    chain = Chain(design_signals(), (modality,))
    for packet in packets(modality, signal, rate_hz, size):
        chain.push(packet)
    return len(pickle.dumps(chain._streams[modality]))


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
    parser.add_argument(
        "--data", type=Path, help="folder with mitdb and stress_predict (default: made-up signals)"
    )
    common.add_arguments(parser)
    args = parser.parse_args()
    ecg, eda = ecg_mv(args.data, ECG_HZ), eda_us(args.data, EDA_HZ)
    result = {
        "ecg_ms_per_s": chain_ms_per_s(Modality.ECG, ecg, ECG_HZ, ECG_PACKET),
        "eda_ms_per_s": chain_ms_per_s(Modality.EDA, eda, EDA_HZ, EDA_PACKET),
        "parts": parts_ms_per_s(ecg, eda),
        "by_packet": {
            **{f"ecg_{r}hz": by_packet(Modality.ECG, ecg_mv(args.data, r), r) for r in ECG_RATES_HZ},
            **{f"eda_{r}hz": by_packet(Modality.EDA, eda_us(args.data, r), r) for r in EDA_RATES_HZ},
        },
        "state_bytes": {
            "ecg": state_bytes(Modality.ECG, ecg, ECG_HZ, ECG_PACKET),
            "eda": state_bytes(Modality.EDA, eda, EDA_HZ, EDA_PACKET),
        },
        "peers": peers(ecg, eda),
    }
    common.finish("stream_cost", result, args)


if __name__ == "__main__":
    main()
