from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from made_recording import ABOUT, second

from edge_emotion.errors import UsageError
from edge_emotion.recording.folder import segments, sessions, used_bytes
from edge_emotion.recording.reading import SessionReader, header_of, surveyed
from edge_emotion.recording.recorder import Recorder
from edge_emotion.recording.records import Dropped, TimeAxis
from edge_emotion.recording.settings import RecorderSettings, WhenFull
from edge_emotion.recording.writer import LogWriter
from edge_emotion.types import NS_PER_S, Samples

SUPPORT = Path(__file__).parents[1] / "support"


def samples_of(path: Path) -> list[int]:
    return [r.item.time_ns // NS_PER_S for r in SessionReader(path) if isinstance(r.item, Samples)]


def test_everything_is_there_after_closing(write):
    recorder = write([second(n) for n in range(20)])
    survey = surveyed(recorder.session)
    assert samples_of(recorder.session) == list(range(20))
    assert (survey.whole, survey.records.total(), recorder.stopped) == (True, recorder.records, None)


def test_the_header_says_what_and_where_and_when(write):
    header = header_of(write([second(0)]).session)
    assert (header.source, header.modalities) == (ABOUT.source, ABOUT.modalities)
    assert header.clock.unix_ns > 1.7e18
    assert header.session[8::7][:2] == "TZ"


def test_files_are_rotated_and_read_as_one(write, tmp_path: Path):
    clocks = iter(TimeAxis(monotonic_ns=n * 10 * NS_PER_S, unix_ns=n) for n in range(1000))
    writer = LogWriter(tmp_path / "r", ABOUT, RecorderSettings(segment_s=60.0), lambda: next(clocks))
    for n in range(30):
        writer.add(second(n))
        writer.flush()
    writer.finish()
    assert len(segments(writer.session)) == 6
    assert samples_of(writer.session) == list(range(30))
    survey = surveyed(writer.session)
    assert survey.records["header"] == survey.files
    assert survey.records["clock"] == 5  # both clocks again, each minute
    assert survey.whole


def test_a_spent_budget_stops_and_deletes_nothing(tmp_path: Path, write):
    folder = tmp_path / "r"
    old = write([second(n) for n in range(20)], folder=folder)
    settings = RecorderSettings(segment_bytes=5_000, budget_bytes=used_bytes(folder) + 3_000)
    recorder = write([second(n) for n in range(50)], settings, folder)
    assert recorder.stopped is not None
    assert "disk budget" in recorder.stopped.reason
    assert samples_of(old.session) == list(range(20))


def test_the_oldest_files_make_room_when_that_is_wanted(tmp_path: Path):
    folder = tmp_path / "r"
    settings = RecorderSettings(segment_bytes=5_000, budget_bytes=20_000, when_full=WhenFull.DELETE_OLDEST)
    writer = LogWriter(folder, ABOUT, settings, lambda: TimeAxis(monotonic_ns=0, unix_ns=0))
    for n in range(100):
        writer.add(second(n))
        writer.flush()
    writer.finish()
    assert used_bytes(folder) <= 21_000
    (session,) = sessions(folder)
    kept = samples_of(session)
    assert kept == list(range(100 - len(kept), 100))
    assert surveyed(session).losses[0].why == "not in the files that are left"


def test_another_ones_open_file_is_not_deleted(tmp_path: Path):
    def writer(unix_ns: int) -> LogWriter:
        settings = RecorderSettings(segment_bytes=4_000, budget_bytes=8_000, when_full=WhenFull.DELETE_OLDEST)
        return LogWriter(tmp_path, ABOUT, settings, lambda: TimeAxis(monotonic_ns=0, unix_ns=unix_ns))

    first, later = writer(0), writer(10**18)
    first.add(second(0))
    first.flush()
    for n in range(12):
        later.add(second(n))
        later.flush()
    assert samples_of(first.session) == [0]
    first.close()
    later.close()


def test_what_finds_no_room_is_counted_and_told(tmp_path: Path):
    held = threading.Event()
    recorder = Recorder(
        tmp_path,
        ABOUT,
        RecorderSettings(queue_records=4, flush_s=0.001),
        flushed=lambda _: held.wait() and None,
    )
    recorder.open()
    for n in range(200):
        recorder.put(second(n))
    held.set()
    recorder.close()
    told = [r.item for r in SessionReader(recorder.session) if isinstance(r.item, Dropped)]
    assert sum(d.records for d in told) == recorder.dropped_records > 100
    assert len(samples_of(recorder.session)) == 200 - recorder.dropped_records
    assert told[-1].to_ns <= 199 * NS_PER_S


FULL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from made_recording import ABOUT, second
from edge_emotion.recording.recorder import Recorder
from edge_emotion.recording.settings import RecorderSettings
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
recorder = Recorder(Path(sys.argv[1]), ABOUT, RecorderSettings(flush_s=0.001))
recorder.open()
for n in range(5000):
    recorder.put(second(n))
recorder.close()
print(recorder.stopped.reason, "/", recorder.records)
"""


def test_a_full_disk_stops_and_what_was_flushed_stays(tmp_path: Path):
    command = [sys.executable, "-c", FULL, str(tmp_path), str(SUPPORT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    reason, records = done.stdout.strip().split(" / ")
    assert reason == "File too large"
    survey = surveyed(tmp_path)
    assert survey.records.total() == int(records)
    assert survey.losses == []


def test_a_folder_that_cannot_be_is_a_usage_error(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be recorded to"):
        Recorder(tmp_path / "file" / "r", ABOUT).open()


def test_a_read_only_disk_stops_before_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refuse)  # a read-only disk cannot be had without being root
    recorder = Recorder(tmp_path / "r", ABOUT)
    recorder.open()
    recorder.put(second(0))
    recorder.close()
    assert recorder.stopped is not None
    assert recorder.stopped.reason == "Read-only file system"


def test_a_budget_below_two_files_is_refused():
    with pytest.raises(UsageError, match="less than two files"):
        RecorderSettings(segment_bytes=10, budget_bytes=19)
