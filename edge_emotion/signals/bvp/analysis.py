"""A photoplethysmogram, with an accelerometer beside it or without, as the cardiac stream: pulses, verdicts, corrected beats."""

from __future__ import annotations

from edge_emotion.signals.bvp.detector import BvpBeatDetector
from edge_emotion.signals.bvp.gate import Interruption, PulseGate, TimedPulse, Verdict
from edge_emotion.signals.bvp.motion import BLOCK_NS, MotionAnalysis, MotionTrack
from edge_emotion.signals.history import QualityHistory, RefusedHistory, RefusedSpan
from edge_emotion.signals.quality import BvpQuality
from edge_emotion.signals.rr.correction import LONGEST_MS, RrCorrector
from edge_emotion.signals.settling import quality_spans
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.signals.streams import SampleStream
from edge_emotion.signals.timing.timeline import Timeline
from edge_emotion.signals.window import CardiacPast
from edge_emotion.types import Beat, Event, FloatArray, Gap, Modality, QualityReason, Samples

LONGEST_NS = round(LONGEST_MS * 1e6)

BVP_SETTLED_S = 3.0
"""How long the detector of pulses learns its levels; its filters have settled by then (2 s for 0.5-5 Hz)."""


class BvpAnalysis:
    """Pulse wave to corrected beats.

    Parameters
    ----------
    motion
        Movement of the same limb; ``None`` when the chain has no accelerometer.
    """

    def __init__(self, spec: SignalSpec, motion: MotionTrack | None) -> None:
        self._spec = spec
        self._blocks = QualityHistory()
        self._refused = RefusedHistory()
        self.past = CardiacPast(self._blocks, self._refused)
        self._corrector = RrCorrector(Modality.BVP)
        self._gate = PulseGate(motion)
        self._last_ns: int | None = None
        self._last_refusal: QualityReason | None = None
        self._detector: BvpBeatDetector
        self._quality: BvpQuality
        self._settled = 0

    def begin(self, rate_hz: float, time_ns: int) -> list[Event]:
        self._gate.offer(Interruption(time_ns=time_ns))
        self._detector = BvpBeatDetector(self._spec.bank("bvp_pulse").at(rate_hz), rate_hz)
        self._quality = BvpQuality(rate_hz)
        self._settled = round(BVP_SETTLED_S * rate_hz)
        return self.release()

    def run(self, values: FloatArray, timeline: Timeline) -> list[Event]:
        for peak in self._detector.push(values):
            pulse = TimedPulse(
                time_ns=timeline.time_ns(peak.index),
                decided_ns=timeline.time_ns(peak.decided_index),
                amplitude=peak.amplitude,
                likeness=peak.likeness,
            )
            self._gate.offer(pulse)
        self._blocks.extend(quality_spans(self._quality.push(values), timeline, self._settled))
        return self.release()

    def release(self) -> list[Event]:
        """Beats of the pulses about which enough is known by now."""
        beats: list[Beat] = []
        for item in self._gate.release():
            beats += self._interrupt(item.time_ns) if isinstance(item, Interruption) else self._take(item)
        self.past.beats.extend(beats)
        return list(beats)

    def forget(self, before_ns: int) -> None:
        self.past.forget(before_ns)

    def _interrupt(self, time_ns: int) -> list[Beat]:
        self._last_ns = self._last_refusal = None
        return self._corrector.interrupt_at(time_ns)

    def _take(self, verdict: Verdict) -> list[Beat]:
        pulse = verdict.pulse
        reason = verdict.refused or self._last_refusal
        if reason is not None and self._last_ns is not None:
            start_ns = max(self._last_ns, pulse.time_ns - LONGEST_NS)
            self._refused.add(
                RefusedSpan(start_ns=start_ns, end_ns=pulse.time_ns, known_ns=pulse.decided_ns, reason=reason)
            )
        self._last_ns, self._last_refusal = pulse.time_ns, verdict.refused
        if verdict.refused is None:
            return self._corrector.push(pulse.time_ns, pulse.decided_ns, pulse.amplitude)
        return self._corrector.interrupt_at(pulse.decided_ns)


class MotionStream:
    """The accelerometer of a chain: it decides on the pulses that waited for it."""

    modality = Modality.ACC

    def __init__(self, track: MotionTrack, pulses: BvpAnalysis) -> None:
        self.origin_ns: int | None = None
        self.watermark_ns: int | None = None
        self.dropped = 0
        self._stream = SampleStream(Modality.ACC, MotionAnalysis(track))
        self._track = track
        self._pulses = pulses

    def push(self, samples: Samples) -> list[Event]:
        return self._released(self._stream.push(samples))

    def skip(self, gap: Gap) -> list[Event]:
        return self._released(self._stream.skip(gap))

    def forget(self, before_ns: int) -> None:
        self._stream.forget(before_ns)

    def _released(self, events: list[Event]) -> list[Event]:
        self.origin_ns, self.watermark_ns = self._stream.origin_ns, self._stream.watermark_ns
        self.dropped = self._stream.dropped
        if self.watermark_ns is not None:
            self._track.known_ns = self.watermark_ns - BLOCK_NS
        return events + self._pulses.release()
