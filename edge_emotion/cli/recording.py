"""What ``run --record`` and ``record`` share: from settings to a recorder, and what is said about it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge_emotion.bundle.reader import Bundle
from edge_emotion.cli.common import say, write_json
from edge_emotion.cli.run_config import RunConfig
from edge_emotion.cli.run_source import Input
from edge_emotion.engines import Engine
from edge_emotion.errors import UsageError
from edge_emotion.recording.attaching import PatientRecordedSource, RecordedSource, RecordingSink, What
from edge_emotion.recording.folder import segments, sessions
from edge_emotion.recording.recorder import Recorder, RecordingStopped
from edge_emotion.recording.sealing import Sealer, read_key
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
        source="" if config.encrypt else given.name,
        modalities=given.source.modalities,
        time_axis=given.time_axis,
        bundle=f"{bundle.manifest.name} {bundle.manifest.version}" if bundle else "",
        bundle_sha256=bundle.sha256 if bundle else "",
        engine=f"{engine.name} {engine.precision}" if engine else "",
        reference_sha256=_digest(reference) if reference and not config.encrypt else "",
    )
    folder, what = Path(config.record or ""), What(config.record_what)
    sealer = Sealer(read_key(config.recording_key or "")) if config.encrypt else None
    if config.record_keep_days is not None:
        forget_older(folder, config.record_keep_days)
    recorder = Recorder(folder, about, settings, sealer=sealer)
    listening = PatientRecordedSource if given.clock is None else RecordedSource
    sink = RecordingSink(recorder, tell or (_tell_json if config.json else _tell), what)
    return Recorded(source=listening(given.source, recorder, what), sink=sink, recorder=recorder)


def forget_older(folder: Path, days: float) -> None:
    """Delete the sessions of a folder of recordings that ended more than ``days`` ago by the files' own times.

    Raises
    ------
    UsageError
        If one cannot be deleted: what was promised to be forgotten must not stay silently.
    """
    latest_s = time.time() - days * 86_400
    for session in sessions(folder):
        files = segments(session)
        if session == folder or max(path.stat().st_mtime for path in files) > latest_s:
            continue
        try:
            for path in files:
                path.unlink()
            session.rmdir()
        except OSError as error:
            raise UsageError(
                f"{session}: is older than {days:g} days and cannot be deleted ({error.strerror})"
            ) from None
        say(f"edge-emotion: deleted {session.name}: older than {days:g} days")


def _digest(reference: StoredReference) -> str:
    return hashlib.sha256(msgspec.json.encode(reference)).hexdigest()


def _tell(stopped: RecordingStopped) -> None:
    say(f"edge-emotion: recording stopped: {stopped.reason}; inference goes on")


def _tell_json(stopped: RecordingStopped) -> None:
    _tell(stopped)
    fields = {"reason": stopped.reason, "folder": str(stopped.folder), "records": stopped.records}
    write_json({"type": "recording", "state": "stopped", **fields})
