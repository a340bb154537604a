"""``edge-emotion doctor``: is this machine ready, and if not, what to do."""

from __future__ import annotations

import argparse

import msgspec

from edge_emotion.cli.checks import Check, Machine, State, all_checks
from edge_emotion.cli.common import add_json, show, table, write_json

EPILOG = """\
example:
  edge-emotion doctor

Exit code 5 if anything keeps the runtime from working; warnings concern optional parts.
"""
NOT_READY = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Check everything; 0 if the runtime can work here."""
    checks = all_checks(Machine.here())
    ready = all(check.state is not State.FAILED for check in checks)
    if args.json:
        write_json({"ready": ready, "checks": msgspec.to_builtins(checks)})
    else:
        show(report(checks))
        show("\nready" if ready else "\nnot ready: see what failed above")
    return 0 if ready else NOT_READY


def report(checks: list[Check]) -> str:
    """A table, and under it the next step for whatever is not well."""
    text = table([(check.name, check.state, check.found) for check in checks])
    steps = [f"  {check.name}: {check.advice}" for check in checks if check.advice]
    return text + ("\n\nnext steps\n" + "\n".join(steps) if steps else "")
