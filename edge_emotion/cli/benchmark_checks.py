"""What ``edge-emotion benchmark`` refuses before it measures: flags that contradict each other, or would come to nothing."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from edge_emotion.errors import UsageError
from edge_emotion.profiling.context import usable_cpus

_ABOVE_ZERO = ("stream", "idle", "volts", "battery_wh", "core_watts")
_MEASURING = ("bundle", "quick", "engine", "precision", "threads", "stream", "idle")


def check(args: argparse.Namespace) -> None:
    """Everything that the flags alone tell.

    Raises
    ------
    UsageError
        The message says what is allowed.
    """
    for name in _ABOVE_ZERO:
        value = getattr(args, name)
        if value is not None and not 0 < value < float("inf"):
            raise UsageError(f"{_flag(name)} {value:g}: allowed: a number above 0")
    if args.uncertainty is not None and not 0 < args.uncertainty < 100:
        raise UsageError(
            f"--uncertainty {args.uncertainty:g}: allowed: per cent of a reading, above 0, below 100"
        )
    if args.threads is not None and not 1 <= args.threads <= usable_cpus() and not args.ssh:
        raise UsageError(f"--threads {args.threads}: allowed: 1 to {usable_cpus()} on this machine")
    if args.ssh_command and not args.ssh:
        raise UsageError("--ssh-command says where the command is on --ssh USER@HOST: give that too")
    if args.html:
        _check_place(args.html)
    if args.result:
        _check_result(args)
    _check_trace(args)
    _check_battery(args)


def _check_place(path: Path) -> None:
    folder = path.parent
    if path.is_dir() or not folder.is_dir():
        why = "is a folder" if path.is_dir() else f"there is no folder {folder}"
        raise UsageError(f"--html {path}: {why}; give a file in a folder that exists")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise UsageError(f"--html {path}: this user may not write there; give another place")


def _check_result(args: argparse.Namespace) -> None:
    if args.ssh:
        raise UsageError("--ssh measures and --result does not: give one of them")
    given = [_flag(name) for name in _MEASURING if getattr(args, name)]
    given += ["--meter"] if args.meter not in ("auto", "none") and not args.meter.startswith("csv:") else []
    if given:
        raise UsageError(f"--result measures nothing, {' '.join(given)} would: leave out one or the other")


def _check_trace(args: argparse.Namespace) -> None:
    """Flags of a trace want one, and a trace wants a result with phases."""
    if args.meter.startswith("csv:"):
        if not args.result:
            raise UsageError(
                "--meter csv:FILE reads a trace of an earlier run: first --meter external --json > run.json, "
                "then --result run.json --meter csv:FILE"
            )
        return
    for name, given in (("volts", args.volts is not None), ("trace_start", args.trace_start != 0)):
        if given:
            raise UsageError(
                f"{_flag(name)} is for the trace of a meter outside: add --result FILE --meter csv:FILE"
            )


def _check_battery(args: argparse.Namespace) -> None:
    """Hours come from the mean power of streaming, or from an estimate."""
    if args.battery_wh is None or args.result or args.estimate or args.core_watts is not None:
        return
    if not args.stream:
        raise UsageError(
            "--battery-wh: how long a battery lasts is told by the mean power of streaming: add --stream 60; "
            "without a meter --estimate guesses it"
        )
    if args.meter == "none":
        raise UsageError("--battery-wh with --meter none: nothing would be measured; --estimate guesses")


def _flag(name: str) -> str:
    return "BUNDLE" if name == "bundle" else f"--{name.replace('_', '-')}"
