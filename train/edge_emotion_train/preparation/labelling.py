"""From labelled intervals to the label of a window: purity or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edge_emotion_train.datasets.protocol import Interval

PURITY = 0.9
"""A window of which less belongs to one class is dropped: at transitions the body has not followed the
protocol yet."""

UNLABELLED = -1

LabelOf = Mapping[str, str] | Callable[[Interval], str | None]
"""Class name by interval name, or of an interval; ``None`` where it counts for no class."""


def label_windows(
    start_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    intervals: Sequence[Interval],
    mapping: LabelOf,
    labels: Sequence[str],
) -> NDArray[np.int64]:
    """Class index of each window [start_s, end_s), or `UNLABELLED`.

    Parameters
    ----------
    mapping
        Which class an interval counts for, by its name or, as in `DatasetSettings.label_of`, by its ratings too.
    labels
        Class names in the order of the logits.
    """
    share = np.zeros((len(labels), len(start_s)))
    for interval in intervals:
        label = mapping.get(interval.name) if isinstance(mapping, Mapping) else mapping(interval)
        if label is None:
            continue
        overlap_s = np.minimum(end_s, interval.end_s) - np.maximum(start_s, interval.start_s)
        share[labels.index(label)] += np.maximum(overlap_s, 0.0) / (end_s - start_s)
    best = share.argmax(axis=0)
    # A window of 60 s of which 54 s belong to a class is pure; rounding must not decide that.
    pure = share.max(axis=0) >= PURITY - 1e-9
    return np.where(pure, best, UNLABELLED).astype(np.int64)
