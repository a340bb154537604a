"""The one queue between the radio's callbacks and whoever iterates the source."""

from __future__ import annotations

import asyncio
from collections import deque

from edge_emotion.sources import SourceItem
from edge_emotion.types import NS_PER_S, Gap, GapCause, Modality, Samples

SIZE = 1024
"""A Polar strap and a skin-conductance sensor give about 8 items a second, so this is two minutes in under 1 MB. A consumer that
is further behind shows the past as if it were now (polar-ble-sdk issue 319); what it missed becomes an explicit gap instead."""


class Outbox:
    """Bounded queue of source items; when it is full the oldest is dropped, counted, and told as a gap.

    Attributes
    ----------
    dropped
        Items lost so far because the consumer was too slow.
    """

    def __init__(self, size: int = SIZE) -> None:
        self.dropped = 0
        self._size = size
        self._items: deque[SourceItem] = deque()
        self._lost: dict[Modality, Gap] = {}
        self._changed = asyncio.Event()
        self._error: BaseException | None = None
        self._closed = False

    def put(self, item: SourceItem) -> None:
        """Append ``item``; never waits, because radio callbacks cannot."""
        if len(self._items) == self._size:
            self._drop(self._items.popleft())
        self._items.append(item)
        self._changed.set()

    def fail(self, error: BaseException) -> None:
        """Let the consumer raise ``error`` once it has taken what is there; the first error counts."""
        self._error = self._error or error
        self._changed.set()

    def close(self) -> None:
        """End the stream for the consumer once it has taken what is there."""
        self._closed = True
        self._changed.set()

    async def get(self) -> SourceItem | None:
        """The oldest item, waiting for one; ``None`` after `close`.

        Raises
        ------
        BaseException
            What was handed to `fail`.
        """
        while True:
            if self._lost:  # what was dropped is older than all that is queued
                return self._lost.pop(next(iter(self._lost)))
            if self._items:
                return self._items.popleft()
            if self._error is not None:
                raise self._error
            if self._closed:
                return None
            self._changed.clear()
            await self._changed.wait()

    def _drop(self, item: SourceItem) -> None:
        self.dropped += 1
        span = _span(item)
        if span is None:
            return
        modality, start_ns, end_ns = span
        known = self._lost.get(modality)
        start_ns = known.start_ns if known else start_ns
        self._lost[modality] = Gap(modality=modality, start_ns=start_ns, end_ns=end_ns, cause=GapCause.LOST)


def _span(item: SourceItem) -> tuple[Modality, int, int] | None:
    """What an item covers; ``None`` for an event."""
    match item:
        case Gap():
            return item.modality, item.start_ns, item.end_ns
        case Samples(rate_hz=None):
            length_ns = round(float(item.values.sum()) * 1e6)  # RR intervals in ms end at time_ns
            return item.modality, item.time_ns - length_ns, item.time_ns
        case Samples():
            length_ns = round(len(item.values) * NS_PER_S / item.rate_hz) if item.rate_hz else 0
            return item.modality, item.time_ns, item.time_ns + length_ns
        case _:
            return None
