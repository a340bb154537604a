"""Error of device time on the host's clock: simulated crystals, one-sided radio jitter, congestion and steps.

Packets leave a device whose clock is off by up to 200 ppm and arrive late by an exponentially distributed time; now and then the
link stalls and delivers in a burst. The error is host time as estimated minus true host time of the newest sample, less the
shortest way a packet takes, which nothing can tell. Peers of the same run: the arrival itself, and the least difference of the
last minute applied at once (what this project did before, without its slewing).

``alignment_ms``: the largest disagreement of two sensors (benchmarks/alignment.py) from the first minute on, over many pairs.

``--day`` adds 24 simulated hours of ECG and EDA through the chain: by how much the last hour's beats are further off than the
first hour's, and the size of the state.

    python benchmarks/clocks.py [--minutes 60] [--pairs 100] [--day] [--save]
"""

from __future__ import annotations

import argparse
import pickle
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import common
import numpy as np
from alignment import alignment_ms
from numpy.typing import NDArray

from edge_emotion.signals.chain import Chain
from edge_emotion.sources.live.device_clock import DeviceClock
from edge_emotion.types import NS_PER_S, Beat, Modality, Samples
from edge_emotion_train.preparation.filters import design_signals

Times = NDArray[np.float64]
Mapping = Callable[[Times, Times], Times]

MS = 1e-3
STALL_EVERY_S, STALL_S = 90.0, 2.0
CHECKPOINTS_MIN = (1, 2, 5, 30)
SEEDS = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One device and its radio."""

    packet_s: float
    skew_ppm: float
    jitter_ms: float
    step_ms: float = 0.0
    """By so much the device's clock is moved in the middle of the run."""
    late_start: bool = False
    """Whether the very first packets are held up by the first stall."""


LINKS = {
    "h10_0ppm": Link(packet_s=73 / 130, skew_ppm=0, jitter_ms=20),
    "h10_+200ppm": Link(packet_s=73 / 130, skew_ppm=200, jitter_ms=20),
    "h10_-200ppm": Link(packet_s=73 / 130, skew_ppm=-200, jitter_ms=20),
    "h10_poor_radio": Link(packet_s=73 / 130, skew_ppm=200, jitter_ms=60),
    "eda_4s_packets": Link(packet_s=4.0, skew_ppm=-200, jitter_ms=20),
    "late_start": Link(packet_s=73 / 130, skew_ppm=200, jitter_ms=20, late_start=True),
    "step_+300ms": Link(packet_s=73 / 130, skew_ppm=200, jitter_ms=20, step_ms=300),
    "step_-300ms": Link(packet_s=73 / 130, skew_ppm=200, jitter_ms=20, step_ms=-300),
}


def simulate(link: Link, minutes: float, seed: int) -> tuple[Times, Times, Times]:
    """True host time, device time and arrival of each packet's newest sample, seconds."""
    random = np.random.default_rng(seed)
    true_s = np.arange(1, round(minutes * 60 / link.packet_s)) * link.packet_s
    device_s = 1e5 + true_s * (1 + link.skew_ppm * 1e-6)
    device_s[true_s > minutes * 30] += link.step_ms * MS
    arrival_s = true_s + random.exponential(link.jitter_ms * MS, len(true_s))
    phase_s = (true_s + (0.0 if link.late_start else STALL_EVERY_S / 2)) % STALL_EVERY_S
    arrival_s[phase_s < STALL_S] += (STALL_S - phase_s)[phase_s < STALL_S]
    return true_s, device_s, np.maximum.accumulate(arrival_s)


def ours(device_s: Times, arrival_s: Times) -> Times:
    clock = DeviceClock()
    spans_s = np.diff(device_s, prepend=0.0)
    stamps = zip(_ns(device_s), _ns(spans_s), _ns(arrival_s), strict=True)
    return (
        np.array([clock.align(device_ns=d, span_ns=s, arrival_ns=a).host_ns for d, s, a in stamps]) / NS_PER_S
    )


def sliding_minimum(device_s: Times, arrival_s: Times) -> Times:
    recent: deque[tuple[float, float]] = deque()
    out = []
    for device, arrival in zip(device_s.tolist(), arrival_s.tolist(), strict=True):
        recent.append((device, arrival - device))
        while recent[0][0] < device - 60.0:
            recent.popleft()
        out.append(device + min(difference for _, difference in recent))
    return np.array(out)


def arrival(device_s: Times, arrival_s: Times) -> Times:
    return arrival_s


def _ns(seconds: Times) -> list[int]:
    return [round(s * NS_PER_S) for s in seconds.tolist()]


def errors_ms(mapping: Mapping, link: Link, minutes: float) -> dict[str, float]:
    """Worst over seeds of the 99th percentile of |error| just before each checkpoint, and of a settled second's length."""
    worst: dict[str, float] = {}
    for seed in SEEDS:
        true_s, device_s, arrival_s = simulate(link, minutes, seed)
        host_s = mapping(device_s, arrival_s)
        error_ms = np.abs(host_s - true_s) / MS
        since_min = true_s / 60 - (minutes / 2 if link.step_ms else 0.0)
        for checkpoint in CHECKPOINTS_MIN:
            part = error_ms[(since_min > checkpoint - 0.25) & (since_min <= checkpoint)]
            if len(part):
                name = f"after_{checkpoint}_min"
                worst[name] = max(worst.get(name, 0.0), float(np.percentile(part, 99)))
        settled = true_s > 300
        interval_ms = np.abs(np.diff(host_s) / np.diff(true_s) - 1)[settled[1:]] * 1000
        worst["interval_1s"] = max(worst.get("interval_1s", 0.0), float(np.percentile(interval_ms, 99)))
    return {name: round(value, 3) for name, value in worst.items()}


def day(hours: int = 24) -> dict[str, object]:
    """ECG with a beat each 0.8 s and EDA without a break, stamped by a crystal that is 200 ppm fast, in seconds of samples."""
    skew = 2e-4
    chain = Chain(design_signals(), (Modality.ECG, Modality.EDA))
    t = np.arange(4 * 130) / 130  # five beats: packets repeat
    ecg = np.exp(-0.5 * ((t % 0.8 - 0.4) / 0.012) ** 2).astype(np.float32)
    places_ms: dict[int, list[float]] = {0: [], hours - 1: []}
    state_bytes: dict[str, dict[str, int]] = {}
    for second in range(hours * 3600):
        time_ns = round(second * NS_PER_S / (1 + skew))
        values = ecg[second % 4 * 130 : second % 4 * 130 + 130]
        level = (3.0 + 0.3 * np.sin(0.05 * (second + np.arange(4) / 4))).astype(np.float32)
        events = chain.push(Samples(modality=Modality.ECG, time_ns=time_ns, rate_hz=130.0, values=values))
        chain.push(Samples(modality=Modality.EDA, time_ns=time_ns, rate_hz=4.0, values=level))
        hour = second // 3600
        if hour in places_ms and second % 3600 > 60:
            beats = [e for e in events if isinstance(e, Beat)]
            places_ms[hour] += [e.time_ns * (1 + skew) / 1e6 % 800 - 400 for e in beats]
        if second % 3600 == 3599 and hour in places_ms:
            sizes = {m.value: len(pickle.dumps(s)) for m, s in chain._streams.items()}
            state_bytes[f"after_{hour + 1}_h"] = sizes
    first, last = places_ms[0], places_ms[hours - 1]
    return {
        "beat_error_ms": max(abs(ms - float(np.median(first))) for ms in last),
        "beats_last_hour": len(last),
        "state_bytes": state_bytes,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="length of each run (default: 60)")
    parser.add_argument("--pairs", type=int, default=100, help="pairs of sensors whose clocks are compared")
    parser.add_argument("--day", action="store_true", help="also run a whole day through the chain (minutes)")
    common.add_arguments(parser)
    args = parser.parse_args()
    peers: dict[str, Mapping] = {"arrival": arrival, "sliding_minimum": sliding_minimum}
    result = {
        "error_ms": {name: errors_ms(ours, link, args.minutes) for name, link in LINKS.items()},
        "peers": {
            peer: {name: errors_ms(mapping, link, args.minutes) for name, link in LINKS.items()}
            for peer, mapping in peers.items()
        },
        "alignment_ms": alignment_ms(60, 600, args.pairs),
        "day": day() if args.day else None,
    }
    common.finish("clocks", result, args)


if __name__ == "__main__":
    main()
