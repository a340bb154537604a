"""A recorded session as plain series on one axis that begins at zero: what every other format needs.

A sensor's rate is never quite its nominal one. Where the packets' times follow the nominal rate to a hundredth of a sample the
values are copied; else they are interpolated linearly onto the nominal grid. What is missing is NaN. The log itself keeps every
sample as it came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.recording.reading import SessionReader, header_of
from edge_emotion.recording.records import FoundGap, Header
from edge_emotion.recording.survey import Survey
from edge_emotion.sources import SensorEvent
from edge_emotion.sources.replay.recording import Recording, Signal
from edge_emotion.types import NS_PER_S, Beat, FloatArray, Gap, GapCause, Modality, Report, Samples, Scr

EXACT_SAMPLES = 0.01
TOLERANCE_SAMPLES, TOLERANCE_SHARE = 3.0, 0.03
"""A packet that is off by more follows a hole; a little more than what the Bluetooth source lets pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """One session, times in ns on the recording's axis; subtract ``origin_ns``.

    Parameters
    ----------
    recording
        Signals from 0 s on.
    unix_ns
        Wall-clock time of the origin, as well as the host knew it.
    """

    header: Header
    survey: Survey
    recording: Recording
    origin_ns: int
    unix_ns: int
    reports: tuple[Report, ...]
    beats: tuple[Beat, ...]
    responses: tuple[Scr, ...]
    gaps: tuple[Gap, ...]
    sensor_events: tuple[SensorEvent, ...]

    def since_s(self, time_ns: int) -> float:
        """Seconds from the first sample."""
        return (time_ns - self.origin_ns) / NS_PER_S


@dataclass(slots=True)
class _Lists:
    samples: dict[Modality, list[Samples]] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    responses: list[Scr] = field(default_factory=list)
    given_gaps: list[Gap] = field(default_factory=list)
    found_gaps: list[Gap] = field(default_factory=list)
    sensor_events: list[SensorEvent] = field(default_factory=list)

    def take(self, item: object) -> None:
        match item:
            case Samples() if len(item.values):
                self.samples.setdefault(item.modality, []).append(item)
            case Report():
                self.reports.append(item)
            case Beat():
                self.beats.append(item)
            case Scr():
                self.responses.append(item)
            case FoundGap():
                self.found_gaps.append(item.gap)
            case Gap():
                self.given_gaps.append(item)
            case SensorEvent():
                self.sensor_events.append(item)
            case _:
                pass

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Each once: the chain tells again what the source told. The end of a signal is no gap."""
        all_of = dict.fromkeys(self.given_gaps + self.found_gaps)
        return tuple(sorted((g for g in all_of if g.cause is not GapCause.END), key=lambda g: g.start_ns))


def gather(path: Path, key: bytes | None = None) -> Gathered:
    """Read a whole session.

    Raises
    ------
    RecordingError
        If there is none, it holds no sample, or a signal changes its rate.
    """
    header = header_of(path)
    reader = SessionReader(path, key)
    lists = _Lists()
    for record in reader:
        lists.take(record.item)
    if not lists.samples:
        raise RecordingError(f"{path}: holds no sample; there is nothing to convert")
    origin_ns = min(_first_ns(blocks[0]) for blocks in lists.samples.values())
    signals = tuple(_signal(path, blocks, origin_ns) for blocks in lists.samples.values())
    anchor = header.clock
    # A played recording's axis has nothing to do with the wall's: it began when the file was made.
    began_ns = origin_ns - anchor.monotonic_ns if header.time_axis == "host" else 0
    return Gathered(
        header=header,
        survey=reader.survey,
        recording=Recording(name=header.session, signals=signals),
        origin_ns=origin_ns,
        unix_ns=anchor.unix_ns + began_ns,
        reports=tuple(lists.reports),
        beats=tuple(lists.beats),
        responses=tuple(lists.responses),
        gaps=lists.gaps,
        sensor_events=tuple(lists.sensor_events),
    )


def _first_ns(block: Samples) -> int:
    if block.rate_hz is not None:
        return block.time_ns
    return block.time_ns - round(float(block.values.sum()) * 1e6)


def _signal(path: Path, blocks: list[Samples], origin_ns: int) -> Signal:
    modality, rate_hz = blocks[0].modality, blocks[0].rate_hz
    if any(b.rate_hz != rate_hz or b.values.ndim != blocks[0].values.ndim for b in blocks):
        raise RecordingError(
            f"{path}: {modality} changes its rate or its channels; convert the session's files one by one"
        )
    if rate_hz is None:
        return _intervals(modality, blocks, origin_ns)
    start_s = (blocks[0].time_ns - origin_ns) / NS_PER_S
    return Signal(modality=modality, rate_hz=rate_hz, start_s=start_s, values=_on_grid(blocks, rate_hz))


def _intervals(modality: Modality, blocks: list[Samples], origin_ns: int) -> Signal:
    """A packet's time is that of its last beat: those before lie their intervals earlier."""
    times: list[NDArray[np.float64]] = []
    for block in blocks:
        later_ms = np.concatenate([np.cumsum(block.values[:0:-1], dtype=np.float64)[::-1], [0.0]])
        times.append((block.time_ns - origin_ns) / NS_PER_S - later_ms / 1e3)
    values = np.concatenate([b.values for b in blocks])
    at_s = np.concatenate(times)
    order = np.argsort(at_s, kind="stable")
    return Signal(
        modality=modality,
        rate_hz=None,
        start_s=float(at_s[order[0]]),
        values=values[order],
        times_s=at_s[order],
    )


def _on_grid(blocks: list[Samples], rate_hz: float) -> FloatArray:
    """Values at the times first + k / rate, NaN where there is no sample."""
    start_ns = blocks[0].time_ns
    places = [(b.time_ns - start_ns) * rate_hz / NS_PER_S for b in blocks]
    steps = max(0, *(int(np.ceil(p - 0.5)) + len(b.values) for p, b in zip(places, blocks, strict=True)))
    out = np.full((steps, *blocks[0].values.shape[1:]), np.nan, np.float32)
    if all(abs(p - round(p)) <= EXACT_SAMPLES for p in places):
        for place, block in zip(places, blocks, strict=True):
            first = round(place)
            out[first : first + len(block.values)] = block.values
        return out
    for run_places, run in _runs(places, blocks):
        _interpolate(out, run_places, run)
    return out


def _runs(places: list[float], blocks: list[Samples]) -> list[tuple[list[float], list[Samples]]]:
    """Neighbouring packets without a hole between them."""
    runs: list[tuple[list[float], list[Samples]]] = []
    ends = float("-inf")
    for place, block in zip(places, blocks, strict=True):
        if abs(place - ends) > TOLERANCE_SAMPLES + TOLERANCE_SHARE * len(block.values):
            runs.append(([], []))
        runs[-1][0].append(place)
        runs[-1][1].append(block)
        ends = place + len(block.values)
    return runs


def _interpolate(out: FloatArray, places: list[float], run: list[Samples]) -> None:
    values = np.concatenate([b.values for b in run]).reshape(sum(len(b.values) for b in run), -1)
    firsts = np.cumsum([0, *(len(b.values) for b in run)])
    # Samples between two packets' first samples are spread evenly: that is the sensor's own rate.
    knots = np.maximum.accumulate([*places, places[-1] + len(run[-1].values)])
    at = np.interp(np.arange(len(values)), firsts, knots)
    first, last = int(np.ceil(at[0])), min(int(np.floor(at[-1])), len(out) - 1)
    grid = np.arange(first, last + 1)
    table = out.reshape(len(out), -1)
    for column in range(values.shape[1]):
        table[grid, column] = np.interp(grid, at, values[:, column])
