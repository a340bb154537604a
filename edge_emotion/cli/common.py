"""What several commands share: writing JSON and text, opening the bundle, flags with the same meaning everywhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.keys import read_trusted_key
from edge_emotion.bundle.manifest import Precision
from edge_emotion.bundle.reader import Bundle, load_bundle

PRECISIONS: tuple[Precision, ...] = ("int8", "float16", "float32")
"""What ``--precision`` may be, the smallest first."""


def add_json(parser: argparse.ArgumentParser, what: str = "one JSON object") -> None:
    """``--json``."""
    parser.add_argument(
        "--json", action="store_true", help=f"{what} on stdout, everything for people on stderr"
    )


def write_json(value: object) -> None:
    """One JSON object on a line of its own; figures that are not finite become ``null``."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def say(line: str) -> None:
    """Text for people who use ``--json`` or a live view: on stderr."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def show(line: str) -> None:
    """Text that is the command's result: on stdout."""
    sys.stdout.write(line + "\n")


def add_trusted_key(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """``--trusted-key``."""
    parser.add_argument(
        "--trusted-key",
        action="append",
        metavar="KEY.pub",
        help="take only a bundle that this key has signed; repeatable (extra: crypto)",
    )


def add_recording_key(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """``--recording-key``."""
    parser.add_argument(
        "--recording-key",
        metavar="FILE|keyring:SERVICE/USER",
        help="key of encrypted recordings: 64 hexadecimal digits (extra: crypto)",
    )


def open_bundle(path: str | None, trusted_keys: Sequence[str] = ()) -> Bundle:
    """The bundle that was named, or the one that ships with the package, signed by one of the keys if there are any."""
    trusted = [read_trusted_key(Path(key)) for key in trusted_keys]
    return load_bundle(Path(path) if path else default_bundle_path(), trusted)


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows in aligned columns; the last column may be long."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
