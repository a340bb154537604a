"""Beats from a wrist's pulse wave, with and without its accelerometer, beside NeuroKit2 on whole recordings.

python benchmarks/bvp.py --data ../shared/data [--records S11,W2] [--tuned] [--save]

Reference where there is one: the Empatica E4's own intervals of Stress-Predict (``S..``) and WESAD (``W..``), which it
gives for the calm part of a recording only. In the rest an interval is judged by plausibility: ``implausible`` is the share that
differs by more than 15 % from the median of the eleven around it. ``kept`` is the share of time in intervals, ``motion``
the share of windows that name motion, ``unexplained`` that of windows of less than 0.8 quality that give no reason.
``finger`` is five minutes of a PPG with an ECG beside it (NeuroKit's example) at several rates, ``rates`` the wrist resampled.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import common
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly
from scoring import Times

from edge_emotion.signals.bvp.detector import BvpBeatDetector
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.ecg.detector import EcgBeatDetector
from edge_emotion.types import NS_PER_S, Beat, Event, Modality, QualityReason, Samples, Window
from edge_emotion_train.preparation.filters import BVP_PULSE_HZ, butterworth, design_signals

TUNED_ON = frozenset(f"S{n:02}" for n in range(1, 11))
"""The constants were chosen on these people of Stress-Predict; what is scored by default is the rest, and WESAD."""

TOLERANCE_S = 0.1
AGREE_S = 0.05
IMPLAUSIBLE = 0.15
RATES_HZ = (25, 32, 50, 64, 128)
FINGER_HZ = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrist:
    """One recording; ``runs`` are the beats of the E4's unbroken stretches."""

    name: str
    bvp: NDArray[np.float32]
    bvp_hz: float
    acc_g: NDArray[np.float32]
    acc_hz: float
    runs: list[Times]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Beats, and the intervals between them that count: the time of their end and their length."""

    beats_s: Times
    ends_s: Times
    rr_s: Times
    windows: Sequence[Window] = ()
    cpu_ms_per_s: float = float("nan")


def read(path: Path, name: str) -> Wrist:
    with np.load(path, allow_pickle=False) as z:
        ibi = z["ibi"].astype(np.float64)
        # WESAD's intervals are multiples of 1/64 s of another clock: brought back to that of the samples.
        ticks = ibi[:, 1] * 64
        ibi /= float(np.median(ticks / np.round(ticks)))
        breaks = np.flatnonzero(np.abs(np.diff(ibi[:, 0]) - ibi[1:, 1]) >= 0.004) + 1
        return Wrist(
            name=name,
            bvp=z["bvp"].astype(np.float32),
            bvp_hz=float(z["bvp_fs"]),
            acc_g=z["acc"].astype(np.float32) / 64,
            acc_hz=float(z["acc_fs"]),
            runs=[np.concatenate([[r[0, 0] - r[0, 1]], r[:, 0]]) for r in np.split(ibi, breaks)],
        )


def between(beats_s: Times) -> Found:
    """Every interval counts."""
    return Found(beats_s=beats_s, ends_s=beats_s[1:], rr_s=np.diff(beats_s))


def ungated(wrist: Wrist) -> Found:
    return between(detect(wrist.bvp, wrist.bvp_hz))


def detect(bvp: NDArray[np.floating], rate_hz: float) -> Times:
    detector = BvpBeatDetector(butterworth(2, *BVP_PULSE_HZ, rate_hz), rate_hz)
    packets = np.split(bvp, range(64, len(bvp), 64))
    return np.array([p.index for packet in packets for p in detector.push(packet)]) / rate_hz


def neurokit(wrist: Wrist) -> Found:
    """On the inverted wave: the E4's intervals run from foot to foot, and there its crest detector agrees far better."""
    import neurokit2

    rate_hz = round(wrist.bvp_hz)
    clean = neurokit2.ppg_clean(-wrist.bvp.astype(np.float64), sampling_rate=rate_hz)
    return between(neurokit2.ppg_findpeaks(clean, sampling_rate=rate_hz)["PPG_Peaks"] / rate_hz)


def chained(wrist: Wrist, modalities: tuple[Modality, ...]) -> Found:
    """Through the chain of the runtime, a second at a time."""
    chain = Chain(design_signals(), modalities)
    events: list[Event] = []
    seconds = int(len(wrist.bvp) / wrist.bvp_hz)
    parts = ((Modality.ACC, wrist.acc_g, wrist.acc_hz), (Modality.BVP, wrist.bvp, wrist.bvp_hz))
    started = time.process_time()
    for second in range(seconds):
        for modality, values, rate_hz in parts:
            low, high = round(second * rate_hz), round((second + 1) * rate_hz)
            events += chain.push(
                Samples(
                    modality=modality, time_ns=second * NS_PER_S, rate_hz=rate_hz, values=values[low:high]
                )
            )
    cpu_ms_per_s = 1000 * (time.process_time() - started) / seconds
    beats = [e for e in events if isinstance(e, Beat)]
    whole = [b for b in beats if b.measured_rr_ms]
    return Found(
        beats_s=np.array([b.time_ns for b in beats]) / NS_PER_S,
        ends_s=np.array([b.time_ns for b in whole]) / NS_PER_S,
        rr_s=np.array([sum(b.measured_rr_ms) for b in whole]) / 1000,
        windows=[e for e in events if isinstance(e, Window) and e.complete],
        cpu_ms_per_s=cpu_ms_per_s,
    )


SYSTEMS: dict[str, Callable[[Wrist], Found]] = {
    "with_acc": lambda w: chained(w, (Modality.BVP, Modality.ACC)),
    "without_acc": lambda w: chained(w, (Modality.BVP,)),
    "ungated": ungated,
    "neurokit2": neurokit,
}


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts over recordings."""

    reference: int = 0
    found: int = 0
    hits: int = 0
    intervals: int = 0
    agree: int = 0

    def add(self, runs: Sequence[Times], beats_s: Times) -> list[float]:
        """Count one recording; gives the errors of the intervals that both have."""
        beats_s = beats_s - _delay_s(np.concatenate(runs), beats_s)
        errors: list[float] = []
        for run in runs:
            inside = beats_s[(beats_s > run[0] - TOLERANCE_S) & (beats_s < run[-1] + TOLERANCE_S)]
            self.reference += len(run)
            self.found += len(inside)
            self.intervals += len(run) - 1
            if len(inside) < 2:
                continue
            nearest = _nearest(run, inside)
            matched = np.abs(inside[nearest] - run) < TOLERANCE_S
            self.hits += len(set(nearest[matched].tolist()))
            both = matched[1:] & matched[:-1] & (np.diff(nearest) == 1)
            off_s = (np.diff(inside[nearest]) - np.diff(run))[both]
            self.agree += int((np.abs(off_s) < AGREE_S).sum())
            errors += off_s.tolist()
        return errors

    def figures(self) -> dict[str, float]:
        return {
            "f1": 2 * self.hits / max(1, self.found + self.reference),
            "precision": self.hits / max(1, self.found),
            "recall": self.hits / max(1, self.reference),
            "intervals_agree": self.agree / max(1, self.intervals),
        }


def _nearest(reference: Times, found: Times) -> NDArray[np.int64]:
    after = np.clip(np.searchsorted(found, reference), 1, len(found) - 1)
    return np.where(np.abs(found[after] - reference) < np.abs(found[after - 1] - reference), after, after - 1)


def _delay_s(reference: Times, found: Times) -> float:
    apart = found[_nearest(reference, found)] - reference
    close = apart[np.abs(apart) < 0.4]
    return float(np.median(close)) if len(close) else 0.0


def implausible(rr_s: Times) -> NDArray[np.bool_]:
    """Whether an interval is off the median of the eleven around it."""
    padded = np.pad(rr_s, 5, mode="edge")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 11), axis=1)
    return np.asarray(np.abs(rr_s / middle - 1) > IMPLAUSIBLE)


def evaluate(system: Callable[[Wrist], Found], wrists: Sequence[Wrist]) -> dict[str, object]:
    """Figures of one system, pooled."""
    tally = Tally()
    errors: list[float] = []
    windows: list[Window] = []
    cpu: list[float] = []
    odd = intervals = 0
    kept_s = total_s = 0.0
    for wrist in wrists:
        found = system(wrist)
        errors += tally.add(wrist.runs, found.beats_s)
        odd += int(implausible(found.rr_s).sum())
        intervals += len(found.rr_s)
        kept_s += float(found.rr_s[found.rr_s < 4].sum())
        total_s += len(wrist.bvp) / wrist.bvp_hz
        windows += found.windows
        cpu.append(found.cpu_ms_per_s)
    reasons = [w.quality[0].reasons for w in windows]
    silent = [not w.quality[0].reasons and w.quality[0].index < 0.8 for w in windows]
    return {
        **tally.figures(),
        "interval_mad_ms": 1000 * float(np.median(np.abs(errors))),
        "implausible": odd / max(1, intervals),
        "kept": kept_s / total_s,
        "motion": sum(QualityReason.MOTION in r for r in reasons) / max(1, len(windows)) if windows else None,
        "unexplained": sum(silent) / len(windows) if windows else None,
        "usable_windows": sum(w.quality[0].index >= 0.4 for w in windows) / len(windows) if windows else None,
        "cpu_ms_per_s": float(np.median(cpu)),
    }


def resampled(values: NDArray[np.floating], from_hz: float, to_hz: float) -> NDArray[np.floating]:
    ratio = Fraction(to_hz / from_hz).limit_denominator(1000)
    return (
        values if ratio == 1 else resample_poly(values.astype(np.float64), ratio.numerator, ratio.denominator)
    )


def rates(wrists: Sequence[Wrist]) -> dict[str, dict[str, float]]:
    """The detector alone at other sampling rates."""
    result = {}
    for rate_hz in RATES_HZ:
        tally = Tally()
        for wrist in wrists:
            tally.add(wrist.runs, detect(resampled(wrist.bvp, wrist.bvp_hz, rate_hz), rate_hz))
        result[f"{rate_hz}"] = tally.figures()
    return result


def finger(path: Path) -> dict[str, object]:
    """A finger's PPG against the ECG recorded with it."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        table = np.genfromtxt(file, delimiter=",", names=True)
    detector = EcgBeatDetector(FINGER_HZ)
    truth_s = np.array([p.index for p in detector.push(table["ECG"])]) / FINGER_HZ
    result: dict[str, object] = {}
    for rate_hz in RATES_HZ:
        tally = Tally()
        errors = tally.add([truth_s[5:-5]], detect(resampled(table["PPG"], FINGER_HZ, rate_hz), rate_hz))
        result[f"{rate_hz}"] = {
            **tally.figures(),
            "interval_mad_ms": 1000 * float(np.median(np.abs(errors))),
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with stress_predict/, wesad_wrist_e4/, neurokit_example/",
    )
    parser.add_argument(
        "--records", help="comma-separated: S11 is of Stress-Predict, W2 of WESAD (default: all)"
    )
    parser.add_argument(
        "--tuned", action="store_true", help="score what the constants were chosen on instead"
    )
    parser.add_argument("--no-peers", action="store_true", help="measure our chain alone")
    common.add_arguments(parser)
    args = parser.parse_args()
    files = {p.stem: p for p in sorted((args.data / "stress_predict").glob("S*.npz"))}
    files |= {f"W{p.stem[1:]}": p for p in sorted((args.data / "wesad_wrist_e4").glob("S*.npz"))}
    names = args.records.split(",") if args.records else [n for n in files if (n in TUNED_ON) == args.tuned]
    missing = [name for name in names if name not in files]
    if missing or not names:
        parser.error(
            f"no recording {', '.join(missing) or 'at all'} in {args.data}; there is {', '.join(files)}"
        )
    wrists = [read(files[name], name) for name in names]
    sets = {
        "stress_predict": [w for w in wrists if w.name[0] == "S"],
        "wesad": [w for w in wrists if w.name[0] == "W"],
    }
    systems = {n: s for n, s in SYSTEMS.items() if n != "neurokit2" or not args.no_peers}
    result: dict[str, object] = {
        name: {system: evaluate(run, found) for system, run in systems.items()}
        for name, found in sets.items()
        if found
    }
    example = args.data / "neurokit_example" / "bio_resting_5min_100hz.csv.gz"
    result |= {
        "rates": rates(wrists[::5]),
        "finger": finger(example) if example.exists() else None,
        "records": names,
        "tuned_on": sorted(TUNED_ON),
    }
    common.finish("bvp", result, args)


if __name__ == "__main__":
    main()
