"""What the virtual wearables sense, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_emotion.clock import Clock
from edge_emotion.simulation.generator import SimulatedRecording
from edge_emotion.types import NS_PER_S, FloatArray


class SignalProvider(Protocol):
    """The wearer's body. Sample i was taken i / rate seconds after the beginning."""

    @property
    def ecg_rate_hz(self) -> float: ...

    @property
    def eda_rate_hz(self) -> float: ...

    def ecg_mv(self, start: int, count: int) -> FloatArray:
        """Samples [start, start + count) in mV; fewer where the signal ends."""
        ...

    def eda_us(self, start: int, count: int) -> FloatArray:
        """Samples [start, start + count) in microsiemens; fewer where the signal ends."""
        ...

    def beat_times_s(self, start_s: float, end_s: float) -> NDArray[np.float64]:
        """Times of the beats in [start_s, end_s)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSignals:
    """Signals that exist as arrays.

    Parameters
    ----------
    ecg, eda
        Shape (n,), mV and microsiemens.
    beats_s
        Times of all beats, ascending, shape (n,).
    """

    ecg: FloatArray
    ecg_rate_hz: float
    eda: FloatArray
    eda_rate_hz: float
    beats_s: NDArray[np.float64]

    @classmethod
    def of(cls, recording: SimulatedRecording) -> RecordedSignals:
        """The signals of a simulated session."""
        return cls(
            ecg=recording.ecg_mv,
            ecg_rate_hz=recording.ecg_rate_hz,
            eda=recording.eda_us,
            eda_rate_hz=recording.eda_rate_hz,
            beats_s=recording.beat_time_s,
        )

    def ecg_mv(self, start: int, count: int) -> FloatArray:
        """Samples [start, start + count) in mV."""
        return self.ecg[start : start + count]

    def eda_us(self, start: int, count: int) -> FloatArray:
        """Samples [start, start + count) in microsiemens."""
        return self.eda[start : start + count]

    def beat_times_s(self, start_s: float, end_s: float) -> NDArray[np.float64]:
        """Times of the beats in [start_s, end_s)."""
        first, stop = np.searchsorted(self.beats_s, (start_s, end_s))
        return self.beats_s[first:stop]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the wearables of one wearer share.

    Parameters
    ----------
    origin_ns
        Time of the clock at which the signals' sample 0 was taken.
    """

    clock: Clock
    signals: SignalProvider
    origin_ns: int

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning of the signals."""
        return (self.clock.monotonic_ns() - self.origin_ns) / NS_PER_S

    async def until(self, elapsed_s: float) -> None:
        """Wait for a moment of the signals; one that has passed gives the other tasks a turn and no more."""
        wait_s = elapsed_s - self.elapsed_s
        if wait_s > 0:
            await self.clock.sleep(wait_s)
        else:
            await asyncio.sleep(0)

    async def pace(self, due_s: Callable[[], float | None], send: Callable[[], Awaitable[None]]) -> None:
        """Call ``send`` whenever ``due_s`` says, until that is ``None``.

        When the clock runs ahead of the machine, everything that is due goes out at once: nothing is left out.
        """
        while (moment_s := due_s()) is not None:
            await self.until(moment_s)
            await send()


class WearableClock:
    """A wearable's own clock: it began at ``start_ns`` and runs ``skew_ppm`` too fast."""

    def __init__(self, start_ns: int, skew_ppm: float = 0.0) -> None:
        self._start_ns = start_ns
        self._speed = 1 + skew_ppm * 1e-6
        self._began_s = 0.0

    def at(self, elapsed_s: float) -> int:
        """What it shows at a moment of the signals, in ns."""
        return self._start_ns + round((elapsed_s - self._began_s) * self._speed * NS_PER_S)

    def restart(self, elapsed_s: float) -> None:
        """Begin anew, as a Polar strap does a minute after it was taken off."""
        self._began_s = elapsed_s
