"""All that one sensor puts out: a track for each of its signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from edge_emotion.sources import SourceItem
from edge_emotion.sources.live.track import Track
from edge_emotion.types import GapCause, Modality


class Tracks:
    """The tracks of one sensor; what happens to its link happens to all of them."""

    def __init__(self, modalities: Iterable[Modality], put: Callable[[SourceItem], None]) -> None:
        self._tracks = {modality: Track(modality, put) for modality in modalities}

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

    def cut(self, cause: GapCause) -> None:
        """See `Track.cut`."""
        for track in self._tracks.values():
            track.cut(cause)

    def silent(self, until_ns: int, cause: GapCause) -> None:
        """See `Track.silent`."""
        for track in self._tracks.values():
            track.silent(until_ns, cause)
