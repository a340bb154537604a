"""How a recorder listens to a session: at the source for what came in, as a sink for what was made of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from enum import StrEnum

from edge_emotion.recording.recorder import Recorder, RecordingStopped
from edge_emotion.recording.records import FoundGap
from edge_emotion.runtime.state import StateChange
from edge_emotion.sinks import SinkItem
from edge_emotion.sources import PacketSource, Source, SourceItem
from edge_emotion.types import Beat, Gap, Modality, Report, Scr

ROOM_S = 0.002


class What(StrEnum):
    """How much of a session is kept."""

    EVERYTHING = "everything"
    """What the sensors sent, byte for byte, too."""
    SAMPLES = "samples"
    """What the pipeline saw: enough to repeat the session."""
    REPORTS = "reports"
    """What was said, states and losses; no signal and no heart beat."""


class RecordedSource:
    """A source of which every item is recorded before anybody gets it: in the order in which the pipeline sees them.

    Parameters
    ----------
    source
        What to listen to.
    recorder
        Opened and closed by `RecordingSink`.
    what
        Raw packets are recorded only with `What.EVERYTHING`, where the source tells them; samples not with `What.REPORTS`.
    """

    def __init__(self, source: Source, recorder: Recorder, what: What = What.EVERYTHING) -> None:
        self._source = source
        self._recorder = recorder
        self._what = what
        if what is What.EVERYTHING and isinstance(source, PacketSource):
            source.listen(recorder.put)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Those of the source."""
        return self._source.modalities

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        async for item in self._source:
            if self._what is not What.REPORTS or isinstance(item, Gap):
                self._recorder.put(item)
            yield item

    async def aclose(self) -> None:
        """Close the source."""
        await self._source.aclose()


class PatientRecordedSource(RecordedSource):
    """The same for a source without a clock, played as fast as it goes: it waits for the disk instead of leaving records out."""

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        async for item in super().__aiter__():
            while self._recorder.crowded:
                await asyncio.sleep(ROOM_S)
            yield item


class RecordingSink:
    """Records beats, responses, gaps and reports.

    Parameters
    ----------
    recorder
        Is opened and closed with the sink.
    tell
        Called once, from the session's own thread, when recording stopped before the session.
    what
        Beats and responses are not recorded with `What.REPORTS`.
    """

    def __init__(
        self,
        recorder: Recorder,
        tell: Callable[[RecordingStopped], None],
        what: What = What.EVERYTHING,
    ) -> None:
        self._recorder = recorder
        self._what = what
        self._tell = tell
        self._told = False

    def open(self) -> None:
        self._recorder.open()
        self._watch()

    def write(self, item: SinkItem) -> None:
        match item:
            case Report() | StateChange():
                self._recorder.put(item)
            case Beat() | Scr() if self._what is not What.REPORTS:
                self._recorder.put(item)
            case Gap():
                self._recorder.put(FoundGap(gap=item))
            case _:
                pass  # samples and sensors' events were recorded at the source; windows can be made again
        self._watch()

    def close(self) -> None:
        self._recorder.close()
        self._watch()

    def _watch(self) -> None:
        if self._recorder.stopped is not None and not self._told:
            self._told = True
            self._tell(self._recorder.stopped)
