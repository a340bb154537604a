"""Shared by the tests of the detectors: freshly designed filters, and signals cut into packets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_emotion.signals.spec import SignalSpec
from edge_emotion_train.preparation.filters import design_signals

Cut = Callable[[NDArray[np.float64], Sequence[int]], list[NDArray[np.float64]]]


@pytest.fixture(scope="session")
def spec() -> SignalSpec:
    return design_signals()


@pytest.fixture(scope="session")
def cut() -> Cut:
    """Cuts a signal into packets whose lengths run through the given ones, over and over."""

    def split(signal: NDArray[np.float64], lengths: Sequence[int]) -> list[NDArray[np.float64]]:
        ends = np.cumsum(np.tile(lengths, len(signal) // max(1, sum(lengths)) + 1))
        return np.split(signal, ends[ends < len(signal)])

    return split
