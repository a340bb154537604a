"""The columns of a window, one a hop, and what they add up to: exactly, after a day of hops as made anew.

A column's values are cut to multiples of 2^-24 and added as whole numbers, which no order of adding rounds.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from edge_emotion.types import FloatArray

_WHOLE = 2.0**24


class Columns:
    """The last ``count`` columns.

    Parameters
    ----------
    count
        Columns of a window.
    width
        Values of a column.
    """

    def __init__(self, count: int, width: int) -> None:
        shape = (1, width)
        self._kept: deque[NDArray[np.int64]] = deque([np.zeros(shape, np.int64)] * count, maxlen=count)
        self._but_oldest = np.zeros(shape, np.int64)
        # Arrays and not numbers: numpy multiplies two arrays of one type with fewer instructions than an array by a number.
        self._to_whole = np.full(shape, _WHOLE, np.float32)
        self._to_share = np.full(shape, 1.0 / (_WHOLE * count), np.float32)

    def but_oldest(self) -> FloatArray:
        """All but the oldest column, added up, over ``count``: shape (1, width)."""
        return self._but_oldest.astype(np.float32) * self._to_share

    def push(self, newest: FloatArray) -> None:
        """Take a column of shape (1, width) in place of the oldest."""
        column = (newest * self._to_whole).astype(np.int64)
        self._kept.append(column)
        self._but_oldest += column
        self._but_oldest -= self._kept[0]
