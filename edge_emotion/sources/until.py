"""A live source with an end: for a session whose length is known beforehand."""

from __future__ import annotations

from collections.abc import AsyncIterator

from edge_emotion.sources import Source, SourceItem
from edge_emotion.types import NS_PER_S, Gap, Modality, Samples


class Until:
    """Ends the iteration when every modality has reached a moment.

    Parameters
    ----------
    source
        What to listen to.
    end_ns
        The moment, on the source's clock.
    """

    def __init__(self, source: Source, end_ns: int) -> None:
        self._source = source
        self._end_ns = end_ns

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Those of the source."""
        return self._source.modalities

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        waiting = set(self.modalities)
        async for item in self._source:
            yield item
            if _reached_ns(item) >= self._end_ns and isinstance(item, Samples | Gap):
                waiting.discard(item.modality)
            if not waiting:
                return

    async def aclose(self) -> None:
        """Close the source."""
        await self._source.aclose()


def _reached_ns(item: SourceItem) -> int:
    match item:
        case Samples():
            length_s = len(item.values) / item.rate_hz if item.rate_hz else 0.0
            return item.time_ns + round(length_s * NS_PER_S)
        case Gap():
            return item.end_ns
        case _:
            return item.time_ns
