"""Styled text for a terminal: lines of spans, folded and framed to its width."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """Codes of ECMA-48's select graphic rendition."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    VERDICT = "1;7"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    CYAN = "36"


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one style. What cannot be printed, such as an escape code in a sensor's name, becomes a question mark."""

    text: str
    style: Style = Style.PLAIN

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", "".join(c if c.isprintable() else "?" for c in self.text))


Line = tuple[Span, ...]


def columns_of(text: str) -> int:
    """Columns that a text takes: two for wide characters, none for marks that go on top of another."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def width(line: Line) -> int:
    """Columns that a line takes."""
    return sum(columns_of(span.text) for span in line)


def fold(line: Line, columns: int) -> list[Line]:
    """A line in as many as it needs, broken at spaces where there are any."""
    rows: list[list[Span]] = [[]]
    free = columns
    for span in line:
        for word in _words(span.text, columns):
            taken = columns_of(word)
            if taken > free and rows[-1]:
                rows.append([])
                free, word = columns, word.lstrip()
                taken = columns_of(word)
            if rows[-1] and rows[-1][-1].style is span.style:
                word = rows[-1].pop().text + word
            rows[-1].append(Span(word, span.style))
            free -= taken
    return [tuple(row) for row in rows]


def _words(text: str, columns: int) -> Iterable[str]:
    """Words with the spaces before them, none longer than a row."""
    begin = 0
    for at in range(1, len(text) + 1):
        whole = at == len(text) or (text[at] == " " and text[at - 1] != " ")
        if whole or columns_of(text[begin : at + 1]) > columns:
            yield text[begin:at]
            begin = at


def grid(rows: Sequence[Sequence[Span]], gap: int) -> list[Line]:
    """Cells in columns, ``gap`` spaces between them."""
    widths = [max(columns_of(cell.text) for cell in column) for column in zip(*rows, strict=True)]
    return [
        tuple(
            part
            for cell, wide in zip(row, widths, strict=True)
            for part in (cell, Span(" " * (wide - columns_of(cell.text) + gap)))
        )[:-1]
        for row in rows
    ]


def framed(lines: Iterable[Line], title: str, subtitle: str, columns: int) -> list[Line]:
    """Lines in a box with a text in its upper and its lower edge."""
    inner = max(1, columns - 4)
    body = [
        (Span("│ "), *row, Span(" " * (inner - width(row)) + " │"))
        for line in lines
        for row in fold(line, inner)
    ]
    return [(_edge("╭", title, "╮", columns),), *body, (_edge("╰", subtitle, "╯", columns),)]


def _edge(left: str, text: str, right: str, columns: int) -> Span:
    told = f" {text} " if columns_of(text) + 4 <= columns else ""
    free = max(0, columns - 2 - columns_of(told))
    return Span(f"{left}{'─' * (free // 2)}{told}{'─' * (free - free // 2)}{right}")


def escaped(line: Line) -> str:
    """With escape codes, for a terminal that knows colours."""
    return "".join(f"\x1b[{s.style}m{s.text}\x1b[0m" if s.style else s.text for s in line)


def plain(line: Line) -> str:
    """The text alone."""
    return "".join(span.text for span in line)
