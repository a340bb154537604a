"""``edge-emotion record``: keep what sensors send, without inference."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from edge_emotion.cli.common import say, show, write_json
from edge_emotion.cli.recording import Recorded, recording_of
from edge_emotion.cli.run import run_until_stopped
from edge_emotion.cli.run_config import effective
from edge_emotion.cli.run_flags import add_recording, add_signals, add_source
from edge_emotion.cli.run_source import open_input
from edge_emotion.clock import SystemClock
from edge_emotion.errors import RecordingError, UsageError
from edge_emotion.recording.recorder import RecordingStopped
from edge_emotion.runtime.session import Session, SessionSummary
from edge_emotion.sinks import Sink
from edge_emotion.sinks.delivery import DirectSink
from edge_emotion.sinks.plain import PlainSink
from edge_emotion.sources import SensorEvent
from edge_emotion.types import Event, Gap, Samples

EPILOG = """\
examples:
  edge-emotion record --source ble --ecg polar-h10 --eda open-eda --out recordings
  edge-emotion record --source simulate --out recordings
then:
  edge-emotion run --input recordings
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.argument_default = argparse.SUPPRESS
    parser.add_argument(
        "--out", dest="record", required=True, metavar="DIR", help="folder of recordings; made if need be"
    )
    add_source(parser.add_argument_group("source"))
    add_signals(parser.add_argument_group("signals"))
    add_recording(parser.add_argument_group("recording"))
    parser.add_argument("--config", metavar="TOML", help="settings of 'run'; flags win")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, text on stderr")


def run(args: argparse.Namespace) -> int:
    """Record until the source ends or somebody stops it; both are a success."""
    config = effective(args)
    if not config.record:
        raise UsageError("--out is empty; give a folder for recordings")
    given = open_input(config)
    recording = recording_of(config, given, tell=_nothing)
    # Without inference the session's state has nothing to say that gaps and sensors' events do not.
    screen = PlainSink(sys.stderr if config.json else sys.stdout)
    sinks: list[Sink] = [recording.sink, DirectSink(screen, "screen", say, (Samples, SensorEvent, Gap))]
    session = Session(recording.source, _PassedOn(recording), sinks, SystemClock())
    summary = asyncio.run(run_until_stopped(session))
    recorder = recording.recorder
    if recorder.stopped is not None:
        raise RecordingError(recording.summary)
    (say if config.json else show)(recording.summary)
    if config.json:
        write_json(_result(recording, summary))
    return 0


def _nothing(stopped: RecordingStopped) -> None:
    """Without a recording there is nothing to go on with: the command ends with that error."""


class _PassedOn:
    """In the place of a pipeline: gives gaps back for the screen, and ends the session when recording has stopped."""

    def __init__(self, recording: Recorded) -> None:
        self._recording = recording

    def push(self, item: Samples | Gap) -> Sequence[Event]:
        stopped: RecordingStopped | None = self._recording.recorder.stopped
        if stopped is not None:
            raise RecordingError(self._recording.summary)
        return [item] if isinstance(item, Gap) else []


def _result(recording: Recorded, summary: SessionSummary) -> dict[str, object]:
    recorder = recording.recorder
    return {
        "path": str(recorder.session),
        "records": recorder.records,
        "dropped": recorder.dropped_records,
        "samples": summary.samples,
        "lost_s": summary.lost_s,
        "refused_packets": summary.bad_packets,
        "elapsed_s": round(summary.elapsed_s, 1),
        "stopped": summary.stopped,
    }
