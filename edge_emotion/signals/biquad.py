"""Second-order sections, one sample after another, in float64: the same bits whatever the packets.

`BiquadCascade` is the only recursive filter of the runtime. `FiniteHold` stands before every one of them,
because one value that is not a number would stay in a recursive filter for ever.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.spec import Section, Sos

Values = NDArray[np.float32] | NDArray[np.float64] | Sequence[float]
"""What every ``push`` of this package takes: shape (n,), in the unit that the parameter's name carries."""

LARGEST_VALUE = 1e9
"""No sensor of this project reaches it in its unit; beyond it, squares and their sums could overflow."""


class FiniteHold:
    """Replaces what is no number (nan, infinite, beyond `LARGEST_VALUE`) by the last value that was one."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: float | None = None

    def push(self, values: Values) -> tuple[int, list[float]]:
        """Split off the unusable start, hold over the rest.

        Returns
        -------
        skipped
            How many of the first values are to be ignored because no number has been seen yet.
        held
            The remaining values, all finite.
        """
        numbers = np.asarray(values, dtype=np.float64).reshape(-1)
        held: list[float] = numbers.tolist()
        if bool((np.abs(numbers) <= LARGEST_VALUE).all()):
            if held:
                self._last = held[-1]
            return 0, held
        return self._replace(held)

    def _replace(self, values: list[float]) -> tuple[int, list[float]]:
        last = self._last
        skipped = 0
        held: list[float] = []
        for value in values:
            if abs(value) <= LARGEST_VALUE:
                last = value
            if last is None:
                skipped += 1
            else:
                held.append(last)
        self._last = last
        return skipped, held

    def reset(self) -> None:
        """Forget the last value."""
        self._last = None


class BiquadCascade:
    """A chain of biquads in direct form II transposed.

    The state starts in the steady state of the first sample, so a constant input has no transient. Output and
    state equal those of ``scipy.signal.sosfilt`` bit for bit on machines that do not fuse multiply and add.

    Parameters
    ----------
    sos
        Sections ``(b0, b1, b2, a1, a2)`` with ``a0 = 1``, stable; designed offline and carried by the bundle.
    """

    __slots__ = ("_sos", "_state")

    def __init__(self, sos: Sos) -> None:
        self._sos = sos
        self._state: list[tuple[float, float]] = []

    def push(self, values: Values) -> list[float]:
        """Filter the next samples, shape (n,); they must be finite (see `FiniteHold`)."""
        out = values.tolist() if isinstance(values, np.ndarray) else [float(v) for v in values]
        if not out:
            return out
        if not self._state:
            self._state = _steady_state(self._sos, out[0])
        for k, section in enumerate(self._sos):
            out, self._state[k] = _filter(section, self._state[k], out)
        return out

    def reset(self) -> None:
        """Be as new: the next sample sets the state."""
        self._state = []


def _filter(
    section: Section, state: tuple[float, float], values: list[float]
) -> tuple[list[float], tuple[float, float]]:
    b0, b1, b2, a1, a2 = section
    z1, z2 = state
    out: list[float] = []
    append = out.append
    for x in values:
        y = b0 * x + z1
        z1 = b1 * x - a1 * y + z2
        z2 = b2 * x - a2 * y
        append(y)
    return out, (z1, z2)


def _steady_state(sos: Sos, value: float) -> list[tuple[float, float]]:
    states = []
    for b0, b1, b2, a1, a2 in sos:
        settled = value * (b0 + b1 + b2) / (1.0 + a1 + a2)
        z2 = b2 * value - a2 * settled
        states.append((b1 * value - a1 * settled + z2, z2))
        value = settled
    return states


def group_delay(sos: Sos, hz: float, rate_hz: float) -> float:
    """Group delay of the cascade at ``hz``, in samples.

    Exact, by the derivative of each polynomial: for ``P(z) = sum p_k z^-k`` the delay is
    ``Re(sum k p_k z^-k / P)``; that of the numerator minus that of the denominator. ``hz`` must not be a zero
    of a section.
    """
    z = cmath.exp(-2j * math.pi * hz / rate_hz)
    delay = 0.0
    for b0, b1, b2, a1, a2 in sos:
        delay += ((b1 * z + 2.0 * b2 * z * z) / (b0 + b1 * z + b2 * z * z)).real
        delay -= ((a1 * z + 2.0 * a2 * z * z) / (1.0 + a1 * z + a2 * z * z)).real
    return delay
