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
