"""What is done with the uninterrupted samples of each modality: detectors and quality, their indices turned into time."""

from __future__ import annotations

from edge_emotion.signals.ecg.detector import EcgBeatDetector
from edge_emotion.signals.ecg.quality import EcgQuality
from edge_emotion.signals.eda.analyser import EdaAnalyser
from edge_emotion.signals.eda.quality import EdaQuality
from edge_emotion.signals.history import QualityHistory, SurenessHistory
from edge_emotion.signals.rr.correction import RrCorrector
from edge_emotion.signals.settling import one_pole_settled, quality_spans
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.signals.timing.timeline import Timeline
from edge_emotion.signals.window import CardiacPast, EdaPast
from edge_emotion.types import Event, FloatArray, Modality, Scr

LEARNING_S = 2.0
"""How long the detector of beats learns its levels; its filters have settled by then."""


class EcgAnalysis:
    """Electrocardiogram to corrected beats."""

    def __init__(self, spec: SignalSpec) -> None:
        self._spec = spec
        self._blocks = QualityHistory()
        self._sureness = SurenessHistory()
        self.past = CardiacPast(self._blocks, sureness=self._sureness)
        self._corrector = RrCorrector(Modality.ECG)
        self._detector: EcgBeatDetector
        self._quality: EcgQuality
        self._settled = 0

    def begin(self, rate_hz: float, time_ns: int) -> list[Event]:
        pending = self._corrector.interrupt_at(time_ns)
        self.past.beats.extend(pending)
        self._spec.bank("ecg_detection").at(rate_hz)  # refuses a rate that the bundle does not know
        self._detector = EcgBeatDetector(rate_hz)
        self._quality = EcgQuality(rate_hz)
        self._settled = round(LEARNING_S * rate_hz)
        return list(pending)

    def run(self, values: FloatArray, timeline: Timeline) -> list[Event]:
        events: list[Event] = []
        for peak in self._detector.push(values):
            time_ns, decided_ns = timeline.time_ns(peak.index), timeline.time_ns(peak.decided_index)
            self._sureness.add(time_ns, decided_ns, peak.confidence)
            beats = self._corrector.push(time_ns, decided_ns, peak.amplitude)
            self.past.beats.extend(beats)
            events += beats
        if seconds := self._quality.push(values):
            self._blocks.extend(quality_spans(seconds, timeline, self._settled))
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
        self._settled = one_pole_settled(self._spec.tonic_hz, rate_hz)
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
            self.past.blocks.extend(quality_spans(seconds, timeline, self._settled))
        return list(scrs)

    def forget(self, before_ns: int) -> None:
        self.past.forget(before_ns)
