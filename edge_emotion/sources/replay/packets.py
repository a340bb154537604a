"""Cutting signals into packets and merging them in the order in which a live sensor would deliver."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from edge_emotion.sources.replay.recording import Recording, Signal
from edge_emotion.types import NS_PER_S, Gap, GapCause, Modality, Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """Something to deliver, and when it is complete: not before its last sample was taken."""

    due_ns: int
    item: Samples | Gap


def packets(recording: Recording, modalities: tuple[Modality, ...], packet_s: float) -> Iterator[Packet]:
    """Everything to be played, in order of time.

    Parameters
    ----------
    packet_s
        Longest span of a packet.

    Raises
    ------
    RecordingError
        If the recording lacks one of the modalities.
    """
    signals = [recording.signal(m) for m in modalities]
    end_ns = max(_ns(s.end_s) for s in signals)
    streams = [_with_end(s, end_ns, packet_s) for s in signals]
    return heapq.merge(*streams, key=lambda packet: packet.due_ns)


def _with_end(signal: Signal, end_ns: int, packet_s: float) -> Iterator[Packet]:
    yield from _intervals(signal) if signal.rate_hz is None else _samples(signal, signal.rate_hz, packet_s)
    own_end_ns = _ns(signal.end_s)
    if own_end_ns < end_ns:
        gap = Gap(modality=signal.modality, start_ns=own_end_ns, end_ns=end_ns, cause=GapCause.END)
        yield Packet(due_ns=own_end_ns, item=gap)


def _samples(signal: Signal, rate_hz: float, packet_s: float) -> Iterator[Packet]:
    size = max(1, int(rate_hz * packet_s))
    start_ns = _ns(signal.start_s)
    for first in range(0, len(signal.values), size):
        values = signal.values[first : first + size]
        item = Samples(
            modality=signal.modality, time_ns=start_ns + _ns(first / rate_hz), rate_hz=rate_hz, values=values
        )
        yield Packet(due_ns=start_ns + _ns((first + len(values)) / rate_hz), item=item)


def _intervals(signal: Signal) -> Iterator[Packet]:
    """RR intervals one by one: each becomes known with the beat that ends it."""
    if signal.times_s is None:
        return
    for i, time_s in enumerate(signal.times_s.tolist()):
        time_ns = _ns(time_s)
        item = Samples(
            modality=signal.modality, time_ns=time_ns, rate_hz=None, values=signal.values[i : i + 1]
        )
        yield Packet(due_ns=time_ns, item=item)


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)
