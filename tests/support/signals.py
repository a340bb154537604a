"""Small physiological signals for the chain's tests: known beats, known responses."""

from __future__ import annotations

import numpy as np

from edge_emotion.types import NS_PER_S, FloatArray, Modality, Samples


def beat_times_s(duration_s: float, seed: int = 0, rr_s: float = 0.8) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rr = (
        rr_s
        + 0.03 * np.sin(np.arange(int(duration_s / rr_s) + 2))
        + rng.normal(0, 0.01, int(duration_s / rr_s) + 2)
    )
    times = 0.4 + np.cumsum(rr)
    return times[times < duration_s - 0.5]


def ecg_mv(duration_s: float, rate_hz: float = 130.0, seed: int = 0) -> FloatArray:
    """Gaussian P, QRS and T waves with a little noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    x = rng.normal(0, 0.01, len(t))
    for beat in beat_times_s(duration_s, seed):
        for offset, height, width in (
            (-0.18, 0.12, 0.025),
            (-0.025, -0.1, 0.01),
            (0.0, 1.0, 0.012),
            (0.25, 0.25, 0.05),
        ):
            x += height * np.exp(-0.5 * ((t - beat - offset) / width) ** 2)
    return x.astype(np.float32)


def eda_us(duration_s: float, rate_hz: float = 4.0, every_s: float = 12.0) -> FloatArray:
    """A slow drift with a response every ``every_s`` seconds."""
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    x = 2 + 0.1 * np.sin(2 * np.pi * t / 120)
    for onset in np.arange(5, duration_s - 8, every_s):
        since = np.clip(t - onset, 0, None)
        x += 0.8 * (np.exp(-since / 2.0) - np.exp(-since / 0.75))
    return x.astype(np.float32)


def packets(
    modality: Modality, values: FloatArray, rate_hz: float, sizes: list[int], start_ns: int = 0
) -> list[Samples]:
    """Cut into packets of the given sizes, which repeat."""
    cut: list[Samples] = []
    at = turn = 0
    while at < len(values):
        size = sizes[turn % len(sizes)]
        cut.append(
            Samples(
                modality=modality,
                time_ns=start_ns + round(at * NS_PER_S / rate_hz),
                rate_hz=rate_hz,
                values=values[at : at + size],
            )
        )
        at += size
        turn += 1
    return cut


def interleaved(*streams: list[Samples]) -> list[Samples]:
    """All packets in the order in which they are complete."""

    def complete_ns(packet: Samples) -> int:
        assert packet.rate_hz is not None
        return packet.time_ns + round(len(packet.values) * NS_PER_S / packet.rate_hz)

    return sorted((p for stream in streams for p in stream), key=complete_ns)
