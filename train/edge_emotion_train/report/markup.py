"""Pieces of HTML. Whatever comes from outside is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def section(anchor: str, title: str, *parts: str) -> str:
    """A part of the page that the contents lead to."""
    heading = f'<h2 id="{anchor}-h">{escape(title)}</h2>'
    return f'<section id="{anchor}" aria-labelledby="{anchor}-h">{heading}{"".join(parts)}</section>'


def paragraph(text: str, css: str = "") -> str:
    """Plain text."""
    return f'<p class="{css}">{escape(text)}</p>' if css else f"<p>{escape(text)}</p>"


def bullets(sentences: Iterable[str]) -> str:
    """A list."""
    return f"<ul>{''.join(f'<li>{escape(s)}</li>' for s in sentences)}</ul>"


def picture(title: str, svg: str, caption: str = "") -> str:
    """A chart with its title above and what to make of it below."""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure><h4>{escape(title)}</h4>{svg}{below}</figure>"


def grid(*figures: str) -> str:
    """Charts side by side where there is room."""
    return f'<div class="grid2">{"".join(figures)}</div>'


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    name: str,
    *,
    own: int | None = None,
    raw: frozenset[int] = frozenset(),
) -> str:
    """A table that scrolls by itself, also by keyboard; cells of the columns ``raw`` are markup already.

    Parameters
    ----------
    own
        Number of the row that the report is about.
    """
    header = "".join(
        f'<th scope="col">{cell if i in raw else escape(cell)}</th>' for i, cell in enumerate(head)
    )
    body = []
    for number, row in enumerate(rows):
        cells = "".join(
            f"<td>{cell}</td>"
            if i in raw
            else f'<th scope="row">{escape(cell)}</th>'
            if i == 0
            else f"<td>{escape(cell)}</td>"
            for i, cell in enumerate(row)
        )
        body.append(f'<tr class="mine">{cells}</tr>' if number == own else f"<tr>{cells}</tr>")
    inside = f"<table><thead><tr>{header}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(name)}">{inside}</div>'


def more(title: str, *parts: str) -> str:
    """Details that open on demand."""
    return f"<details><summary>{escape(title)}</summary>{''.join(parts)}</details>"


def key(*entries: tuple[str, str]) -> str:
    """Colours and what they mean."""
    items = "".join(f'<span><i class="{css}"></i>{escape(name)}</span>' for name, css in entries)
    return f'<p class="key">{items}</p>'
