"""The chain: samples and gaps of all declared modalities in, beats, responses, gaps and windows out.

This is the only preprocessing there is: training data are made by it, and the device runs it.

Rules of this file
------------------
- Pure: no clock, no I/O. Time is what the samples say.
- A window that ends at T is a function of the samples before T alone. It is emitted as soon as every declared modality
  has reached T, by samples or by a declared gap.
- Window ends are whole multiples of the hop on the time axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from edge_emotion.errors import UsageError
from edge_emotion.signals.analysis import EcgAnalysis, EdaAnalysis
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.signals.streams import SampleStream, Stream
from edge_emotion.signals.window import MAX_SKEW_S, CardiacPast, EdaPast, missing
from edge_emotion.types import NS_PER_S, ROLE_OF, Event, Gap, GapCause, Modality, Role, Samples, Window

if TYPE_CHECKING:
    from edge_emotion.signals.eeg.analysis import EegPast

SLICE_S = 5.0
"""Longer packets are taken in pieces of this length."""


class Chain:
    """Incremental preprocessing of one session.

    Parameters
    ----------
    spec
        Filters and windows, from the bundle or from a recipe.
    modalities
        What will be pushed: at most one modality per role (ECG, BVP or RR; EDA); beside BVP also ACC of the same limb; beside
        any of them EEG, where the specification has channels for it.

    Raises
    ------
    UsageError
        If no modality is declared, two play the same role, ACC comes without BVP, or EEG is not specified.
    """

    def __init__(self, spec: SignalSpec, modalities: tuple[Modality, ...]) -> None:
        roles = [ROLE_OF[m] for m in modalities if m in ROLE_OF]
        others = [m for m in modalities if m not in ROLE_OF]
        beside = {
            *((Modality.ACC,) if Modality.BVP in modalities else ()),
            *((Modality.EEG,) if spec.eeg_channels else ()),
        }
        twice = len(set(modalities)) != len(modalities) or len(set(roles)) != len(roles)
        if not roles or twice or not beside.issuperset(others):
            given = ", ".join(modalities) or "none"
            eeg = " and eeg" if spec.eeg_channels else ""
            raise UsageError(
                f"modalities given: {given}; allowed: one of ecg, bvp, rr and, or alone, eda; beside bvp also acc{eeg}"
            )
        self.spec = spec
        self.modalities = modalities
        self.reset()

    def reset(self) -> None:
        """Become as new."""
        self._pasts: dict[Role, CardiacPast | EdaPast] = {}
        self._eeg: EegPast | None = None
        self._streams: dict[Modality, Stream] = {}
        for modality in self.modalities:
            if modality is not Modality.ACC:
                self._streams |= self._build(modality)
        self._next_end_ns: int | None = None
        self._origin_ns = 0

    def push(self, item: Samples | Gap) -> list[Event]:
        """Events that this item completes, in the order in which they became known.

        Modalities that were not declared are ignored.

        Raises
        ------
        RecordingError
            If the bundle has no filter for the sampling rate.
        """
        stream = self._streams.get(item.modality)
        if stream is None:
            return []
        if isinstance(item, Gap):
            return self._advance(stream.skip(item))
        if item.rate_hz is None or len(item.values) <= SLICE_S * item.rate_hz:
            return self._advance(stream.push(item))
        return [event for part in _slices(item, item.rate_hz) for event in self._advance(stream.push(part))]

    @property
    def dropped(self) -> Mapping[Modality, int]:
        """Samples that came twice or too late, per modality."""
        return {modality: stream.dropped for modality, stream in self._streams.items()}

    def _advance(self, events: list[Event]) -> list[Event]:
        """What else follows now that a stream has moved on."""
        if len(self._streams) > 1:
            events += self._bound_skew()
        return events + self._windows()

    def _build(self, modality: Modality) -> dict[Modality, Stream]:
        if modality is Modality.EDA:
            eda = EdaAnalysis(self.spec)
            self._pasts[Role.EDA] = eda.past
            return {modality: SampleStream(modality, eda)}
        if modality is Modality.RR:
            from edge_emotion.signals.rr.stream import RrStream

            rr = RrStream()
            self._pasts[Role.CARDIAC] = rr.past
            return {modality: rr}
        if modality is Modality.BVP:
            return self._build_pulse()
        if modality is Modality.EEG:
            from edge_emotion.signals.eeg.analysis import EegAnalysis

            eeg = EegAnalysis(self.spec)
            self._eeg = eeg.past
            return {modality: SampleStream(modality, eeg)}
        ecg = EcgAnalysis(self.spec)
        self._pasts[Role.CARDIAC] = ecg.past
        return {modality: SampleStream(modality, ecg)}

    def _build_pulse(self) -> dict[Modality, Stream]:
        from edge_emotion.signals.bvp.analysis import BvpAnalysis, MotionStream
        from edge_emotion.signals.bvp.motion import MotionTrack

        track = MotionTrack() if Modality.ACC in self.modalities else None
        bvp = BvpAnalysis(self.spec, track)
        self._pasts[Role.CARDIAC] = bvp.past
        streams: dict[Modality, Stream] = {Modality.BVP: SampleStream(Modality.BVP, bvp)}
        if track is not None:
            streams[Modality.ACC] = MotionStream(track, bvp)
        return streams

    def _bound_skew(self) -> list[Event]:
        """A modality that stays behind for long is declared stalled: memory stays bounded, reports go on."""
        known = [s.watermark_ns for s in self._streams.values() if s.watermark_ns is not None]
        if not known:
            return []
        horizon_ns = max(known) - round(MAX_SKEW_S * NS_PER_S)
        if len(known) == len(self._streams) and min(known) >= horizon_ns:
            return []
        first_ns = min(s.origin_ns for s in self._streams.values() if s.origin_ns is not None)
        events: list[Event] = []
        for modality, stream in self._streams.items():
            reached_ns = first_ns if stream.watermark_ns is None else stream.watermark_ns
            if reached_ns < horizon_ns:
                stalled = Gap(
                    modality=modality, start_ns=reached_ns, end_ns=horizon_ns, cause=GapCause.STALLED
                )
                events += stream.skip(stalled)
        return events

    def _windows(self) -> list[Event]:
        reached_ns: int | None = None
        for stream in self._streams.values():
            own_ns = stream.watermark_ns
            if own_ns is None or (self._next_end_ns is not None and own_ns < self._next_end_ns):
                return []
            reached_ns = own_ns if reached_ns is None else min(reached_ns, own_ns)
        if reached_ns is None:
            return []
        hop_ns = round(self.spec.hop_s * NS_PER_S)
        if self._next_end_ns is None:
            self._origin_ns = min(s.origin_ns for s in self._streams.values() if s.origin_ns is not None)
            self._next_end_ns = (self._origin_ns // hop_ns + 1) * hop_ns
        # Rows that are made late may lie farther back than the next window where hops are long.
        past_ns = round(max(self.spec.window_s, self.spec.hop_s + self.spec.final_after_s) * NS_PER_S)
        events: list[Event] = []
        while self._next_end_ns <= reached_ns:
            events.append(self._window(self._next_end_ns))
            self._next_end_ns += hop_ns
            for stream in self._streams.values():
                stream.forget(self._next_end_ns - past_ns)
        return events

    def _window(self, end_ns: int) -> Window:
        start_ns = end_ns - round(self.spec.window_s * NS_PER_S)
        parts = []
        for role in Role:
            past = self._pasts.get(role)
            parts.append(
                missing(role, self.spec) if past is None else past.window(start_ns, end_ns, self.spec)
            )
        tensors = {name: values for own, _ in parts for name, values in own.items()}
        if self._eeg is not None:
            tensors |= self._eeg.window(start_ns, self.spec)
        return Window(
            start_ns=start_ns,
            end_ns=end_ns,
            tensors=tensors,
            quality=tuple(quality for _, quality in parts),
            complete=start_ns >= self._origin_ns,
        )


def _slices(samples: Samples, rate_hz: float) -> Iterator[Samples]:
    """A long packet in pieces, so that windows are cut before the past that they need is forgotten."""
    size = max(1, int(SLICE_S * rate_hz))
    for first in range(0, len(samples.values), size):
        yield replace(
            samples,
            time_ns=samples.time_ns + round(first * NS_PER_S / rate_hz),
            values=samples.values[first : first + size],
        )
