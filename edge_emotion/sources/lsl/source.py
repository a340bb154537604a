"""The LSL source: several streams of the network, one stream of items."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from types import ModuleType

from edge_emotion.clock import Clock
from edge_emotion.errors import UsageError
from edge_emotion.sources import SensorEventKind, SourceItem
from edge_emotion.sources.live.outbox import Outbox
from edge_emotion.sources.live.reporter import Reporter
from edge_emotion.sources.live.track import Track
from edge_emotion.sources.lsl.counted import CountedStream
from edge_emotion.sources.lsl.inlet import Chunk, Inlet, find, not_found, open_inlet
from edge_emotion.sources.lsl.library import clock_offset_ns, load_pylsl
from edge_emotion.sources.lsl.request import StreamRequest
from edge_emotion.types import NS_PER_S, ROLE_OF, GapCause, Modality

PATIENCE_S = 30.0
STALLED_NS = 5 * NS_PER_S
LAG_NS = 3 * NS_PER_S // 2
"""A gap of a silent stream grows up to this long before now, as over Bluetooth."""
TELL_NS = NS_PER_S


class LslSource:
    """Streams of the Lab Streaming Layer, for as long as the source is iterated.

    A sender that goes away is waited for; liblsl finds it again by its source id.

    Parameters
    ----------
    streams
        At most one per role.
    clock
        Time of all samples: the host's clock, for LSL's own is that.
    patience_s
        How long a stream is looked for at the start.

    Raises
    ------
    UsageError
        If no stream is named, or two play the same role.
    """

    def __init__(
        self, streams: tuple[StreamRequest, ...], clock: Clock, patience_s: float = PATIENCE_S
    ) -> None:
        if not streams or len({ROLE_OF[s.modality] for s in streams}) != len(streams):
            given = ", ".join(map(str, streams)) or "none"
            raise UsageError(
                f"streams given: {given}; allowed: one of ecg, bvp and rr, or eda, or one of each"
            )
        self._streams = streams
        self._clock = clock
        self._patience_s = patience_s
        self._outbox = Outbox()
        self._closing = threading.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What will be delivered."""
        return tuple(s.modality for s in self._streams)

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        """Items until `aclose`.

        Raises
        ------
        DeviceError
            If a stream is not there at the start or cannot be read.
        MissingExtraError
            If pylsl is not installed.
        """
        pylsl = load_pylsl()
        self._tasks = [asyncio.create_task(self._follow(pylsl, s), name=f"lsl {s}") for s in self._streams]
        try:
            while (item := await self._outbox.get()) is not None:
                yield item
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Unsubscribe, end the iteration; a thread that waits for samples notices within half a second."""
        self._closing.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._outbox.close()

    async def _follow(self, pylsl: ModuleType, request: StreamRequest) -> None:
        try:
            inlet = await asyncio.to_thread(self._open, pylsl, request)
            if inlet is None:
                return
            report = Reporter(inlet.name, self._clock, self._outbox.put)
            report.event(SensorEventKind.STREAMING)
            try:
                await self._read(inlet, request, clock_offset_ns(pylsl, self._clock.monotonic_ns()))
            finally:
                inlet.close()
        except Exception as error:  # a task has no caller: hand everything to the one who iterates
            self._outbox.fail(error)

    def _open(self, pylsl: ModuleType, request: StreamRequest) -> Inlet | None:
        """Look until it is there; ``None`` if the source was closed meanwhile. Runs in a thread."""
        until_ns = self._clock.monotonic_ns() + round(self._patience_s * NS_PER_S)
        while not self._closing.is_set():
            found = find(pylsl, request)
            if found is not None:
                inlet = open_inlet(pylsl, request, found)
                inlet.wait_for_clock()
                return inlet
            if self._clock.monotonic_ns() > until_ns:
                raise not_found(pylsl, request, self._patience_s)
        return None

    async def _read(self, inlet: Inlet, request: StreamRequest, offset_ns: int) -> None:
        track = Track(request.modality, self._outbox.put)
        counted = CountedStream(track, inlet.rate_hz) if inlet.rate_hz else None
        heard_ns = told_ns = self._clock.monotonic_ns()
        while not self._closing.is_set():
            chunk: Chunk | None = await asyncio.to_thread(inlet.pull)
            now_ns = self._clock.monotonic_ns()
            if chunk is not None:
                heard_ns = now_ns
                last_ns = round(chunk.last_s * NS_PER_S) + offset_ns
                if counted is not None:
                    counted.add(chunk.values, last_ns)
                else:
                    track.add_beats(time_ns=last_ns, rr_ms=chunk.values)
            elif now_ns - heard_ns > STALLED_NS and now_ns - told_ns > TELL_NS:
                told_ns = now_ns
                track.silent(now_ns - LAG_NS, GapCause.STALLED)
