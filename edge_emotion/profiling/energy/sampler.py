"""Asking a meter again and again beside the work that is measured."""

from __future__ import annotations

import threading
import time
from types import TracebackType

import numpy as np

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy import EnergyMeter, Meter
from edge_emotion.profiling.energy.trace import Trace
from edge_emotion.types import NS_PER_S

STOP_TIMEOUT_S = 10.0


class Sampler:
    """A thread that reads a meter while the context lasts; times are the monotonic clock's, in s.

    The measured work is another process's: this one sleeps between readings.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._times_s: list[float] = []
        self._values: list[float] = []
        self._error: InputError | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Sampler:
        self._read()  # here, so that a meter that does not answer is known before anything is measured
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(STOP_TIMEOUT_S)
        if kind is None and self._error is None:
            self._read()

    def trace(self) -> Trace:
        """What was read.

        Raises
        ------
        InputError
            If the meter failed on the way.
        """
        if self._error is not None:
            raise self._error
        if isinstance(self._meter, EnergyMeter):
            joules = np.asarray(self._values)
            return Trace(times_s=np.asarray(self._times_s), joules=joules - joules[0])
        return Trace.of_power(self._times_s, self._values)

    def _run(self) -> None:
        period_s = 1 / self._meter.facts.highest_hz
        while not self._stop.wait(period_s):
            try:
                self._read()
            except InputError as error:  # told by trace(), in the thread that can do something about it
                self._error = error
                return

    def _read(self) -> None:
        before_ns = time.monotonic_ns()
        value = self._meter.joules() if isinstance(self._meter, EnergyMeter) else self._meter.watts()
        middle_ns = (before_ns + time.monotonic_ns()) / 2  # a reading may take milliseconds
        self._times_s.append(middle_ns / NS_PER_S)
        self._values.append(value)
