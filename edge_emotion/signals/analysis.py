"""What is done with the uninterrupted samples of each modality: detectors and quality, their indices turned into time."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Protocol

from edge_emotion.signals.bvp import BvpBeatDetector
from edge_emotion.signals.ecg import EcgBeatDetector
from edge_emotion.signals.eda import EdaAnalyser
from edge_emotion.signals.eda_quality import EdaQuality
from edge_emotion.signals.history import QualityHistory, QualitySpan
from edge_emotion.signals.pulse import Peak
from edge_emotion.signals.quality import BvpQuality
from edge_emotion.signals.quality_ecg import EcgQuality
from edge_emotion.signals.rr import RrCorrector
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.signals.timeline import Timeline
from edge_emotion.signals.verdict import SecondQuality
from edge_emotion.signals.window import CardiacPast, EdaPast
from edge_emotion.types import Event, FloatArray, Modality, QualityReason, Scr

LEARNING_S = {Modality.ECG: 2.0, Modality.BVP: 3.0}
"""How long a detector of beats learns its levels; its filters have settled by then (0.2 s for 8-20 Hz, 2 s for 0.5-5 Hz)."""

SETTLED_SHARE = 0.01
"""A filter has settled when its start is felt by no more than this."""

SETTLING_SCORE = 0.5
"""What is known while filters settle is right, but not all is known: half of it counts."""


class _BeatDetector(Protocol):
    def push(self, values: FloatArray) -> list[Peak]: ...


class _BlockQuality(Protocol):
    def push(self, values: FloatArray) -> list[SecondQuality]: ...


class CardiacAnalysis:
    """Waveform to corrected beats, for ECG and for BVP."""

    def __init__(self, modality: Modality, spec: SignalSpec) -> None:
        self._modality = modality
        self._spec = spec
        self._blocks = QualityHistory()
        self.past = CardiacPast(self._blocks)
        self._corrector = RrCorrector(modality)
        self._detector: _BeatDetector
        self._quality: _BlockQuality
        self._settled = 0

    def begin(self, rate_hz: float, time_ns: int) -> list[Event]:
        # Flushed because of what came at time_ns: no window that ends before it may know them.
        flushed = self._corrector.interrupt()
        pending = [replace(b, decided_ns=max(b.decided_ns, time_ns)) for b in flushed]
        self.past.beats.extend(pending)
        if self._modality is Modality.ECG:
            self._detector = EcgBeatDetector(self._spec.bank("ecg_detection").at(rate_hz), rate_hz)
            self._quality = EcgQuality(rate_hz)
        else:
            self._detector = BvpBeatDetector(self._spec.bank("bvp_pulse").at(rate_hz), rate_hz)
            self._quality = BvpQuality(rate_hz)
        self._settled = round(LEARNING_S[self._modality] * rate_hz)
        return list(pending)

    def run(self, values: FloatArray, timeline: Timeline) -> list[Event]:
        events: list[Event] = []
        for peak in self._detector.push(values):
            decided_ns = timeline.time_ns(peak.decided_index)
            beats = self._corrector.push(timeline.time_ns(peak.index), decided_ns, peak.amplitude)
            self.past.beats.extend(beats)
            events += beats
        if seconds := self._quality.push(values):
            self._blocks.extend(_spans(seconds, timeline, self._settled))
        return events

    def forget(self, before_ns: int) -> None:
        self.past.forget(before_ns)


class EdaAnalysis:
    """Conductance to level, phasic part and responses."""

    def __init__(self, spec: SignalSpec) -> None:
        self._spec = spec
        self.past = EdaPast(spec)
        self._analyser: EdaAnalyser
        self._quality: EdaQuality
        self._settled = 0

    def begin(self, rate_hz: float, time_ns: int) -> list[Event]:
        sos = self._spec.bank("eda_smooth").at(rate_hz)
        self._analyser = EdaAnalyser(sos, rate_hz, self._spec.tonic_hz, self._spec.scr_threshold_us)
        self._quality = EdaQuality(rate_hz)
        self._settled = round(-math.log(SETTLED_SHARE) / (2 * math.pi * self._spec.tonic_hz) * rate_hz)
        self.past.series.interrupt()
        return []

    def run(self, values: FloatArray, timeline: Timeline) -> list[Event]:
        block = self._analyser.push(values)
        times_ns = [timeline.time_ns(index) for index in block.indices]
        self.past.series.extend(times_ns, (block.level_us, block.phasic_us))
        scrs = [
            Scr(
                onset_ns=timeline.time_ns(peak.onset_index),
                peak_ns=timeline.time_ns(peak.peak_index),
                decided_ns=timeline.time_ns(peak.decided_index),
                amplitude_us=peak.amplitude_us,
                rise_time_s=(peak.peak_index - peak.onset_index) / timeline.rate_hz,
            )
            for peak in block.scrs
        ]
        self.past.scrs.extend(scrs)
        if seconds := self._quality.push(values):
            self.past.blocks.extend(_spans(seconds, timeline, self._settled))
        return list(scrs)

    def forget(self, before_ns: int) -> None:
        self.past.forget(before_ns)


def _spans(seconds: list[SecondQuality], timeline: Timeline, settled: int) -> list[QualitySpan]:
    """Verdicts in time; those before sample ``settled`` are of filters that have not settled yet."""
    duration_s = max(1, round(timeline.rate_hz)) / timeline.rate_hz
    spans: list[QualitySpan] = []
    for second in seconds:
        score, reasons = second.score, second.reasons
        if second.end_index <= settled:
            score, reasons = SETTLING_SCORE * score, (*reasons, QualityReason.SETTLING)
        end_ns = timeline.time_ns(second.end_index)
        spans.append(QualitySpan(end_ns=end_ns, duration_s=duration_s, score=score, reasons=reasons))
    return spans
