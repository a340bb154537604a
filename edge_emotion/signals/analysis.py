"""What is done with the uninterrupted samples of each modality: detectors and quality, their indices turned into time."""

from __future__ import annotations

from edge_emotion.signals.ecg.detector import EcgBeatDetector
from edge_emotion.signals.ecg.quality import EcgQuality
from edge_emotion.signals.eda.analyser import EdaAnalyser
from edge_emotion.signals.eda.quality import TRANSITION_S, EdaQuality
from edge_emotion.signals.history import QualityHistory, SurenessHistory
from edge_emotion.signals.rr.correction import RrCorrector
from edge_emotion.signals.settling import quality_spans
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.signals.timing.timeline import Timeline
from edge_emotion.signals.verdict import SecondQuality
from edge_emotion.signals.window import CardiacPast, EdaPast
from edge_emotion.types import Event, FloatArray, Modality, QualityReason, Scr

ECG_SETTLED_S = 2.0
"""How long the detector of R peaks learns its levels; its filters have settled by then."""

EDA_SETTLED_S = 15.0
"""After a start at the true level the tonic part is within 0.02 uS of what it would be without the interruption in 99 % of the
cases (docs/decisions/011): it may begin in the middle of a response."""

_LOST_CONTACT = frozenset((QualityReason.OUT_OF_RANGE, QualityReason.STEEP))


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
        self._settled = round(ECG_SETTLED_S * rate_hz)
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
        self._settled = round(EDA_SETTLED_S * rate_hz)
        self.past.series.interrupt()
        return []

    def run(self, values: FloatArray, timeline: Timeline) -> list[Event]:
        block = self._analyser.push(values)
        self.past.series.extend(timeline.times_ns(block.indices), (block.level_us, block.phasic_us))
        if seconds := self._quality.push(values):
            self._judge(seconds, timeline)
        if not block.scrs:
            return []
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
        return list(scrs)

    def _judge(self, seconds: list[SecondQuality], timeline: Timeline) -> None:
        """Verdicts in time; when contact returns, the tonic part is new for a while."""
        for second in seconds:
            if not _LOST_CONTACT.isdisjoint(second.reasons):
                # The reasons stay for `TRANSITION_S` after contact has returned and the analyser has begun anew.
                left = round((EDA_SETTLED_S - TRANSITION_S) * timeline.rate_hz)
                self._settled = max(self._settled, second.end_index + left)
            self.past.blocks.extend(quality_spans([second], timeline, self._settled))

    def forget(self, before_ns: int) -> None:
        self.past.forget(before_ns)
