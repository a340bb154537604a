"""The detector finds beats in anything; the quality index must say that they are none."""

from __future__ import annotations

import numpy as np
import pytest

from edge_emotion.signals.chain import Chain
from edge_emotion.types import Modality, Role, Samples, Window

RATE = 130
MINIMUM_QUALITY = 0.25
"""What the shipped bundle asks for."""
COUNT = 90 * RATE
RANDOM = np.random.default_rng(7)
STEPS = RANDOM.normal(size=COUNT) * (RANDOM.random(COUNT) < 0.03)

NOISES = {
    "white": RANDOM.normal(size=COUNT) * 0.3,
    "wandering": np.cumsum(RANDOM.normal(size=COUNT)) * 0.02,
    "electrode motion": np.convolve(STEPS, np.exp(-np.arange(RATE) / 20.0), "same"),
    "muscle": np.diff(RANDOM.normal(size=COUNT + 1)) * (1.0 + np.sin(np.arange(COUNT) / 40.0)),
    "flat": np.full(COUNT, 0.3),
}


def index(ecg_mv, spec):
    chain = Chain(spec, (Modality.ECG,))
    whole = Samples(modality=Modality.ECG, time_ns=0, rate_hz=RATE, values=ecg_mv.astype(np.float32))
    windows = [e for e in chain.push(whole) if isinstance(e, Window) and e.complete]
    return max(q.index for w in windows for q in w.quality if q.role is Role.CARDIAC)


@pytest.mark.parametrize("name", NOISES)
def test_noise_without_a_heart_is_refused(name, signal_spec):
    assert index(NOISES[name], signal_spec) < MINIMUM_QUALITY


def test_a_heart_is_not(signal_spec):
    t = np.arange(COUNT) / RATE
    beats = np.exp(-(((t % 0.8 - 0.4) / 0.02) ** 2)) + RANDOM.normal(size=COUNT) * 0.01
    assert index(beats, signal_spec) > 0.9
