"""Text from outside on a terminal: no character that moves the cursor, hides, or turns the reading direction."""

from __future__ import annotations


def printable(text: str) -> str:
    """``text`` with everything that does not print written as an escape; lines and spaces stay.

    A bundle's manifest and card are somebody else's text; control sequences in them could overwrite what was shown before.
    """
    return "".join(c if c == "\n" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def one_line(text: str) -> str:
    """The same, and lines become one."""
    return printable(text.replace("\r\n", " ").replace("\n", " "))
