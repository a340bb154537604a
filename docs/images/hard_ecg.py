"""Draw hard cases of the ECG detector: ``hard_ecg.svg`` shows beats found, missed, invented, and candidates refused.

The excerpts are derived drawings of MIT-BIH Arrhythmia Database records (Moody & Mark 2001; PhysioNet, Open Data Commons
Attribution License 1.0), one with electrode motion of the MIT-BIH Noise Stress Test Database added.

    python docs/images/hard_ecg.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from pathlib import Path

import numpy as np
import wfdb
from scipy.signal import resample_poly

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))

from ecg_records import Record, Signal, as_nst, read  # noqa: E402

from edge_emotion.signals.ecg.detector import EcgBeatDetector  # noqa: E402
from edge_emotion.signals.ecg.path import BeatPath, Candidate, Decision  # noqa: E402

RATE_HZ = 130.0
SHOWN_S = 8.0
WIDTH, ROW, LEFT = 960, 132, 12
TOLERANCE_S = 0.1
INK = {"found": "#1a7f37", "late": "#9a6700", "missed": "#cf222e", "false": "#cf222e", "refused": "#8c959f"}
WORDS = {
    "found": "found at once",
    "late": "found later, from its neighbours",
    "missed": "missed",
    "false": "not a beat, but taken for one",
    "refused": "refused",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What to show: a record from a time on (``None``: where most goes wrong), clean or with noise."""

    record: str
    from_s: float | None
    title: str
    snr_db: float | None = None


CASES = (
    Case("108", None, "108 (low, two-phased QRS), its worst eight seconds"),
    Case("203", None, "203 (ectopic beats of many shapes, motion), its worst eight seconds"),
    Case("207", 380.0, "207: wide beats"),
    Case(
        "207",
        41.5,
        "207: ventricular flutter; no beats are annotated in it, so whatever is found counts as invented",
    ),
    Case("119", 590.0, "119 with electrode motion at 6 dB as of PhysioNet's nst", 6.0),
    Case("119", None, "119 with electrode motion at 0 dB, its worst eight seconds", 0.0),
)


class _Noted(BeatPath):
    """The decider, noting all candidates."""

    def reset(self) -> None:
        super().reset()
        self.seen: list[Candidate] = []

    def offer(self, candidate: Candidate) -> list[Decision]:
        self.seen.append(candidate)
        return super().offer(candidate)


class NotingDetector(EcgBeatDetector):
    """The detector as it is, with a decider that notes."""

    def __init__(self, rate_hz: float) -> None:
        super().__init__(rate_hz)
        self._path = self.noted = _Noted(rate_hz)


def marks(record: Record, ecg_mv: Signal) -> list[tuple[float, str]]:
    """Time in seconds and kind of all that is to be marked."""
    detector = NotingDetector(RATE_HZ)
    peaks = detector.push(ecg_mv)
    found_s = np.array([p.index for p in peaks]) / RATE_HZ
    late = np.array([p.decided_index - p.index > 0.3 * RATE_HZ for p in peaks])
    out: list[tuple[float, str]] = []
    for at_s, is_late in zip(found_s, late, strict=True):
        true = np.abs(record.peaks_s - at_s).min() < TOLERANCE_S
        out.append((at_s, ("late" if is_late else "found") if true else "false"))
    out += [(t, "missed") for t in record.peaks_s if np.abs(found_s - t).min() >= TOLERANCE_S]
    tried_s = np.array([c.index for c in detector.noted.seen]) / RATE_HZ
    return out + [(t, "refused") for t in tried_s if np.abs(found_s - t).min() >= TOLERANCE_S]


def worst(found: list[tuple[float, str]]) -> float:
    """Start of the excerpt with the most beats missed and invented."""
    wrong_s = np.array([t for t, kind in found if kind in ("missed", "false")])
    starts_s = wrong_s - 1.0
    counts = [((wrong_s >= start) & (wrong_s < start + SHOWN_S)).sum() for start in starts_s]
    return float(max(0.0, starts_s[int(np.argmax(counts))]))


def row(ecg_mv: Signal, found: list[tuple[float, str]], title: str, from_s: float, top: int) -> str:
    """One excerpt as SVG."""
    piece = ecg_mv[round(from_s * RATE_HZ) : round((from_s + SHOWN_S) * RATE_HZ)]
    low, high = float(piece.min()), float(piece.max())
    across = (WIDTH - 2 * LEFT) / len(piece)
    y = top + 118 - 84 * (piece - low) / (high - low)
    points = " ".join(f"{LEFT + across * k:.0f},{v:.0f}" for k, v in enumerate(y))
    out = [f'<text x="{LEFT}" y="{top + 14}">{escape(title)}</text>']
    out.append(f'<polyline points="{points}" fill="none" stroke="#24292f" stroke-width="1"/>')
    for at_s, kind in [(t - from_s, kind) for t, kind in found if 0 <= t - from_s < SHOWN_S]:
        x, ink = LEFT + across * RATE_HZ * at_s, INK[kind]
        if kind in ("found", "late"):
            out.append(f'<circle cx="{x:.0f}" cy="{top + 26}" r="3.5" fill="{ink}"/>')
        elif kind == "missed":
            out.append(f'<circle cx="{x:.0f}" cy="{top + 26}" r="3.5" fill="none" stroke="{ink}"/>')
        elif kind == "false":
            out.append(f'<path d="M{x - 3:.0f} {top + 23}l6 6m0 -6l-6 6" stroke="{ink}" stroke-width="1.6"/>')
        else:
            out.append(f'<path d="M{x:.0f} {top + 23}v6" stroke="{ink}" stroke-width="1.6"/>')
    return "\n".join(out)


def legend(top: int) -> str:
    signs = {"found": "●", "late": "●", "missed": "○", "false": "✕", "refused": "|"}
    parts = [f'<tspan fill="{INK[k]}">{signs[k]}</tspan> {escape(WORDS[k])}   ' for k in WORDS]
    source = (
        "MIT-BIH Arrhythmia and Noise Stress Test Databases, PhysioNet, ODC-By 1.0; derived drawing, 130 Hz."
    )
    return (
        f'<text x="{LEFT}" y="{top + 14}" xml:space="preserve">{"".join(parts)}</text>\n'
        f'<text x="{LEFT}" y="{top + 32}" fill="#57606a">{source}</text>'
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds mitdb and nstdb")
    data = parser.parse_args().data
    em = wfdb.rdrecord(str(data / "nstdb" / "em")).p_signal[:, 0]
    rows: list[str] = []
    for k, case in enumerate(CASES):
        record = read(data / "mitdb" / case.record)
        ecg_mv = record.ecg_mv if case.snr_db is None else as_nst(record, em, case.snr_db)
        ratio = Fraction(RATE_HZ / record.rate_hz).limit_denominator(1000)
        ecg_mv = resample_poly(ecg_mv, ratio.numerator, ratio.denominator)
        found = marks(record, ecg_mv)
        from_s = worst(found) if case.from_s is None else case.from_s
        rows.append(row(ecg_mv, found, case.title, from_s, 8 + k * ROW))
    height = 8 + len(CASES) * ROW + 44
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n'
    )
    picture += "\n".join([*rows, legend(height - 40), "</svg>\n"])
    (HERE / "hard_ecg.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
