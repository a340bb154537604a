"""Draw four hard cases of skin conductance as ``eda_cases.svg``: what the chain finds, and what it refuses.

python docs/images/eda_cases.py           # needs the train extra (it designs the filters)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.eda.analyser import EdaAnalyser, EdaBlock
from edge_emotion.signals.eda.quality import EdaQuality
from edge_emotion_train.preparation.filters import design_signals

Signal = NDArray[np.float64]
Scale = Callable[[float], float]

HERE = Path(__file__).resolve().parent
RATE_HZ = 15
LENGTH_S = 60
WIDTH, HEIGHT, MARGIN = 420, 150, 34
T = np.arange(LENGTH_S * RATE_HZ) / RATE_HZ


def responses_us(*onsets_and_amplitudes: tuple[float, float]) -> Signal:
    """Bateman responses (0.75 s, 2 s)."""
    out = np.zeros(len(T))
    for onset_s, amplitude_us in onsets_and_amplitudes:
        since = np.clip(T - onset_s, 0, None)
        out += amplitude_us * (np.exp(-since / 2.0) - np.exp(-since / 0.75)) / 0.347
    return out


def cases() -> list[tuple[str, Signal, tuple[float, ...]]]:
    """Title, conductance in uS, true onsets in s."""
    noise = np.random.default_rng(3).normal(size=len(T))
    pairs = ((8.0, 0.6), (10.2, 0.25), (30.0, 0.4), (32.5, 0.3), (35.0, 0.5), (50.0, 0.1))
    overlapping = 3.0 + responses_us(*pairs) + 0.002 * noise
    swing = 4.0 + 0.4 * np.sin(2 * np.pi * T / 90) + responses_us((40.0, 0.15)) + 0.01 * noise
    lost = 3.0 + responses_us((8.0, 0.5), (48.0, 0.3)) + 0.002 * noise
    lost[20 * RATE_HZ : 28 * RATE_HZ] = 0.01
    moved = 3.0 + responses_us((10.0, 0.3), (45.0, 0.3)) + 0.002 * noise
    moved[25 * RATE_HZ : 25 * RATE_HZ + 20] -= np.hanning(20) * 1.2
    return [
        ("overlapping responses on rising and falling slopes", overlapping, tuple(p[0] for p in pairs)),
        ("a response of 0.15 uS on a drift, in noise of 0.01 uS", swing, (40.0,)),
        ("contact lost for 8 s: refused, with 5 s after it", lost, (8.0, 48.0)),
        ("a pulled cable: the second is marked as noisy", moved, (10.0, 45.0)),
    ]


def panel(title: str, signal: Signal, onsets_s: tuple[float, ...], top: int) -> list[str]:
    """SVG of one case; ``top`` is its upper edge."""
    spec = design_signals()
    analyser = EdaAnalyser(spec.bank("eda_smooth").at(RATE_HZ), RATE_HZ, spec.tonic_hz, spec.scr_threshold_us)
    block = analyser.push(signal)
    low, high = float(signal.min()), float(signal.max())

    def x(time_s: float) -> float:
        return MARGIN + time_s / LENGTH_S * (WIDTH - 2 * MARGIN)

    def y(value_us: float) -> float:
        return top + HEIGHT - 24 - (value_us - low) / (high - low) * (HEIGHT - 60)

    parts = [f'<text x="{MARGIN}" y="{top + 14}" class="title">{title}</text>']
    for second in EdaQuality(RATE_HZ).push(signal):
        if second.score < 1.0:
            left = x(second.end_index / RATE_HZ - 1)
            width = x(1) - x(0)
            parts.append(
                f'<rect x="{left:.1f}" y="{top + 20}" width="{width:.1f}" height="{HEIGHT - 40}" class="bad"/>'
            )
    parts.append(_line(T, signal, x, y, "signal"))
    parts.append(_line(np.array(block.indices) / RATE_HZ, np.array(block.tonic_us), x, y, "tonic"))
    parts += [f'<path d="M{x(t):.1f} {top + HEIGHT - 14} v-8" class="truth"/>' for t in onsets_s]
    parts += _marks(block, x, y)
    return parts


def _line(times_s: Signal, values_us: Signal, x: Scale, y: Scale, name: str) -> str:
    points = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in zip(times_s[::2], values_us[::2], strict=True))
    return f'<polyline points="{points}" class="{name}"/>'


def _marks(block: EdaBlock, x: Scale, y: Scale) -> list[str]:
    times_s = np.array(block.indices) / RATE_HZ
    marks = []
    for scr in block.scrs:
        peak_s, onset_s = scr.peak_index / RATE_HZ, scr.onset_index / RATE_HZ
        height = float(np.interp(peak_s + 0.5, times_s, block.level_us))
        marks.append(f'<circle cx="{x(peak_s):.1f}" cy="{y(height) - 5:.1f}" r="2.5" class="peak"/>')
        marks.append(f'<path d="M{x(onset_s):.1f} {y(height) - 5:.1f} H{x(peak_s):.1f}" class="rise"/>')
    return marks


STYLE = """text{font:11px sans-serif;fill:#333}.title{font-weight:bold}polyline{fill:none}
.signal{stroke:#4878a8;stroke-width:1}.tonic{stroke:#999;stroke-width:1;stroke-dasharray:3 2}
.bad{fill:#f3c9c4}.truth{stroke:#333;stroke-width:1.5}.peak{fill:#c0392b}.rise{stroke:#c0392b}"""


def main() -> None:
    drawn = cases()
    body: list[str] = []
    for k, (title, signal, onsets_s) in enumerate(drawn):
        body += panel(title, signal, onsets_s, k * HEIGHT)
    foot = len(drawn) * HEIGHT + 12
    body.append(
        f'<text x="{MARGIN}" y="{foot}">red: found, onset to peak; black ticks: true onsets;</text>'
        f'<text x="{MARGIN}" y="{foot + 14}">dashed: tonic part; shaded: refused by quality; 60 s each</text>'
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {foot + 22}" width="{WIDTH}">'
        f'<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(body)}</svg>\n'
    )
    (HERE / "eda_cases.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
