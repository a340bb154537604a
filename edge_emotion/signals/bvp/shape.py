"""What a pulse looks like around its steepest upstroke, and how much it resembles the pulses before it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from operator import mul
from statistics import median

Shape = tuple[float, ...]

HEAD_S, TAIL_S = 0.42, 0.18
"""Before and after the steepest upstroke, in the band-passed signal: the foot counts for more than the crest, which differs from
beat to beat; and nothing has to be waited for that the detector does not wait for already."""

GRID_HZ = 32.0
COMPARED = 8
LEAST_COMPARED = 3
KEPT = 64


class ShapeReader:
    """Cuts the shape of a pulse out of the band-passed signal, by linear interpolation at `GRID_HZ`.

    Parameters
    ----------
    rate_hz
        Rate of the band-passed signal.
    """

    def __init__(self, rate_hz: float) -> None:
        self._taps: list[tuple[int, float]] = []
        for step in range(-round(HEAD_S * GRID_HZ), round(TAIL_S * GRID_HZ) + 1):
            place = step / GRID_HZ * rate_hz
            self._taps.append((math.floor(place), place - math.floor(place)))

    def at(self, band: Sequence[float], at: int) -> Shape:
        """Without mean and of length 1; all zero where the signal is flat.

        Parameters
        ----------
        band
            Must reach from `HEAD_S` before position ``at`` to the next sample after `TAIL_S` behind it.
        """
        values = [band[at + k] + share * (band[at + k + 1] - band[at + k]) for k, share in self._taps]
        mean = sum(values) / len(values)
        apart = [v - mean for v in values]
        length = math.sqrt(sum(map(mul, apart, apart)))
        return tuple([v / length for v in apart]) if length > 0.0 else (0.0,) * len(apart)


class PulseShapes:
    """Shapes of candidates until they are decided on, and of the last pulses."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Be as new."""
        self._candidates: deque[tuple[float, Shape]] = deque(maxlen=KEPT)
        self._pulses: deque[Shape] = deque(maxlen=COMPARED)

    def keep(self, index: float, shape: Shape) -> None:
        """A candidate at (fractional) index ``index``."""
        self._candidates.append((index, shape))

    def likeness(self, index: float) -> float | None:
        """Of the candidate at ``index``, which is a pulse: its median correlation with the last `COMPARED` pulses."""
        shape = next((s for at, s in reversed(self._candidates) if at == index), None)
        if shape is None:
            return None
        products = [sum(map(mul, shape, other)) for other in self._pulses]
        self._pulses.append(shape)
        return median(products) if len(products) >= LEAST_COMPARED else None
