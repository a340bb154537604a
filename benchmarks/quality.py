"""Whether the quality index tells windows in which the beats are right from those in which they are wrong.

MIT-BIH records with noise of the Noise Stress Test Database (electrode motion, muscle, baseline; calibrated as in ``beats.py``)
at 130 Hz. A window is right when the F1 of our beats in it is above 0.95 (at +-100 ms). The figure is the area under the ROC
curve of the index over all windows of all conditions. Limits were chosen on every second record; ``auc_other`` is of the others.
Peers judge the same windows of a part of the records (they are slow): NeuroKit2's Zhao 2018 and averageQRS.

    python benchmarks/quality.py --data ../shared/data/mitdb [--records 100,101] [--peer-stride 10] [--save]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import common
import numpy as np
import wfdb
from beats import TOLERANCE_S, Record, Signal, read, with_noise
from numpy.typing import NDArray
from scipy.signal import resample_poly
from scoring import f1, score

from edge_emotion.signals.chain import Chain
from edge_emotion.types import NS_PER_S, Beat, Modality, Role, Samples, Window
from edge_emotion_train.preparation.filters import design_signals

RATE_HZ = 130
UP, DOWN = 13, 36  # 360 Hz to 130 Hz
START_S = 300.0
RIGHT_F1 = 0.95
PACKET = 130
CONDITIONS = (
    ("clean", None),
    ("em", 12),
    ("em", 6),
    ("em", 0),
    ("em", -6),
    ("ma", 6),
    ("ma", -6),
    ("bw", -6),
)
WINDOWS_S = (10.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One window: the index, whether the beats are right, whether its record was used to choose limits."""

    index: float
    right: bool
    tuned: bool
    ecg_mv: Signal


def windows(ecg_mv: Signal, record: Record, window_s: float, tuned: bool) -> Iterator[Judged]:
    """Windows one after another, through the chain."""
    chain = Chain(design_signals(window_s=window_s, hop_s=window_s), (Modality.ECG,))
    events = []
    for at in range(0, len(ecg_mv), PACKET):
        values = ecg_mv[at : at + PACKET].astype(np.float32)
        time_ns = round(at * NS_PER_S / RATE_HZ)
        events += chain.push(
            Samples(modality=Modality.ECG, time_ns=time_ns, rate_hz=float(RATE_HZ), values=values)
        )
    found_s = np.array([e.time_ns / NS_PER_S for e in events if isinstance(e, Beat)])
    found_s = found_s - score(record.peaks_s, found_s, TOLERANCE_S).delay_s
    for event in events:
        if isinstance(event, Window) and event.start_ns >= START_S * NS_PER_S:
            start_s, end_s = event.start_ns / NS_PER_S, event.end_ns / NS_PER_S
            true, ours = (t[(t >= start_s - 0.1) & (t < end_s + 0.1)] for t in (record.peaks_s, found_s))
            quality = next(q for q in event.quality if q.role is Role.CARDIAC)
            right = f1([score(true, ours, TOLERANCE_S)]) > RIGHT_F1
            part = ecg_mv[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
            yield Judged(index=quality.index, right=right, tuned=tuned, ecg_mv=part)


def auc(index: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Probability that a right window has a higher index than a wrong one; ties count half."""
    if right.all() or not right.any():
        return float("nan")
    good, bad = np.sort(index[right]), index[~right]
    below, upto = np.searchsorted(good, bad, "left"), np.searchsorted(good, bad, "right")
    return float(1 - (below + upto).mean() / 2 / len(good))


def zhao2018(ecg_mv: Signal) -> float:
    import neurokit2

    verdicts = {"Unacceptable": 0.0, "Barely acceptable": 0.5, "Excellent": 1.0}
    clean = neurokit2.ecg_clean(ecg_mv, sampling_rate=RATE_HZ)
    return verdicts[neurokit2.ecg_quality(clean, sampling_rate=RATE_HZ, method="zhao2018")]


def average_qrs(ecg_mv: Signal) -> float:
    import neurokit2

    clean = neurokit2.ecg_clean(ecg_mv, sampling_rate=RATE_HZ)
    return float(np.nanmean(neurokit2.ecg_quality(clean, sampling_rate=RATE_HZ, method="averageQRS")))


def of_peer(peer: Callable[[Signal], float], judged: list[Judged]) -> dict[str, object]:
    """AUC of a peer; a window on which it raises has index 0, and is counted."""
    index, failed = [], 0
    for one in judged:
        try:
            value = peer(one.ecg_mv)
        except Exception:  # a peer's own faults are part of the measurement
            value, failed = float("nan"), failed + 1
        index.append(value if np.isfinite(value) else 0.0)
    right = np.array([j.right for j in judged])
    ours = auc(np.array([j.index for j in judged]), right)
    return {
        "auc": auc(np.array(index), right),
        "ours_same_windows": ours,
        "windows": len(judged),
        "failed": failed,
    }


def figures(judged: list[Judged], stride: int) -> dict[str, object]:
    index = np.array([j.index for j in judged])
    right, tuned = np.array([j.right for j in judged]), np.array([j.tuned for j in judged])
    passed = index >= 0.5
    some = [j for j in judged if not j.tuned][::stride] if stride else []
    return {
        "auc": auc(index, right),
        "auc_tuned": auc(index[tuned], right[tuned]),
        "auc_other": auc(index[~tuned], right[~tuned]),
        "windows": len(judged),
        "right_share": right.mean(),
        "right_kept_at_half": passed[right].mean(),
        "wrong_refused_at_half": (~passed)[~right].mean(),
        "peers": {
            "neurokit2_zhao2018": of_peer(zhao2018, some),
            "neurokit2_averageQRS": of_peer(average_qrs, some),
        }
        if some
        else {},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of WFDB records; ../nstdb beside it")
    parser.add_argument("--records", help="comma-separated names (default: all)")
    parser.add_argument(
        "--peer-stride", type=int, default=10, help="peers judge every so many windows; 0: none"
    )
    common.add_arguments(parser)
    args = parser.parse_args()
    every = sorted(p.stem for p in args.data.glob("*.atr"))
    names = args.records.split(",") if args.records else every
    noise = {n: wfdb.rdrecord(str(args.data.parent / "nstdb" / n)).p_signal[:, 0] for n in ("em", "ma", "bw")}
    judged: dict[float, list[Judged]] = {w: [] for w in WINDOWS_S}
    for name in names:
        record = read(args.data / name)
        for kind, snr_db in CONDITIONS:
            raw = record.ecg_mv if snr_db is None else with_noise(record, noise[kind], snr_db)
            ecg_mv = resample_poly(raw, UP, DOWN)
            for window_s in WINDOWS_S:
                judged[window_s] += windows(ecg_mv, record, window_s, tuned=name in every[::2])
    result = {
        **{
            f"{w:g}_s": figures(judged[w], args.peer_stride if w == 10 else min(args.peer_stride, 4))
            for w in WINDOWS_S
        },
        "records": names,
        "conditions": [kind if snr is None else f"{kind} {snr} dB" for kind, snr in CONDITIONS],
    }
    common.finish("quality", result, args)


if __name__ == "__main__":
    main()
