"""What is done with the uninterrupted samples of each modality: detectors and quality, their indices turned into time."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from edge_emotion.signals.bvp import BvpBeatDetector
from edge_emotion.signals.ecg import EcgBeatDetector
from edge_emotion.signals.eda import EdaAnalyser
from edge_emotion.signals.history import QualityHistory, QualitySpan
from edge_emotion.signals.pulse import Peak
from edge_emotion.signals.quality import BvpQuality, EcgQuality, EdaQuality, SecondQuality
from edge_emotion.signals.rr import RrCorrector
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.signals.timeline import Timeline
from edge_emotion.signals.window import CardiacPast, EdaPast
from edge_emotion.types import Event, FloatArray, Modality, Scr


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

    def begin(self, rate_hz: float, time_ns: int) -> list[Event]:
        # Flushed because of what came at time_ns: no window that ends before it may know them.
        flushed = self._corrector.interrupt()
        pending = [replace(b, decided_ns=max(b.decided_ns, time_ns)) for b in flushed]
        self.past.beats.extend(pending)
        if self._modality is Modality.ECG:
            self._spec.bank("ecg_detection").at(rate_hz)  # refuses a rate that the bundle does not know
            self._detector = EcgBeatDetector(rate_hz)
            self._quality = EcgQuality(rate_hz)
        else:
            self._detector = BvpBeatDetector(self._spec.bank("bvp_pulse").at(rate_hz), rate_hz)
            self._quality = BvpQuality(rate_hz)
        return list(pending)

    def run(self, values: FloatArray, timeline: Timeline) -> list[Event]:
        events: list[Event] = []
        for peak in self._detector.push(values):
            decided_ns = timeline.time_ns(peak.decided_index)
            beats = self._corrector.push(timeline.time_ns(peak.index), decided_ns, peak.amplitude)
            self.past.beats.extend(beats)
            events += beats
        self._blocks.extend(_spans(self._quality.push(values), timeline))
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
        self._index = 0

    def begin(self, rate_hz: float, time_ns: int) -> list[Event]:
        sos = self._spec.bank("eda_smooth").at(rate_hz)
        self._analyser = EdaAnalyser(sos, rate_hz, self._spec.tonic_hz, self._spec.scr_threshold_us)
        self._quality = EdaQuality(rate_hz)
        self._index = 0
        self.past.series.interrupt()
        return []

    def run(self, values: FloatArray, timeline: Timeline) -> list[Event]:
        block = self._analyser.push(values)
        for level_us, phasic_us in zip(block.level_us, block.phasic_us, strict=True):
            self.past.series.push(timeline.time_ns(self._index), (level_us, phasic_us))
            self._index += 1
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
        self.past.blocks.extend(_spans(self._quality.push(values), timeline))
        return list(scrs)

    def forget(self, before_ns: int) -> None:
        self.past.forget(before_ns)


def _spans(seconds: list[SecondQuality], timeline: Timeline) -> list[QualitySpan]:
    duration_s = max(1, round(timeline.rate_hz)) / timeline.rate_hz
    return [
        QualitySpan(
            end_ns=timeline.time_ns(s.end_index), duration_s=duration_s, score=s.score, reasons=s.reasons
        )
        for s in seconds
    ]
