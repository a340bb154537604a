"""The filters of the ECG detector: symmetric, finite, in closed form, with whole-numbered taps.

Samples are rounded to `QUANTUM_MV` and bounded by `LIMIT_MV`; every kernel's taps are whole numbers whose magnitudes sum
up to less than 2**23. So each product and each partial sum is a whole number below 2**53, which float64 holds exactly:
the result does not depend on the order of summation, and cutting the signal into other packets changes no bit,
whatever the matrix library does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]

QUANTUM_MV = 2.0**-16
"""15 nV: a hundredth of the last bit of a good sensor."""
LIMIT_MV = 2.0**13
"""An electrode's offset is under 1 V."""
TAP_SUM = 2.0**23

CANDIDATE_HZ, CANDIDATE_SIGMA_S = 20.0, 0.025
"""Higher than the 8-20 Hz of clean ECG detectors: electrode motion has little above 15 Hz, even a wide QRS has enough."""
BANDS = ((8.0, 0.040), (14.0, 0.030), (21.0, 0.024), (28.0, 0.020))
"""Hertz and width in seconds. A QRS has energy in all of them at once; T waves, motion and muscle only in some."""
SUPPORT = 2.6
"""Half length of a wavelet in widths."""
HOLD_S = 0.092
"""A candidate is not exceeded for this time before and after."""
LEAST_RATE_HZ = 125.0

FINE_S, COARSE_S = 0.007, 0.040
"""The R peak is sought in the difference of two Gaussian averages of these widths: about 4-25 Hz, zero phase."""
EARLIEST_S, LATEST_S, STEP_S = -0.060, 0.080, 0.004
"""Where around the candidate, and how densely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernels:
    """What one sampling rate needs.

    Parameters
    ----------
    half
        Half length of the candidate wavelet, in samples.
    stride
        Its power is looked at every so many samples: at 130 Hz and a little above.
    hold
        A candidate is not exceeded for so many strides before and after.
    even, odd
        Candidate wavelet, shape (2 half + 1,).
    gain
        What to multiply the squared magnitude with to get mV squared.
    bands
        What describes a candidate, shape (2 reach + 1, 2 bands): the even and the odd part of each band.
    fine
        The fine signal at each position around a candidate, shape (2 reach + 1, positions).
    scale
        What to multiply these with to get mV.
    first, step
        Offset of the first position from the candidate and distance of positions, in samples.
    """

    half: int
    stride: int
    hold: int
    even: Signal
    odd: Signal
    gain: float
    bands: Signal
    fine: Signal
    scale: float
    first: float
    step: float

    @property
    def reach(self) -> int:
        """Samples after a candidate until it is known to be one."""
        return self.half + self.hold * self.stride


def correlate(values: Signal, kernel: Signal) -> Signal:
    """Sliding product of ``values`` with ``kernel``, where it lies inside wholly."""
    return np.correlate(values, kernel, "valid")


def kernels(rate_hz: float) -> Kernels:
    """Kernels for a sampling rate of 100 Hz and above."""
    half = math.ceil(SUPPORT * CANDIDATE_SIGMA_S * rate_hz)
    stride = max(1, int(rate_hz / LEAST_RATE_HZ))
    hold = math.ceil(HOLD_S * rate_hz / stride)
    even, odd = _wavelet(CANDIDATE_HZ, CANDIDATE_SIGMA_S, half, rate_hz)
    shared = min(_whole_scale(even), _whole_scale(odd))
    reach = half + hold * stride
    columns = [k for hz, sigma_s in BANDS for k in _wavelet(hz, sigma_s, reach, rate_hz)]
    positions_s = np.arange(round((LATEST_S - EARLIEST_S) / STEP_S) + 1) * STEP_S + EARLIEST_S
    fine = [_contrast(at_s, reach, rate_hz) for at_s in positions_s.tolist()]
    common = min(_whole_scale(c) for c in (*columns, *fine))
    return Kernels(
        half=half,
        stride=stride,
        hold=hold,
        even=_whole(even, shared),
        odd=_whole(odd, shared),
        gain=(QUANTUM_MV / shared) ** 2,
        bands=np.stack([_whole(c, common) for c in columns], axis=1),
        fine=np.stack([_whole(c, common) for c in fine], axis=1),
        scale=QUANTUM_MV / common,
        first=EARLIEST_S * rate_hz,
        step=STEP_S * rate_hz,
    )


def _wavelet(hz: float, sigma_s: float, half: int, rate_hz: float) -> tuple[Signal, Signal]:
    """Cosine and sine under a Gaussian, cut at `SUPPORT` widths; gain 1 for a sine at ``hz``; blind to a constant."""
    time_s = np.arange(-half, half + 1) / rate_hz
    bell = np.exp(-0.5 * np.square(time_s / sigma_s))
    bell[np.abs(time_s) > SUPPORT * sigma_s] = 0.0
    even = bell * np.cos(2.0 * np.pi * hz * time_s)
    even -= bell * (even.sum() / bell.sum())
    odd = bell * np.sin(2.0 * np.pi * hz * time_s)
    gain = float(even @ np.cos(2.0 * np.pi * hz * time_s))
    return even / gain, odd / gain


def _contrast(at_s: float, half: int, rate_hz: float) -> Signal:
    """Narrow minus wide Gaussian average around ``at_s``."""
    time_s = np.arange(-half, half + 1) / rate_hz - at_s
    # Under 0.9 samples a sampled Gaussian would weigh a peak by where it lies between two samples.
    fine = np.exp(-0.5 * np.square(time_s / max(FINE_S, 0.9 / rate_hz)))
    coarse = np.exp(-0.5 * np.square(time_s / COARSE_S))
    return np.asarray(fine / fine.sum() - coarse / coarse.sum())


def _whole_scale(kernel: Signal) -> float:
    """Largest power of two that keeps the taps' sum under half of `TAP_SUM`; the rest is for rounding."""
    return float(2.0 ** math.floor(math.log2(0.5 * TAP_SUM / float(np.abs(kernel).sum()))))


def _whole(kernel: Signal, scale: float) -> Signal:
    """Rounded taps that still sum up to exactly zero: the largest one takes the difference."""
    taps = np.rint(kernel * scale)
    taps[int(np.argmax(np.abs(taps)))] -= taps.sum()
    return np.asarray(taps)
