"""From settings to a source: what to listen to, and by which clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edge_emotion.cli.common import say
from edge_emotion.cli.run_config import RunConfig
from edge_emotion.clock import Clock, ScaledClock, SystemClock
from edge_emotion.errors import UsageError
from edge_emotion.intervals import LabelledInterval
from edge_emotion.recording.folder import is_recording
from edge_emotion.sources import Source
from edge_emotion.types import ROLE_OF, Modality, Role

if TYPE_CHECKING:
    from edge_emotion.sources.replay.recording import Recording

CHANNEL_OF = {Role.CARDIAC: "ecg", Role.EDA: "eda"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A source with what else is known about it.

    Parameters
    ----------
    clock
        Measures the age of the data; ``None`` when a recording is played as fast as it goes.
    time_axis
        Whether times are the host's monotonic clock, or a recording's own.
    """

    source: Source
    clock: Clock | None
    name: str
    time_axis: Literal["host", "recording"] = "recording"
    phases: tuple[LabelledInterval, ...] = ()


def open_input(config: RunConfig, turn: asyncio.Lock | None = None) -> Input:
    """The source that the settings describe; ``turn`` is shared by sources that use one radio.

    Raises
    ------
    EdgeEmotionError
        If a file or setting is wrong; see the readers.
    """
    if config.source == "ble":
        return _bluetooth(config, turn)
    if config.source == "lsl":
        return _lsl(config)
    clock = clock_at(config.speed)
    if config.source == "replay" and is_recording(Path(config.input or "")):
        return _recorded(config, Path(config.input or ""), clock)
    return _played(config, clock)


def _played(config: RunConfig, clock: Clock | None) -> Input:
    """A made-up person or a file of signals, played at the settings' speed."""
    # Each source is imported only when it is the one: a recording needs no Bluetooth.
    from edge_emotion.sources.replay.source import ReplaySource

    recording = _simulated(config) if config.source == "simulate" else _file(config)
    return Input(
        source=ReplaySource(recording, _modalities(recording, config), clock),
        clock=clock,
        name=recording.name,
        phases=recording.intervals,
    )


def _modalities(recording: Recording, config: RunConfig) -> tuple[Modality, ...]:
    """What is asked for, or what there is: a recording of one role is run on that one, and what it lacks is said.

    Raises
    ------
    RecordingError
        If it holds none of what is left.
    """
    left_out = {Role.CARDIAC} if config.no_cardiac else {Role.EDA} if config.no_eda else set()
    wanted = [role for role in (Role.CARDIAC, Role.EDA) if role not in left_out]
    there = [r for r in wanted if recording.plays(r) or (r is Role.CARDIAC and config.cardiac)] or wanted
    for role in wanted:
        if role not in there:
            say(
                f"{config.input}: has no {role} signal, runs on {there[0]} alone; if it does under another name, "
                f"give --{CHANNEL_OF[role]}-channel"
            )
    modalities = [
        Modality(config.cardiac) if r is Role.CARDIAC and config.cardiac else recording.best(r) for r in there
    ]
    acc = [Modality.ACC] if Modality.BVP in modalities and recording.has(Modality.ACC) else []
    return (*modalities, *acc)


def _simulated(config: RunConfig) -> Recording:
    from edge_emotion.simulation.generator import simulate
    from edge_emotion.simulation.protocol import load_protocol
    from edge_emotion.sources.simulator import as_recording

    protocol = load_protocol(Path(config.protocol)) if config.protocol else None
    return as_recording(simulate(protocol, seed=config.seed), f"simulated person {config.seed}")


def _file(config: RunConfig) -> Recording:
    from edge_emotion.sources.replay.opening import open_recording
    from edge_emotion.sources.replay.options import ReadOptions

    options = ReadOptions(
        ecg_channel=config.ecg_channel,
        eda_channel=config.eda_channel,
        bvp_channel=config.bvp_channel,
        ecg_rate_hz=config.ecg_rate,
        eda_rate_hz=config.eda_rate,
        bvp_rate_hz=config.bvp_rate,
    )
    return open_recording(Path(config.input or ""), options)


def _bluetooth(config: RunConfig, turn: asyncio.Lock | None) -> Input:
    from edge_emotion.sources.ble import BleSource

    clock = SystemClock()
    ecg = None if config.no_cardiac else config.ecg
    eda = None if config.no_eda else config.eda
    source = BleSource.from_names(clock=clock, ecg=ecg, eda=eda, turn=turn)
    name = " and ".join(n for n in (ecg, eda) if n)
    return Input(source=source, clock=clock, name=name, time_axis="host")


def _lsl(config: RunConfig) -> Input:
    from edge_emotion.sources.lsl import LslSource, StreamRequest

    clock = SystemClock()
    requests = tuple(StreamRequest.parse(text) for text in config.stream)
    name = " and ".join(map(str, requests))
    return Input(source=LslSource(requests, clock), clock=clock, name=name, time_axis="host")


def _recorded(config: RunConfig, path: Path, clock: Clock | None) -> Input:
    """A session of ``--record``: delivered as it was, so that the same bundle says the same."""
    from edge_emotion.recording.reading import header_of
    from edge_emotion.recording.replaying import RecordedSession, ShiftedClock, first_ns
    from edge_emotion.recording.sealing import read_key

    header = header_of(path)
    left_out = {Role.CARDIAC} if config.no_cardiac else {Role.EDA} if config.no_eda else set()
    modalities = tuple(
        m
        for m in header.modalities
        if ROLE_OF.get(m) not in left_out and not (config.no_cardiac and m is Modality.ACC)
    )
    key = read_key(config.recording_key) if config.recording_key else None
    shifted = ShiftedClock(clock, first_ns(path, key)) if clock else None
    source = RecordedSession(path, modalities, shifted, key)
    return Input(source=source, clock=shifted, name=f"{header.source} ({header.session})")


def clock_at(speed: str | float) -> Clock | None:
    """The clock that plays a recording at ``speed``; ``None`` as fast as it goes."""
    if speed == "max":
        return None
    if speed == "real":
        return ScaledClock(1.0)
    try:
        factor = float(speed)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise UsageError(f"--speed {speed!r}: give max, real, or a factor above 0, such as 10")
    return ScaledClock(factor)
