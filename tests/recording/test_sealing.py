"""Encrypted recordings: the same session for who has the key, nothing for anybody else."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge_emotion.errors import MissingExtraError, RecordingError, UsageError
from edge_emotion.recording.folder import segments
from edge_emotion.recording.frames import MARK, Frame, pack, scan
from edge_emotion.recording.reading import SessionReader, header_of, surveyed
from edge_emotion.recording.recorder import Recorder
from edge_emotion.recording.recovering import recover
from edge_emotion.recording.sealing import Sealer, read_key
from edge_emotion.recording.writer import About
from edge_emotion.sources import RawPacket
from edge_emotion.types import NS_PER_S, Modality, Samples

KEY, OTHER = bytes(range(32)), bytes(32)
VALUES = np.arange(130, dtype=np.float32)
PACKET = RawPacket(
    time_ns=NS_PER_S, sensor="the wearers own strap", characteristic="2a37", data=b"secret heart"
)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    about = About(source="", modalities=(Modality.ECG,), time_axis="recording")
    recorder = Recorder(tmp_path / "r", about, sealer=Sealer(KEY))
    recorder.open()
    recorder.put(PACKET)
    for n in range(20):
        recorder.put(Samples(modality=Modality.ECG, time_ns=n * NS_PER_S, rate_hz=130.0, values=VALUES))
    recorder.close()
    assert recorder.session is not None
    return recorder.session


def test_the_key_gives_every_record_back(session: Path):
    items = [r.item for r in SessionReader(session, KEY)]
    assert PACKET in items
    assert [i.time_ns // NS_PER_S for i in items if isinstance(i, Samples)] == list(range(20))
    assert surveyed(session, KEY).whole


def test_the_disk_holds_no_sample_no_name_and_no_time(session: Path):
    data = segments(session)[0].read_bytes()
    assert b"strap" not in data
    assert b"heart" not in data
    assert VALUES.tobytes()[64:128] not in data
    frames = [part for part in scan(data) if isinstance(part, Frame)]
    assert {f.kind for f in frames} == {1, 40}
    assert {f.time_ns for f in frames if f.kind == 40} == {0}


def test_without_the_key_or_with_another_one_nothing_is_told(session: Path):
    with pytest.raises(RecordingError, match="is encrypted; give its key"):
        surveyed(session)
    with pytest.raises(RecordingError, match="does not open with this key"):
        surveyed(session, OTHER)
    assert header_of(session).source == ""


def test_two_sessions_with_one_key_share_no_byte_of_their_records(tmp_path: Path):
    frame = Frame(kind=3, sequence=5, time_ns=7, payload=bytes(1000))
    one, two = Sealer(KEY).seal(frame, 40).payload, Sealer(KEY).seal(frame, 40).payload
    assert one != two
    assert sum(a == b for a, b in zip(one, two, strict=True)) < 30


def test_a_changed_record_with_a_right_checksum_is_lost_and_told(session: Path):
    (path,) = segments(session)
    frames = [part for part in scan(path.read_bytes()) if isinstance(part, Frame)]
    forged = Frame(
        kind=40,
        sequence=frames[9].sequence,
        time_ns=0,
        payload=bytes([frames[9].payload[0] ^ 1]) + frames[9].payload[1:],
    )
    path.write_bytes(b"".join(pack(f) for f in [*frames[:9], forged, *frames[10:]]))
    (loss,) = surveyed(session, KEY).losses
    assert (loss.records, loss.why) == (1, "a sealed record does not open: another key, or it was changed")


def test_records_cannot_change_places(session: Path):
    frame = Frame(kind=3, sequence=5, time_ns=7, payload=b"x")
    sealer = Sealer(KEY)
    sealed = sealer.seal(frame, 40)
    moved = Frame(kind=40, sequence=6, time_ns=0, payload=sealed.payload)
    with pytest.raises(ValueError, match="does not open"):
        sealer.open(moved)


def test_what_is_recovered_stays_encrypted(session: Path, tmp_path: Path):
    (path,) = segments(session)
    data = path.read_bytes()
    third = [m.start() for m in re.finditer(re.escape(MARK), data)][10]
    path.write_bytes(data[:third] + b"\x00" * 8 + data[third + 8 :])
    recover(session, tmp_path / "saved", KEY)
    assert len(surveyed(tmp_path / "saved", KEY).losses) == 1
    with pytest.raises(RecordingError, match="is encrypted"):
        surveyed(tmp_path / "saved")


def test_a_key_is_64_digits_that_nobody_else_reads(tmp_path: Path):
    path = tmp_path / "key"
    path.write_text(KEY.hex() + "\n")
    path.chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        read_key(str(path))
    path.chmod(0o600)
    assert read_key(str(path)) == KEY
    path.write_text("secret")
    for place in (str(path), str(tmp_path / "absent")):
        with pytest.raises(UsageError, match="openssl rand -hex 32"):
            read_key(place)


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A keyring that holds one password; a module of the same form, for the real one needs a desktop."""
    package = tmp_path / "keyring"
    package.mkdir()
    (package / "errors.py").write_text("class KeyringError(Exception): ...")
    (package / "__init__.py").write_text(
        "from keyring.errors import KeyringError\n"
        "def get_password(service, user):\n"
        "    if service == 'locked':\n"
        "        raise KeyringError('the keyring is locked')\n"
        f"    return {KEY.hex()!r} if (service, user) == ('edge-emotion', 'anna') else None\n"
    )
    for name in ("keyring", "keyring.errors"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in ("keyring", "keyring.errors"):
        sys.modules.pop(name, None)


def test_a_key_in_the_keyring(keyring: Path) -> None:
    assert read_key("keyring:edge-emotion/anna") == KEY
    with pytest.raises(UsageError, match="keyring set edge-emotion ben"):
        read_key("keyring:edge-emotion/ben")
    with pytest.raises(UsageError, match=r"locked.*give a file"):
        read_key("keyring:locked/anna")


def test_without_the_keyrings_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MissingExtraError, match=r"edge-emotion\[keyring\]"):
        read_key("keyring:edge-emotion/anna")
