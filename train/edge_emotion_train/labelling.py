"""From labelled intervals to the label of a window: purity or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edge_emotion_train.datasets.protocol import Interval

PURITY = 0.9
"""A window of which less belongs to one class is dropped: at transitions the body has not followed the
protocol yet."""

UNLABELLED = -1


def label_windows(
    start_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    intervals: Sequence[Interval],
    mapping: Mapping[str, str],
    labels: Sequence[str],
) -> NDArray[np.int64]:
    """Class index of each window [start_s, end_s), or `UNLABELLED`.

    Parameters
    ----------
    mapping
        Class name by interval name; intervals that it does not name count for no class.
    labels
        Class names in the order of the logits.
    """
    share = np.zeros((len(labels), len(start_s)))
    for interval in intervals:
        if interval.name not in mapping:
            continue
        overlap_s = np.minimum(end_s, interval.end_s) - np.maximum(start_s, interval.start_s)
        share[labels.index(mapping[interval.name])] += np.maximum(overlap_s, 0.0) / (end_s - start_s)
    best = share.argmax(axis=0)
    # A window of 60 s of which 54 s belong to a class is pure; rounding must not decide that.
    pure = share.max(axis=0) >= PURITY - 1e-9
    return np.where(pure, best, UNLABELLED).astype(np.int64)
