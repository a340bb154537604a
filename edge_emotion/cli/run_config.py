"""The settings of ``edge-emotion run``: from a TOML file, overlaid by flags. Keys and flags (`run_flags`) have the same names."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from edge_emotion.errors import UsageError

NAME = "^[A-Za-z0-9_-]{1,64}$"
Rate = Annotated[float, msgspec.Meta(gt=0, le=10_000)]


class WearerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One wearer of several: a name, and the settings that are his own."""

    name: Annotated[str, msgspec.Meta(pattern=NAME)]
    source: Literal["replay", "ble", "simulate"] | None = None
    input: str | None = None
    speed: str | float | None = None
    seed: Annotated[int, msgspec.Meta(ge=0)] | None = None
    ecg: str | None = None
    eda: str | None = None
    cardiac: Literal["ecg", "bvp", "rr"] | None = None
    no_cardiac: bool | None = None
    no_eda: bool | None = None
    reference: str | None = None
    passphrase_file: str | None = None
    record: str | None = None


class RunConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Effective settings of one run; `edge_emotion.cli.run_flags` explains each."""

    source: Literal["replay", "ble", "lsl", "simulate"] = "replay"
    input: str | None = None
    speed: str | float = "max"
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0
    protocol: str | None = None
    ecg: str = "polar-h10"
    eda: str = "open-eda"
    stream: tuple[str, ...] = ()
    ecg_channel: str | None = None
    eda_channel: str | None = None
    bvp_channel: str | None = None
    ecg_rate: Rate | None = None
    eda_rate: Rate | None = None
    bvp_rate: Rate | None = None
    cardiac: Literal["ecg", "bvp", "rr"] | None = None
    no_cardiac: bool = False
    no_eda: bool = False
    bundle: str | None = None
    trusted_key: tuple[str, ...] = ()
    reference: str | None = None
    passphrase_file: str | None = None
    engine: Literal["auto", "onnxruntime", "litert"] = "auto"
    precision: Literal["int8", "float16", "float32"] = "int8"
    sink: tuple[str, ...] = ()
    wearer: tuple[WearerConfig, ...] = ()
    wearer_name: Annotated[str, msgspec.Meta(pattern=NAME)] = "wearer"
    picture: str | None = None
    dashboard: bool = False
    dashboard_listen: str = "127.0.0.1:8765"
    dashboard_name: tuple[str, ...] = ()
    dashboard_token_file: str | None = None
    record: str | None = None
    record_what: Literal["everything", "samples", "reports"] = "everything"
    record_keep_days: Annotated[float, msgspec.Meta(gt=0)] | None = None
    encrypt: bool = False
    recording_key: str | None = None
    record_budget_mb: Annotated[float, msgspec.Meta(gt=0)] = 4096.0
    record_when_full: Literal["stop", "delete-oldest"] = "stop"
    record_segment_mb: Annotated[float, msgspec.Meta(gt=0)] = 64.0
    record_segment_minutes: Annotated[float, msgspec.Meta(gt=0)] = 60.0
    screen: Literal["all", "states"] = "all"
    json: bool = False


<<<<<<< HEAD
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
        "--ecg", metavar="KIND[=NAME]", help="ble: polar-h10, movesense or heart-rate (default: polar-h10)"
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
    group.add_argument("--precision", choices=("int8", "float16", "float32"), help="default: int8")
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


=======
>>>>>>> run7
def effective(args: argparse.Namespace) -> RunConfig:
    """The file's settings, overlaid by the flags that were given.

    Raises
    ------
    UsageError
        If the file cannot be read, has an unknown key or a value out of range, or settings contradict each other.
    """
    given = {name: value for name, value in vars(args).items() if name not in ("config", "print_config")}
    if "wearer" in given:
        given["wearer"] = [parse_wearer(text) for text in given["wearer"]]
    path = getattr(args, "config", None)
    try:
        config = msgspec.convert({**(_read(Path(path)) if path else {}), **given}, RunConfig, strict=True)
    except msgspec.ValidationError as error:
        known = ", ".join(RunConfig.__struct_fields__)
        raise UsageError(f"{path or 'flags'}: {error}; known keys: {known}") from None
    if config.encrypt and not config.recording_key:
        raise UsageError(
            "--encrypt needs --recording-key FILE; make one: openssl rand -hex 32 > KEY && chmod 600 KEY"
        )
    if config.no_cardiac and config.no_eda:
        raise UsageError("no_cardiac and no_eda together leave nothing to run on; give one of them at most")
    inputs = [bool(w.input) or w.source not in (None, "replay") for w in config.wearer] or [False]
    if (
        config.source == "replay"
        and config.input is None
        and not all(inputs)
        and not getattr(args, "print_config", False)
    ):
        raise UsageError("source replay needs --input FILE; to try without a recording: --source simulate")
    return config


def parse_wearer(text: str) -> dict[str, Any]:
    """``NAME=key=value key=value``, as a table of the configuration file would say it.

    Raises
    ------
    UsageError
        If it is not of that form.
    """
    name, _, rest = text.partition("=")
    fields: dict[str, Any] = {"name": name}
    try:
        words = shlex.split(rest)
    except ValueError as error:
        raise UsageError(f"--wearer {text!r}: {error}") from None
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise UsageError(
                f"--wearer {text!r}: {word!r} is no key=value; such as "
                '"anna=ecg=polar-h10=C0:11:22:33:44:55 eda=open-eda=C0:66:77:88:99:AA reference=anna"'
            )
        fields[key] = {"true": True, "false": False}.get(value, int(value) if value.isdecimal() else value)
    return fields


def from_toml(text: str) -> RunConfig:
    """Settings of a file alone.

    Raises
    ------
    UsageError
        If it is not TOML, has an unknown key or a value out of range.
    """
    try:
        return msgspec.toml.decode(text, type=RunConfig)
    except msgspec.DecodeError as error:
        raise UsageError(f"{error}; 'edge-emotion run --print-config' shows the keys") from None


def to_toml(config: RunConfig) -> str:
    """The settings as a file that `effective` reads back; settings that are not set are left out."""
    lines = _assignments(config)
    for wearer in config.wearer:
        lines += ["[[wearer]]", *_assignments(wearer)]
    return "\n".join(lines)


def _assignments(settings: RunConfig | WearerConfig) -> list[str]:
    # A JSON string, number, boolean or list of strings is the same in TOML.
    values = {name: getattr(settings, name) for name in settings.__struct_fields__ if name != "wearer"}
    return [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]


def _read(path: Path) -> dict[str, object]:
    try:
        content = msgspec.toml.decode(path.read_bytes(), type=dict[str, object])
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give the path of a TOML file") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is not TOML ({error})") from None
    return content
