"""All that one sensor puts out: a track for each of its signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from edge_emotion.sources import SourceItem
from edge_emotion.sources.live.track import Track
from edge_emotion.types import GapCause, Modality


class WaitingPackets(Protocol):
    """Packets that wait for those that they overtook."""

    def expire(self, now_ns: int) -> None:
        """Put out what need not wait any longer at this host time."""
        ...

    def release(self) -> None:
        """Put out all."""
        ...

    def begin(self) -> None:
        """Put out all; what comes next belongs to another connection."""
        ...


class Tracks:
    """The tracks of one sensor; what happens to its link happens to all of them."""

    def __init__(self, modalities: Iterable[Modality], put: Callable[[SourceItem], None]) -> None:
        self._tracks = {modality: Track(modality, put) for modality in modalities}
        self._waiting: WaitingPackets | None = None

    def wait_for(self, waiting: WaitingPackets) -> None:
        """Let ``waiting`` put its packets out before anything is said about the link."""
        self._waiting = waiting

    def __contains__(self, modality: Modality) -> bool:
        return modality in self._tracks

    def __getitem__(self, modality: Modality) -> Track:
        return self._tracks[modality]

    @property
    def received(self) -> int:
        """Packets with samples so far, for the stall watchdog."""
        return sum(track.received for track in self._tracks.values())

    def restart(self) -> None:
        """See `Track.restart`."""
        for track in self._tracks.values():
            track.restart()

    def expire(self, now_ns: int) -> None:
        """Time goes on: packets that wait for those that they overtook do not wait for ever."""
        if self._waiting is not None:
            self._waiting.expire(now_ns)

    def cut(self, cause: GapCause) -> None:
        """See `Track.cut`."""
        if self._waiting is not None:
            self._waiting.begin()
        for track in self._tracks.values():
            track.cut(cause)

    def silent(self, until_ns: int, cause: GapCause) -> None:
        """See `Track.silent`."""
        if self._waiting is not None:
            self._waiting.release()
        for track in self._tracks.values():
            track.silent(until_ns, cause)
