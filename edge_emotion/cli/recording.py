"""What ``run --record`` and ``record`` share: from settings to a recorder, and what is said about it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge_emotion.bundle.reader import Bundle
from edge_emotion.cli.common import say, write_json
from edge_emotion.cli.run_config import RunConfig
from edge_emotion.cli.run_source import Input
from edge_emotion.engines import Engine
from edge_emotion.recording.attaching import PatientRecordedSource, RecordedSource, RecordingSink
from edge_emotion.recording.recorder import Recorder, RecordingStopped
from edge_emotion.recording.settings import MB, RecorderSettings, WhenFull
from edge_emotion.recording.writer import About
from edge_emotion.runtime.reference_file import StoredReference
from edge_emotion.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A source and a sink that record together."""

    source: Source
    sink: RecordingSink
    recorder: Recorder

    @property
    def summary(self) -> str:
        """What was recorded, in a line."""
        recorder = self.recorder
        if recorder.stopped is not None:
            return f"recording stopped early: {recorder.stopped.reason}; {recorder.records} records in {recorder.stopped.folder}"
        left_out = (
            f", {recorder.dropped_records} left out: the disk was too slow"
            if recorder.dropped_records
            else ""
        )
        return f"recorded {recorder.records} records{left_out} in {recorder.session}"


def recording_of(
    config: RunConfig,
    given: Input,
    bundle: Bundle | None = None,
    engine: Engine | None = None,
    reference: StoredReference | None = None,
    tell: Callable[[RecordingStopped], None] | None = None,
) -> Recorded:
    """A recorder for this input; nothing is written before the session begins.

    ``tell`` is called once if recording stops early; ``None`` says so on stderr, and in JSON where that was asked for.

    Raises
    ------
    UsageError
        If the limits make no sense together.
    """
    settings = RecorderSettings(
        segment_bytes=round(config.record_segment_mb * MB),
        segment_s=60.0 * config.record_segment_minutes,
        budget_bytes=round(config.record_budget_mb * MB),
        when_full=WhenFull(config.record_when_full),
    )
    about = About(
        source=given.name,
        modalities=given.source.modalities,
        time_axis=given.time_axis,
        bundle=f"{bundle.manifest.name} {bundle.manifest.version}" if bundle else "",
        bundle_sha256=bundle.sha256 if bundle else "",
        engine=f"{engine.name} {engine.precision}" if engine else "",
        reference_sha256=hashlib.sha256(msgspec.json.encode(reference)).hexdigest() if reference else "",
    )
    recorder = Recorder(Path(config.record or ""), about, settings)
    listening = PatientRecordedSource if given.clock is None else RecordedSource
    sink = RecordingSink(recorder, tell or (_tell_json if config.json else _tell))
    return Recorded(source=listening(given.source, recorder), sink=sink, recorder=recorder)


def _tell(stopped: RecordingStopped) -> None:
    say(f"edge-emotion: recording stopped: {stopped.reason}; inference goes on")


def _tell_json(stopped: RecordingStopped) -> None:
    _tell(stopped)
    fields = {"reason": stopped.reason, "folder": str(stopped.folder), "records": stopped.records}
    write_json({"type": "recording", "state": "stopped", **fields})
