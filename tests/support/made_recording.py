"""What tests of recordings record: seconds that say where they are."""

from __future__ import annotations

import numpy as np

from edge_emotion.recording.writer import About
from edge_emotion.types import NS_PER_S, Modality, Samples

ABOUT = About(source="made", modalities=(Modality.ECG, Modality.EDA), time_axis="recording")


def second(n: int, rate_hz: float = 130.0, modality: Modality = Modality.ECG) -> Samples:
    """The n-th second of a signal that says where it is."""
    values = np.arange(int(rate_hz), dtype=np.float32) + n
    return Samples(modality=modality, time_ns=n * NS_PER_S, rate_hz=rate_hz, values=values)
