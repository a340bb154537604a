from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_recording import second

from edge_emotion.errors import RecordingError, UsageError
from edge_emotion.recording.folder import segments
from edge_emotion.recording.frames import pack
from edge_emotion.recording.reading import SessionReader, surveyed
from edge_emotion.recording.recovering import recover
from edge_emotion.recording.settings import RecorderSettings
from edge_emotion.types import NS_PER_S, Samples


@pytest.fixture
def session(write) -> Path:
    """Sixty seconds in one file."""
    found = write([second(n) for n in range(60)]).session
    assert found is not None
    return found


def flip(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 0x10
    file.write_bytes(content)


def test_a_flipped_bit_is_told_with_count_and_time(session: Path):
    (file,) = segments(session)
    flip(file, file.stat().st_size // 2)
    (loss,) = surveyed(session).losses
    assert loss.records == 1
    assert loss.before_ns - loss.after_ns == 2 * NS_PER_S
    assert "damaged, 1 records lost after" in loss.sentence


def test_a_torn_tail_loses_what_was_torn(session: Path):
    (file,) = segments(session)
    file.write_bytes(file.read_bytes()[:-1000])
    survey = surveyed(session)
    assert not survey.ended
    assert [(loss.records, loss.why) for loss in survey.losses] == [(None, "torn or damaged at its end")]
    assert survey.last_ns == 57 * NS_PER_S


def test_a_missing_file_is_counted(write):
    # A file is begun at a flush: as many flushes as records.
    recorder = write([second(n) for n in range(5000)], RecorderSettings(segment_bytes=50_000))
    files = segments(recorder.session)
    inside = surveyed(files[1]).records.total()
    files[1].unlink()
    (loss,) = surveyed(recorder.session).losses
    assert (loss.records, loss.length) == (inside, 0)


def test_recover_keeps_what_is_whole_and_what_is_known_to_be_lost(session: Path, tmp_path: Path):
    (file,) = segments(session)
    flip(file, 20_000)
    before = file.read_bytes()
    survey = recover(session, tmp_path / "saved")
    again = surveyed(tmp_path / "saved")
    assert again.records == survey.records
    assert [loss.records for loss in again.losses] == [1]
    assert file.read_bytes() == before
    with pytest.raises(UsageError, match="exists already"):
        recover(session, tmp_path / "saved")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_no_damage_is_silent_and_none_makes_a_wrong_record(data: st.DataObject, session: Path):
    (file,) = segments(session)
    good = file.read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    strange = data.draw(st.binary(min_size=1, max_size=900))
    bad = good[:at] + strange + good[at + data.draw(st.integers(0, 900)) :]
    copy = file.with_name("copy.eelog")
    copy.write_bytes(bad)
    try:
        reader = SessionReader(copy)
        for record in reader:
            assert pack(record.frame) in good
            if isinstance(record.item, Samples):
                assert record.item.values[0] == record.item.time_ns // NS_PER_S
        assert bad == good or not reader.survey.whole
    except RecordingError:
        assert len(bad) < 1000
    finally:
        copy.unlink()


@pytest.mark.parametrize("content", [b"", b"no recording", bytes(1000)])
def test_what_holds_nothing_whole_is_refused_in_a_line(tmp_path: Path, content: bytes):
    (tmp_path / "x.eelog").write_bytes(content)
    with pytest.raises(RecordingError, match="holds no whole record"):
        surveyed(tmp_path / "x.eelog")
