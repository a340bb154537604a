"""EEG samples to the tensor ``eeg`` of a window."""

from __future__ import annotations

from collections import deque
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.signals.eeg.entropy import BLOCK_S, DifferentialEntropy
from edge_emotion.signals.spec import EEG_BANKS, SignalSpec
from edge_emotion.signals.timing.grid import hold
from edge_emotion.signals.timing.timeline import Timeline
from edge_emotion.types import NS_PER_S, Event, FloatArray

BLOCK_NS = round(BLOCK_S * NS_PER_S)


class EegPast:
    """What windows are cut from: entropy of the blocks that end in them."""

    def __init__(self) -> None:
        self._blocks: deque[tuple[int, NDArray[np.float64]]] = deque()

    def extend(self, newest_ns: int, entropy: NDArray[np.float64]) -> None:
        """Take a block, shape (bands, channels), whose newest sample was taken at ``newest_ns``."""
        self._blocks.append((newest_ns, entropy))

    def window(self, start_ns: int, spec: SignalSpec) -> dict[str, FloatArray]:
        """``eeg`` of shape (bands, channels, seconds): in each second the block whose newest sample lies in it; where there
        is none, or the channel was not known, the value before it."""
        seconds = round(spec.window_s / BLOCK_S)
        out = np.full((len(EEG_BANKS), spec.eeg_channels, seconds), np.nan, np.float32)
        for newest_ns, entropy in self._blocks:
            place = (newest_ns - start_ns) // BLOCK_NS
            if 0 <= place < seconds:
                out[:, :, place] = np.where(np.isfinite(entropy), entropy, out[:, :, place])
        return {"eeg": hold(out.reshape(-1, seconds)).reshape(out.shape)}

    def forget(self, before_ns: int) -> None:
        """Drop the blocks that no window needs any more."""
        for _ in list(takewhile(lambda block: block[0] < before_ns, self._blocks)):
            self._blocks.popleft()


class EegAnalysis:
    """Electroencephalogram to entropy of bands."""

    def __init__(self, spec: SignalSpec) -> None:
        self._spec = spec
        self.past = EegPast()
        self._entropy: DifferentialEntropy
        self._taken = 0

    def begin(self, rate_hz: float, time_ns: int) -> list[Event]:
        bands = [self._spec.bank(name).at(rate_hz) for name in EEG_BANKS]
        self._entropy = DifferentialEntropy(bands, rate_hz, self._spec.eeg_channels)
        self._taken = 0
        return []

    def run(self, values: FloatArray, timeline: Timeline) -> list[Event]:
        if values.ndim != 2 or values.shape[1] != self._spec.eeg_channels:
            raise RecordingError(
                f"EEG of shape {values.shape[1:]} a sample was given; {self._spec.eeg_channels} channels are specified"
            )
        for entropy in self._entropy.push(values):
            self._taken += self._entropy.block
            self.past.extend(timeline.time_ns(self._taken - 1), entropy)
        return []

    def forget(self, before_ns: int) -> None:
        self.past.forget(before_ns)
