"""A recording of ours as a source: every item as it came and in that order, so that the reports come out the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from edge_emotion.clock import Clock
from edge_emotion.errors import RecordingError
from edge_emotion.recording.reading import SessionReader, header_of
from edge_emotion.recording.records import Kind
from edge_emotion.sources import SensorEvent, SourceItem
from edge_emotion.types import NS_PER_S, Gap, Modality, Samples


class ShiftedClock:
    """Another clock that shows ``origin_ns`` when that one shows zero.

    Parameters
    ----------
    clock
        Starts at zero, such as `ScaledClock`.
    """

    def __init__(self, clock: Clock, origin_ns: int) -> None:
        self._clock = clock
        self._origin_ns = origin_ns

    def monotonic_ns(self) -> int:
        """The other clock's time on this axis."""
        return self._clock.monotonic_ns() + self._origin_ns

    async def sleep(self, seconds: float) -> None:
        """Wait as the other clock does."""
        await self._clock.sleep(seconds)


class RecordedSession:
    """A session's items as a source.

    Parameters
    ----------
    path
        As for `SessionReader`.
    modalities
        Which of them to deliver.
    clock
        On the recording's own axis (see `first_ns`); ``None``: as fast as it goes.
    key
        Of an encrypted session.

    Raises
    ------
    RecordingError
        If there is no session with these modalities.
    """

    def __init__(
        self,
        path: Path,
        modalities: tuple[Modality, ...],
        clock: Clock | None = None,
        key: bytes | None = None,
    ) -> None:
        self.header = header_of(path)
        absent = [m for m in modalities if m not in self.header.modalities]
        if absent or not modalities:
            raise RecordingError(
                f"{path}: has no {' and '.join(absent) or 'signal that was asked for'}; it holds "
                f"{', '.join(self.header.modalities)}"
            )
        self.modalities = modalities
        self._reader = SessionReader(path, key)
        self._clock = clock

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        for record in self._reader:
            item = record.item
            if record.frame.kind == Kind.SENSOR and isinstance(item, SensorEvent):
                yield item
            elif isinstance(item, Samples | Gap) and item.modality in self.modalities:
                await self._wait_for(item)
                yield item

    async def aclose(self) -> None:
        """Nothing to release: files are read whole."""

    async def _wait_for(self, item: Samples | Gap) -> None:
        if self._clock is None:
            await asyncio.sleep(0)  # lets a signal handler or another task run
            return
        remaining_ns = _due_ns(item) - self._clock.monotonic_ns()
        if remaining_ns > 0:
            await self._clock.sleep(remaining_ns / NS_PER_S)


def first_ns(path: Path, key: bytes | None = None) -> int:
    """Time of the first sample or gap; 0 when there is none."""
    for record in SessionReader(path, key):
        match record.item:
            case Samples():
                return record.item.time_ns
            case Gap():
                return record.item.start_ns
    return 0


def _due_ns(item: Samples | Gap) -> int:
    """When a live source would have delivered it: not before its last sample, a gap not before its start."""
    if isinstance(item, Gap):
        return item.start_ns
    return item.time_ns + (round(len(item.values) / item.rate_hz * NS_PER_S) if item.rate_hz else 0)
