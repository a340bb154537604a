"""The command line: a table of commands, each in a module of its own that is loaded only when chosen.

A command module has ``add_arguments(parser)`` and ``run(args) -> int``. Exit codes: 0 done, 2 usage, 3 missing extra, 4 bad
input, 5 a gate failed; 130 after Ctrl-C, 141 when the reader of a pipe went away. ``inspect --diff`` alone gives 1: they differ.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from edge_emotion import __version__
from edge_emotion.cli.text import one_line
from edge_emotion.errors import EdgeEmotionError, MissingExtraError, UsageError

INTERRUPTED, BROKEN_PIPE = 130, 141


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command lives, what it does in a line, and which extra it needs."""

    module: str
    summary: str
    extra: str | None = None


COMMANDS: Mapping[str, Command] = {
    "demo": Command(
        "edge_emotion.cli.demo", "virtual strap and skin sensor to live reports, in seconds", "simulate"
    ),
    "run": Command("edge_emotion.cli.run", "reports from Bluetooth sensors, a recording, or the simulator"),
    "record": Command("edge_emotion.cli.record", "keep what sensors send, without inference"),
    "recover": Command("edge_emotion.cli.recover", "what a damaged recording still holds, and what is lost"),
    "convert": Command("edge_emotion.cli.convert", "a recording as EDF+, CSV, Parquet or BIDS"),
    "scan": Command("edge_emotion.cli.scan", "which sensors are near, and which of them can be read"),
    "calibrate": Command(
        "edge_emotion.cli.calibrate", "a guided rest that becomes the wearer's stored reference"
    ),
    "simulate": Command(
        "edge_emotion.cli.simulate", "write a made-up recording with known beats and responses"
    ),
    "inspect": Command(
        "edge_emotion.cli.inspect", "what a bundle holds, was trained on, and is proved to do"
    ),
    "bundle": Command("edge_emotion.cli.bundle", "install bundles and take them back; sign and verify them"),
    "service": Command("edge_emotion.cli.service", "run as a hardened service that starts with the machine"),
    "benchmark": Command(
        "edge_emotion.cli.benchmark", "latency, memory and energy on this machine, or on a Pi by ssh"
    ),
    "doctor": Command("edge_emotion.cli.doctor", "is this machine ready, and if not, what to do"),
    "data": Command(
        "edge_emotion_train.cli.data", "recordings to learn from: what there is, fetch, check", "train"
    ),
    "pretrain": Command(
        "edge_emotion_train.cli.pretrain", "prepare a model's encoders without labels", "train"
    ),
    "train": Command("edge_emotion_train.cli.train", "train a fusion model by a recipe", "train"),
    "evaluate": Command(
        "edge_emotion_train.cli.evaluate", "judge a run or bundle on people it never saw", "train"
    ),
    "report": Command(
        "edge_emotion_train.cli.report", "one page about a run: boards, intervals, limits", "train"
    ),
    "export": Command("edge_emotion_export.cli", "turn a run into a proved int8 bundle", "export"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(_overview())
        return 0
    if arguments[0] in ("-V", "--version"):
        sys.stdout.write(f"edge-emotion {__version__}\n")
        return 0
    try:
        code = _dispatch(arguments[0], arguments[1:])
        sys.stdout.flush()
        return code
    except EdgeEmotionError as error:
        sys.stderr.write(f"edge-emotion: {one_line(str(error))}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more at exit; that must not fail a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except SystemExit as stop:  # argparse: 0 after --help, 2 after a wrong flag
        return stop.code if isinstance(stop.code, int) else 2


def _dispatch(name: str, arguments: list[str]) -> int:
    command = COMMANDS.get(name)
    if command is None:
        import difflib

        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"unknown command {name!r}: {hint}known commands: {', '.join(COMMANDS)}")
    try:
        module = _load(command.module)
        parser = argparse.ArgumentParser(
            prog=f"edge-emotion {name}",
            description=command.summary,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        return _run(module, parser, arguments)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if command.extra is None or package.startswith("edge_emotion"):
            raise
        raise MissingExtraError(package, command.extra) from None


def _load(name: str) -> ModuleType:
    """Import a command; what is imported stays, so the garbage collector need not look at it, now or later."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def _run(module: ModuleType, parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    module.add_arguments(parser)
    code: int = module.run(parser.parse_args(arguments))
    return code


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return (
        f"edge-emotion {__version__}: ECG and EDA from a wearable to a live, calibrated emotion report\n\n"
        "usage: edge-emotion COMMAND [flags]\n\ncommands:\n" + "\n".join(lines) + "\n\n"
        "example: edge-emotion demo\n"
        "help on a command: edge-emotion COMMAND --help\n"
    )
