"""What a look at a recording found: what is there, and exactly what is not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from edge_emotion.recording.records import Dropped, Header
from edge_emotion.types import NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something that is missing.

    Parameters
    ----------
    file, offset, length
        Where bytes are damaged; ``length`` 0 where no byte is wrong but records are missing, as with a file that was deleted.
    records
        How many; ``None`` where nobody can know: nothing whole follows.
    after_ns, before_ns
        Times of the last whole record before and of the first one after; ``None`` where there is none.
    why
        In words.
    """

    file: str
    offset: int
    length: int
    records: int | None
    after_ns: int | None
    before_ns: int | None
    why: str

    @property
    def sentence(self) -> str:
        """One line for people."""
        count = "an unknown number of" if self.records is None else str(self.records)
        ends = [
            f"{word} {time_ns / NS_PER_S:.3f} s"
            for word, time_ns in (("after", self.after_ns), ("before", self.before_ns))
            if time_ns is not None
        ]
        where = f" at byte {self.offset}, {self.length} bytes" if self.length else ""
        return f"{self.file}{where}: {self.why}, {count} records lost {' and '.join(ends)}".rstrip()


@dataclass(slots=True, kw_only=True)
class Survey:
    """Filled while a session is read.

    Attributes
    ----------
    records
        Whole records by kind.
    ended
        Whether the session was closed in good order; if not, what came within a flush interval (1 s) of the end is lost too.
    """

    files: int = 0
    bytes_read: int = 0
    header: Header | None = None
    records: Counter[str] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    first_ns: int | None = None
    last_ns: int | None = None
    ended: bool = False

    @property
    def whole(self) -> bool:
        """Whether everything is there that was ever recorded."""
        return self.ended and not self.losses and not self.dropped
