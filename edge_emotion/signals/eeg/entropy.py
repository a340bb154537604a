"""Differential entropy of EEG in four bands, block by block.

For a Gaussian signal of variance s2 the differential entropy is 0.5 ln(2 pi e s2): the logarithm of the band's power, which is
what classifiers of emotion are commonly fed with. Filters run sample by sample over all bands and channels at once; a block is
a whole number of samples counted from the start, so packet sizes change nothing, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.biquad import LARGEST_VALUE
from edge_emotion.signals.spec import Sos

Doubles = NDArray[np.float64]

BLOCK_S = 1.0
SMALLEST_VARIANCE_UV2 = 1e-4
"""A hundredth of a microvolt: no amplifier is as quiet. A dead channel gets this floor instead of minus infinity."""

SETTLING_BLOCKS = 1
"""After a channel has come back its filters swing for about a second."""


class DifferentialEntropy:
    """Incremental entropy of every band and channel.

    Parameters
    ----------
    bands
        Sections of each band's filter, all bands alike in their number.
    rate_hz
        Sampling rate.
    channels
        Number of channels.
    """

    def __init__(self, bands: Sequence[Sos], rate_hz: float, channels: int) -> None:
        # (5, sections, bands, 1): one coefficient of one section for all bands and channels is one small array.
        coefficients = np.array(bands, np.float64).transpose(2, 1, 0)[..., np.newaxis]
        self._sections = [tuple(coefficients[:, k]) for k in range(coefficients.shape[1])]
        self.block = max(1, round(BLOCK_S * rate_hz))
        self._filtered = np.zeros((self.block, len(bands), channels))
        self._last = np.zeros(channels)
        self._state: list[tuple[Doubles, Doubles]] = []
        self._held = np.zeros(channels, np.int64)
        self._position = 0

    def push(self, values: NDArray[np.floating]) -> Doubles:
        """Take the next samples, shape (n, channels), in uV; what is no number is held and spoils its channel's block.

        Returns
        -------
        ndarray
            Shape (blocks, bands, channels): entropy in nats of every block that is now complete; NaN where samples were
            missing.
        """
        done: list[Doubles] = []
        at = 0
        while at < len(values):
            taken = values[at : at + self.block - self._position]
            self._take(np.asarray(taken, np.float64))
            at += len(taken)
            if self._position == self.block:
                done.append(self._finish())
        return np.array(done) if done else np.empty((0, *self._filtered.shape[1:]))

    def _take(self, samples: Doubles) -> None:
        missing = ~(np.abs(samples) <= LARGEST_VALUE)
        spoilt = missing.any(axis=0)
        if spoilt.any():
            self._held[spoilt] = 1 + SETTLING_BLOCKS
            samples = self._hold(samples, missing)
        if not self._state:
            self._settle(samples[0])
        self._last = samples[-1]
        for row in samples:
            self._filtered[self._position] = self._filter(row)
            self._position += 1

    def _hold(self, samples: Doubles, missing: NDArray[np.bool_]) -> Doubles:
        """Missing samples repeat the last known one; before the first there is zero."""
        held = np.where(missing, 0.0, samples)
        last = self._last
        for row, gone in zip(held, missing, strict=True):
            row[gone] = last[gone]
            last = row
        return held

    def _settle(self, row: Doubles) -> None:
        """Begin in the steady state of the first sample: a constant input has no transient."""
        value = np.broadcast_to(row, self._filtered.shape[1:])
        for b0, b1, b2, a1, a2 in self._sections:
            settled = value * (b0 + b1 + b2) / (1.0 + a1 + a2)
            second = b2 * value - a2 * settled
            self._state.append((b1 * value - a1 * settled + second, second))
            value = settled

    def _filter(self, row: Doubles) -> Doubles:
        value = row
        for k, (b0, b1, b2, a1, a2) in enumerate(self._sections):
            first, second = self._state[k]
            out = b0 * value + first
            self._state[k] = (b1 * value - a1 * out + second, b2 * value - a2 * out)
            value = out
        return value

    def _finish(self) -> Doubles:
        self._position = 0
        variance = np.maximum(self._filtered.var(axis=0), SMALLEST_VARIANCE_UV2)
        entropy: Doubles = 0.5 * np.log(2 * math.pi * math.e * variance)
        entropy[:, self._held > 0] = np.nan
        self._held = np.maximum(self._held - 1, 0)
        return entropy
