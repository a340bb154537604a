"""The last lines of a terminal, drawn anew in place."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

from edge_emotion.sinks.styled import Line, escaped, plain

_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_UP, _TO_LINE_END, _TO_END = "\x1b[{}A", "\x1b[K", "\x1b[J"
_UNKNOWN_SIZE = os.terminal_size((80, 24))


def can_redraw(stream: TextIO) -> bool:
    """Whether a stream is a terminal that moves its cursor and shows the characters of a frame."""
    capable = os.environ.get("TERM", "").lower() not in ("", "dumb", "unknown") or sys.platform == "win32"
    unicode = (getattr(stream, "encoding", None) or "").lower().replace("-", "").startswith("utf")
    return stream.isatty() and capable and unicode


@dataclass(slots=True)
class Screen:
    """Draws lines over those that it drew before; what is written to stderr meanwhile lands above them.

    Parameters
    ----------
    stream
        A terminal; left open.
    size
        Instead of asking the terminal.
    """

    stream: TextIO
    size: os.terminal_size | None = None
    _drawn: Sequence[Line] = ()
    _stderr: TextIO | None = None
    # Views draw in a thread of their own, and any thread may write to stderr.
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def columns(self) -> int:
        """How wide it is now."""
        return self._size().columns

    def open(self) -> None:
        """Hide the cursor and take what is written to stderr."""
        self._write(_HIDE)
        if sys.stderr is not None and sys.stderr.isatty():
            self._stderr = sys.stderr
            sys.stderr = _Above(self)  # the part of a stream that writing needs

    def close(self) -> None:
        """Give back what `open` took; what was drawn stays."""
        if self._stderr is not None:
            sys.stderr = self._stderr
        self._write(_SHOW)

    def draw(self, lines: Sequence[Line]) -> None:
        """Show ``lines`` instead of the last ones; as many as fit."""
        with self._lock:
            shown = lines[: max(1, self._size().lines - 1)]
            self._write(self._home() + self._text(shown))
            self._drawn = shown

    def above(self, text: str) -> None:
        """Write whole lines that stay, above what is drawn."""
        with self._lock:
            ended = text if text.endswith("\n") else text + "\n"
            kept = ended.replace("\n", f"{_TO_LINE_END}\n")
            self._write(self._home() + kept + self._text(self._drawn))

    def _home(self) -> str:
        return f"\r{_UP.format(len(self._drawn))}" if self._drawn else ""

    def _text(self, lines: Sequence[Line]) -> str:
        shown = plain if os.environ.get("NO_COLOR") else escaped
        return "".join(f"{shown(line)}{_TO_LINE_END}\n" for line in lines) + _TO_END

    def _size(self) -> os.terminal_size:
        if self.size is not None:
            return self.size
        try:
            found = os.get_terminal_size(self.stream.fileno())
        except (OSError, ValueError):  # no terminal, or closed
            return _UNKNOWN_SIZE
        return found if found.columns and found.lines else _UNKNOWN_SIZE  # a serial console says 0

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


class _Above:
    """Standard error while a screen is drawn: whole lines go above it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._begun = ""

    def write(self, text: str) -> int:
        whole, newline, self._begun = (self._begun + text).rpartition("\n")
        if newline:
            self._screen.above(whole)
        return len(text)

    def flush(self) -> None:
        """A line is shown when it is whole."""

    def isatty(self) -> bool:
        return True
