"""The flags of ``edge-emotion run``, one for each field of `run_config.RunConfig`; some serve other commands too."""

from __future__ import annotations

import argparse

from edge_emotion.cli.common import PRECISIONS, add_recording_key, add_trusted_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A flag per field of `RunConfig`; flags that are not given leave the file's value or the default."""
    parser.argument_default = argparse.SUPPRESS
    add_source(parser.add_argument_group("source"))
    add_signals(parser.add_argument_group("signals"))
    _add_output(parser.add_argument_group("model and output"))
    _add_dashboard(parser.add_argument_group("dashboard (extra: dashboard)"))
    recording = parser.add_argument_group("recording")
    recording.add_argument("--record", metavar="DIR", help="also keep a crash-safe log of the session in DIR")
    add_recording(recording)
    config = parser.add_argument_group("configuration")
    config.add_argument("--config", metavar="TOML", help="file with the same keys as the flags; flags win")
    config.add_argument(
        "--print-config", action="store_true", help="print the effective settings as TOML and stop"
    )


def add_recording(group: argparse._ArgumentGroup) -> None:
    """What is kept, how long, how much, and who can read it."""
    group.add_argument(
        "--record-what",
        choices=("everything", "samples", "reports"),
        help="reports: no signal is kept, nothing can be played again (default: everything)",
    )
    group.add_argument(
        "--record-keep-days",
        type=float,
        metavar="DAYS",
        help="delete older sessions of DIR at the start (default: never)",
    )
    group.add_argument("--encrypt", action="store_true", help="encrypt with --recording-key")
    add_recording_key(group)
    group.add_argument(
        "--record-budget-mb", type=float, metavar="MB", help="of all recordings in DIR (default: 4096)"
    )
    group.add_argument(
        "--record-when-full",
        choices=("stop", "delete-oldest"),
        help="when the budget is spent (default: stop recording, delete nothing)",
    )
    group.add_argument("--record-segment-mb", type=float, metavar="MB", help="begin a new file (default: 64)")
    group.add_argument(
        "--record-segment-minutes", type=float, metavar="MIN", help="begin a new file (default: 60)"
    )


def add_source(group: argparse._ArgumentGroup) -> None:
    """Flags that say where samples come from."""
    group.add_argument("--source", choices=("replay", "ble", "lsl", "simulate"), help="default: replay")
    group.add_argument(
        "--input",
        metavar="FILE|DIR",
        help="replay: .npz, .csv, .edf, a WFDB record without suffix, or a recording of --record",
    )
    group.add_argument(
        "--speed", metavar="max|real|FACTOR", help="replay, simulate: how fast to play (default: max)"
    )
    group.add_argument("--seed", type=int, help="simulate: which person (default: 0)")
    group.add_argument(
        "--protocol", metavar="TOML", help="simulate: the script (default: rest, stress, recovery)"
    )
    group.add_argument(
        "--ecg",
        metavar="KIND[=NAME]",
        help="ble: polar-h10, movesense, heart-rate, open-eda (default: polar-h10)",
    )
    group.add_argument("--eda", metavar="KIND[=NAME]", help="ble: open-eda (default: open-eda)")
    group.add_argument(
        "--stream",
        action="append",
        metavar="MODALITY=NAME[/CHANNEL][:UNIT]",
        help="lsl: a stream of the network, such as eda=EmotiBit/EDA:uS; repeatable (extra: lsl)",
    )


def add_signals(group: argparse._ArgumentGroup) -> None:
    """Flags that say which signals of a recording to take."""
    for name in ("ecg", "eda", "bvp"):
        group.add_argument(
            f"--{name}-channel", metavar="NAME", help=f"channel or column that holds the {name.upper()}"
        )
    for name in ("ecg", "eda", "bvp"):
        group.add_argument(
            f"--{name}-rate",
            type=float,
            metavar="HZ",
            help=f"rate of the {name.upper()} in a CSV without time_s",
        )
    group.add_argument(
        "--cardiac", choices=("ecg", "bvp", "rr"), help="which cardiac signal, if there are several"
    )
    group.add_argument("--no-cardiac", action="store_true", help="run on skin conductance alone")
    group.add_argument("--no-eda", action="store_true", help="run on the heart alone")


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--bundle", metavar="FILE", help="a .emo bundle (default: the installed one, else the shipped one)"
    )
    add_trusted_key(group)
    group.add_argument(
        "--reference", metavar="NAME|FILE", help="start calibrated, with what 'edge-emotion calibrate' stored"
    )
    group.add_argument(
        "--passphrase-file", metavar="FILE", help="opens an encrypted reference (or EDGE_EMOTION_PASSPHRASE)"
    )
    group.add_argument("--engine", choices=("auto", "onnxruntime", "litert"), help="default: auto")
    group.add_argument("--precision", choices=PRECISIONS, help="default: int8")
    group.add_argument(
        "--sink",
        action="append",
        metavar="KIND:TARGET",
        help="also write to jsonl:FILE, csv:DIR, influx:FILE|-|http(s)://..., mqtt(s)://HOST/..., lsl:NAME; "
        "repeatable (docs/sinks.md)",
    )
    group.add_argument(
        "--wearer",
        action="append",
        metavar="NAME=KEY=VALUE...",
        help="one of several wearers and his own settings; repeatable, or [[wearer]] in the file (docs/fleet.md)",
    )
    group.add_argument(
        "--wearer-name", metavar="NAME", help="what sinks call the wearer: a pseudonym (default: wearer)"
    )
    group.add_argument("--picture", metavar="FILE.html", help="write a picture of the session at its end")
    group.add_argument(
        "--screen",
        choices=("all", "states"),
        help="states: nothing about the person, as for a journal (default: all)",
    )
    group.add_argument("--json", action="store_true", help="one JSON report a line on stdout, text on stderr")


def _add_dashboard(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--dashboard", action="store_true", help="a live page; its address is printed on stderr"
    )
    group.add_argument(
        "--dashboard-listen", metavar="HOST:PORT", help="default: 127.0.0.1:8765, this machine alone"
    )
    group.add_argument(
        "--dashboard-name",
        action="append",
        metavar="NAME",
        help="host name that it may be asked for by; repeatable",
    )
    group.add_argument(
        "--dashboard-token-file",
        metavar="FILE",
        help="token that stays the same (default: a new one each time)",
    )
