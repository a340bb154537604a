"""What a pulse looks like around its steepest upstroke, and how much it resembles the pulses before it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from statistics import median

Shape = tuple[float, ...]

HEAD_S, TAIL_S = 0.42, 0.18
"""Before and after the steepest upstroke, in the band-passed signal: the foot counts for more than the crest, which differs from
beat to beat; and nothing has to be waited for that the detector does not wait for already."""

GRID_HZ = 32.0
COMPARED = 8
LEAST_COMPARED = 3
KEPT = 64


def shape_at(band: Sequence[float], at: int, rate_hz: float) -> Shape:
    """The band-passed signal around position ``at``, at `GRID_HZ`, without mean and of length 1; all zero where it is flat.

    Parameters
    ----------
    band
        Must reach from `HEAD_S` before ``at`` to `TAIL_S` after it.
    """
    values: list[float] = []
    for step in range(-round(HEAD_S * GRID_HZ), round(TAIL_S * GRID_HZ) + 1):
        place = at + step / GRID_HZ * rate_hz
        low = min(math.floor(place), len(band) - 2)
        values.append(band[low] + (place - low) * (band[low + 1] - band[low]))
    mean = math.fsum(values) / len(values)
    length = math.sqrt(math.fsum((v - mean) * (v - mean) for v in values))
    return tuple((v - mean) / length if length > 0.0 else 0.0 for v in values)


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
        products = [math.fsum(a * b for a, b in zip(shape, other, strict=True)) for other in self._pulses]
        self._pulses.append(shape)
        return median(products) if len(products) >= LEAST_COMPARED else None
