"""JSON files that people look into."""

from __future__ import annotations

import msgspec


def indented(value: object) -> bytes:
    """``value`` as indented JSON that ends with a new line."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
