"""Two bundles side by side, for people."""

from __future__ import annotations

from typing import Any

import msgspec

from edge_emotion.bundle.difference import BundleName, Content, Difference

LONGEST = 48
"""Characters of a value in the table; all of it stands in the JSON."""


def sections(difference: Difference) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Titles and rows; what does not differ has no rows."""
    one, two = difference.first, difference.second
    return [
        ("Bundles", [("first", *_identity(one)), ("second", *_identity(two))]),
        ("Manifest", [(c.field, _short(c.first), _short(c.second)) for c in difference.manifest]),
        ("Files", [(c.path, _content(c.first), _content(c.second)) for c in difference.files]),
        (
            "Proof",
            [
                (c.path, c.figure, _figure(c.first), _figure(c.second), _change(c.first, c.second))
                for c in difference.proof
            ],
        ),
        ("Signature", [] if one.signer == two.signer else [("signer", _signer(one), _signer(two))]),
    ]


def _identity(bundle: BundleName) -> tuple[str, ...]:
    return (str(bundle.path), f"{bundle.name} {bundle.version}", f"sha256 {bundle.sha256[:16]}")


def _signer(bundle: BundleName) -> str:
    return f"{bundle.signer[:16]} (not checked)" if bundle.signer else "not signed"


def _content(content: Content | None) -> str:
    return f"{content.bytes} bytes, {content.sha256[:16]}" if content else "-"


def _figure(value: float | str | None) -> str:
    return "-" if value is None else value if isinstance(value, str) else f"{value:.6g}"


def _change(first: float | str | None, second: float | str | None) -> str:
    if isinstance(first, int | float) and isinstance(second, int | float):
        return f"{second - first:+.3g}"
    return ""


def _short(value: Any) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
