"""``edge-emotion inspect``: what a bundle holds, was trained on, and is proved to do; and how it differs from another."""

from __future__ import annotations

import argparse
from typing import Any

import msgspec

from edge_emotion.bundle.difference import compare
from edge_emotion.bundle.reader import Bundle
from edge_emotion.cli import inspect_diff, inspect_view
from edge_emotion.cli.common import add_json, add_trusted_key, open_bundle, show, table, write_json
from edge_emotion.cli.text import one_line, printable
from edge_emotion.errors import UsageError

CARD = "MODEL_CARD.md"
DIFFERENT = 1
"""Exit code of ``--diff`` where the two are not the same, as that of diff and cmp."""

EPILOG = """\
examples:
  edge-emotion inspect stress-fusion-0.1.0.emo
  edge-emotion inspect --card
  edge-emotion inspect old.emo --diff new.emo        # exit 0: the same bytes; 1: they differ
  edge-emotion inspect bundle.emo --trusted-key maker.key.pub
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.add_argument("bundle", nargs="?", metavar="BUNDLE", help="a .emo file (default: the shipped one)")
    parser.add_argument("--card", action="store_true", help="print the model card (Markdown) instead")
    parser.add_argument("--diff", metavar="OTHER", help="what differs in OTHER; exit 1 if anything does")
    add_trusted_key(parser)
    add_json(parser, "all facts, or all differences, as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Verify the bundle and show what it holds."""
    if args.diff is not None and args.card:
        raise UsageError("--card prints one bundle's card and --diff compares two; give one of them")
    trusted = args.trusted_key or ()
    bundle = open_bundle(args.bundle, trusted)
    if args.diff is not None:
        return _show_difference(bundle, open_bundle(args.diff, trusted), args.json)
    if args.card:
        show(printable(bundle.read(CARD).decode(errors="backslashreplace")).rstrip("\n"))
    elif args.json:
        write_json(inspect_view.facts(bundle))
    else:
        _show_sections(inspect_view.sections(bundle))
    return 0


def _show_difference(first: Bundle, second: Bundle, as_json: bool) -> int:
    difference = compare(first, second)
    if as_json:
        write_json(msgspec.to_builtins(difference, enc_hook=_text))
    elif difference.same:
        show(f"the same bytes, sha256 {first.sha256}")
    else:
        _show_sections(inspect_diff.sections(difference))
    return 0 if difference.same else DIFFERENT


def _show_sections(sections: list[tuple[str, list[tuple[str, ...]]]]) -> None:
    for title, rows in sections:
        if rows:
            show(f"\n{one_line(title)}")
            show(table([tuple(map(one_line, row)) for row in rows]))


def _text(value: Any) -> str:
    return str(value)
