"""Reading a session: whole records in order, over all its files, with an account of what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_emotion.errors import RecordingError
from edge_emotion.recording.folder import SUFFIX, files_of
from edge_emotion.recording.frames import MARK, Damage, Frame, scan
from edge_emotion.recording.records import FORMAT_VERSION, Dropped, End, Header, Item, Kind, TimeAxis, decode
from edge_emotion.recording.sealing import Sealer, refuse_without_key
from edge_emotion.recording.survey import Loss, Survey

_OF_THE_LOG = (Header, TimeAxis, Dropped, End)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A frame and what it means; ``item`` is ``None`` for a kind of a newer version. ``stored``: the frame as it lies on disk."""

    frame: Frame
    item: Item | None
    stored: Frame


class SessionReader:
    """Iterates over one session's whole records; `survey` is complete when the iteration is over.

    Parameters
    ----------
    path
        A session's folder, one of its files, or a folder that holds one session.
    key
        Of an encrypted session.

    Raises
    ------
    RecordingError
        If there is no session; while iterating, if a file cannot be read, nothing in it is whole, or its format is newer.
    """

    def __init__(self, path: Path, key: bytes | None = None) -> None:
        self.path = path
        self._key = key
        self._sealer: Sealer | None = None
        self._opened = 0
        self.survey = Survey()
        self._files = files_of(path)
        self._whole_session = not path.is_file()
        self._expected: int | None = None
        self._last_ns: int | None = None
        self._damage: tuple[str, Damage] | None = None

    def __iter__(self) -> Iterator[Record]:
        for file in self._files:
            data = _content(file)
            self.survey.files += 1
            self.survey.bytes_read += len(data)
            for part in scan(data):
                if isinstance(part, Damage):
                    self._tell_damage()
                    self._damage = (file.name, part)
                else:
                    record = self._take(file, part)
                    if record is not None:
                        yield record
        self._tell_damage()
        if not self.survey.records:
            raise RecordingError(
                f"{self.path}: holds no whole record; it is empty, damaged throughout, or no recording of edge-emotion"
            )

    def _take(self, file: Path, frame: Frame) -> Record | None:
        if self._expected is None:
            self._expected = 0 if self._whole_session else frame.sequence
        missing = frame.sequence - self._expected
        if missing < 0:  # a copy of what was there already
            return None
        self._tell_loss(file, frame, missing)
        self._expected = frame.sequence + 1
        stored = frame
        try:
            frame = self._unsealed(frame) if frame.kind == Kind.SEALED else frame
            item = decode(frame.kind, frame.time_ns, frame.payload)
        except ValueError as error:
            self._lose(file.name, 0, 0, 1, frame.time_ns or None, str(error))
            return None
        self._count(file, frame, item)
        return Record(frame=frame, item=item, stored=stored)

    def _unsealed(self, frame: Frame) -> Frame:
        if self._key is None:
            raise refuse_without_key(self.path)
        if self._sealer is None:
            raise ValueError("its session's header is lost, and with it what opens it")
        try:
            opened = self._sealer.open(frame)
        except ValueError:
            if not self._opened:
                raise RecordingError(
                    f"{self.path}: does not open with this key; give the one that it was recorded with"
                ) from None
            raise
        self._opened += 1
        return opened

    def _count(self, file: Path, frame: Frame, item: Item | None) -> None:
        survey = self.survey
        known = frame.kind in Kind.__members__.values()
        survey.records[Kind(frame.kind).name.lower() if known else f"kind {frame.kind}"] += 1
        match item:
            case Header():
                if item.format_version > FORMAT_VERSION:
                    raise RecordingError(
                        f"{file}: is of format {item.format_version}; this version reads up to {FORMAT_VERSION}: upgrade"
                    )
                survey.header = survey.header or item
                if item.salt and self._key is not None and self._sealer is None:
                    self._sealer = Sealer(self._key, item.salt)
            case Dropped():
                survey.dropped.append(item)
            case End():
                survey.ended = True
        if not isinstance(item, _OF_THE_LOG):
            self._last_ns = frame.time_ns
            survey.first_ns = (
                frame.time_ns if survey.first_ns is None else min(survey.first_ns, frame.time_ns)
            )
            survey.last_ns = frame.time_ns if survey.last_ns is None else max(survey.last_ns, frame.time_ns)

    def _tell_loss(self, file: Path, frame: Frame, missing: int) -> None:
        at_ns = None if frame.kind in (Kind.HEADER, Kind.CLOCK, Kind.END) else frame.time_ns
        if self._damage is not None:
            name, damage = self._damage
            self._damage = None
            self._lose(name, damage.offset, damage.length, missing, at_ns, "damaged")
        elif missing:
            self._lose(file.name, 0, 0, missing, at_ns, "not in the files that are left")

    def _tell_damage(self) -> None:
        """Damage after which nothing whole came, or more damage in the next file."""
        if self._damage is not None:
            name, damage = self._damage
            self._damage = None
            self._lose(name, damage.offset, damage.length, None, None, "torn or damaged at its end")

    def _lose(
        self, file: str, offset: int, length: int, records: int | None, before_ns: int | None, why: str
    ) -> None:
        self.survey.losses.append(
            Loss(
                file=file,
                offset=offset,
                length=length,
                records=records,
                after_ns=self._last_ns,
                before_ns=before_ns,
                why=why,
            )
        )


def surveyed(path: Path, key: bytes | None = None) -> Survey:
    """A look at a whole session.

    Raises
    ------
    RecordingError
        As `SessionReader`.
    """
    reader = SessionReader(path, key)
    for _ in reader:
        pass
    return reader.survey


def header_of(path: Path) -> Header:
    """What the session says about itself.

    Raises
    ------
    RecordingError
        If no file of it has a whole header.
    """
    for file in files_of(path):
        content = _content(file)
        if file.suffix != SUFFIX and MARK not in content:
            raise RecordingError(
                f"{file}: is no recording of --record (*{SUFFIX}), and only those are taken here; "
                "'edge-emotion run --input' reads other files as they are"
            )
        for part in scan(content):
            if isinstance(part, Frame) and part.kind == Kind.HEADER:
                try:
                    header = decode(part.kind, part.time_ns, part.payload)
                except ValueError as error:
                    raise RecordingError(
                        f"{file}: {error}; it was made by another version: upgrade"
                    ) from None
                if isinstance(header, Header):
                    return header
    raise RecordingError(f"{path}: no header is whole; 'edge-emotion recover' tells what can be saved")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise RecordingError(f"{file}: cannot be read ({error.strerror})") from None
