"""Loss, doubling and overtaking: the gap list is what was injected, and every sample that came is where it belongs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_emotion.simulation.radio import Disturbance
from edge_emotion.types import Modality
from edge_emotion_bridge import EcgFrame, decode_eda_packet, decode_pmd_frame
from edge_emotion_bridge.uuids import OPEN_EDA_DATA, PMD_DATA

SECONDS = 120
SHARES = [0.001, 0.01, 0.05, 0.2]


def ecg_indices(packets: list[bytes]) -> set[int]:
    frames = [decode_pmd_frame(packet) for packet in packets]
    return {value for frame in frames if isinstance(frame, EcgFrame) for value in frame.ecg_uv}


def eda_indices(packets: list[bytes]) -> set[int]:
    values = [decode_eda_packet(packet).conductance_tenth_ns for packet in packets]
    return {value for packet in values for value in packet if value is not None}


def assert_told(heard: Any, modality: Modality, rate_hz: float, injected: set[int]) -> None:
    """The missing samples are the injected ones, and the gaps are the runs of them."""
    found = heard.indices(modality)
    assert found == sorted(set(found))
    missing = set(range(found[0], found[-1])) - set(found)
    assert missing == {index for index in injected if found[0] <= index <= found[-1]}
    steps = np.diff(found)
    runs = [(step - 1) / rate_hz for step in steps[steps > 1]]
    told = [(gap.end_ns - gap.start_ns) / 1e9 for gap in heard.gaps(modality)]
    assert told == pytest.approx(runs, abs=0.3 / rate_hz)


@pytest.mark.parametrize("share", SHARES)
async def test_ecg(bench: Any, share: float) -> None:
    injected = Disturbance(share, overtaking=share, seed=3)
    bench.strap.disturb(PMD_DATA, injected)
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.seconds(Modality.ECG, SECONDS)
    assert_told(heard, Modality.ECG, 130, ecg_indices(injected.lost))
    assert (injected.doubled and injected.overtaken) or share < 0.02


@pytest.mark.parametrize("share", SHARES)
async def test_eda(bench: Any, share: float) -> None:
    injected = Disturbance(share, overtaking=share, seed=4)
    bench.eda.disturb(OPEN_EDA_DATA, injected)
    async with bench.reading(bench.eda, eda="open-eda") as heard:
        await heard.seconds(Modality.EDA, SECONDS)
    assert_told(heard, Modality.EDA, 15, eda_indices(injected.lost))
    assert injected.overtaken or share < 0.02
