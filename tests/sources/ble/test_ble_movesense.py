"""A Movesense sensor over the virtual radio: subscribed to, read, stopped; and what it may refuse."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.simulation.radio import VirtualHeartRateBelt, VirtualMovesense
from edge_emotion.sources.ble.device_milliseconds import WRAP_MS, DeviceMilliseconds
from edge_emotion.types import NS_PER_S, Modality
from edge_emotion_bridge import MovesenseSubscribe, MovesenseUnsubscribe
from edge_emotion_bridge.uuids import MOVESENSE_NOTIFY

RATE_HZ = 200


@pytest.fixture
def sensor(bench: Any) -> VirtualMovesense:
    """At a rate that it really has, unlike the bench's strap."""
    signals = dataclasses.replace(bench.signals, ecg_rate_hz=float(RATE_HZ))
    return VirtualMovesense(dataclasses.replace(bench.world, signals=signals))


async def test_every_sample_arrives_once_in_millivolt(bench: Any, sensor: VirtualMovesense) -> None:
    async with bench.reading(sensor, ecg="movesense") as heard:
        await heard.seconds(Modality.ECG, 20)
    indices = heard.indices(Modality.ECG)
    assert indices == list(range(indices[0], indices[0] + len(indices)))
    assert heard.gaps(Modality.ECG) == []
    sent = np.asarray(indices, dtype=np.float32) / 1000
    assert np.abs(heard.values(Modality.ECG) - sent).max() < 0.0002  # half a count of the converter


async def test_sample_times_follow_the_device(bench: Any, sensor: VirtualMovesense) -> None:
    async with bench.reading(sensor, ecg="movesense") as heard:
        await heard.seconds(Modality.ECG, 20)
    steps_s = [(b.time_ns - a.time_ns) / NS_PER_S for a, b in pairwise(heard.samples(Modality.ECG))]
    assert max(abs(step - 16 / RATE_HZ) for step in steps_s) < 1.5e-3  # its stamps are whole milliseconds


async def test_closing_ends_the_subscription(bench: Any, sensor: VirtualMovesense) -> None:
    async with bench.reading(sensor, ecg="movesense") as heard:
        await heard.seconds(Modality.ECG, 1)
        assert sensor.stream.running
    assert isinstance(sensor.commands[0], MovesenseSubscribe)
    assert isinstance(sensor.commands[-1], MovesenseUnsubscribe)


async def test_it_comes_back_after_a_drop(bench: Any, sensor: VirtualMovesense) -> None:
    async with bench.reading(sensor, ecg="movesense") as heard:
        await heard.seconds(Modality.ECG, 2)
        await sensor.drop()
        await heard.seconds(Modality.ECG, 4)
    assert len(heard.gaps(Modality.ECG)) >= 1
    heard.assert_whole(Modality.ECG, RATE_HZ)


async def test_a_rate_that_it_refuses_is_told(bench: Any) -> None:
    sensor = VirtualMovesense(bench.world)  # 130 Hz: no such resource
    async with bench.reading(sensor, ecg="movesense") as heard:
        with pytest.raises(DeviceError, match=r"status 404.*firmware") as refusal:
            await heard.seconds(Modality.ECG, 1)
    assert refusal.value.reason is DeviceReason.REFUSED


async def test_other_firmware_is_told(bench: Any) -> None:
    belt = VirtualHeartRateBelt(bench.world, name="Movesense 1")
    async with bench.reading(belt, ecg="movesense") as heard:
        with pytest.raises(DeviceError, match="GATT SensorData Protocol") as refusal:
            await heard.seconds(Modality.ECG, 1)
    assert refusal.value.reason is DeviceReason.MISSING_SERVICE


async def test_hostile_bytes_are_counted_and_survived(bench: Any, sensor: VirtualMovesense) -> None:
    async with bench.reading(sensor, ecg="movesense") as heard:
        await heard.seconds(Modality.ECG, 1)
        for junk in (b"", b"\x02", b"\x02\x45", b"\x02\x45\0\0\0\0\1", b"\xff\xff\xff"):
            await sensor.inject(MOVESENSE_NOTIFY, junk)
        await heard.seconds(Modality.ECG, 2)
    assert "bad_packet" in heard.kinds()


def test_a_counter_of_milliseconds_wraps() -> None:
    counter = DeviceMilliseconds()
    stamps = [counter.to_ns(ms) for ms in (WRAP_MS - 2, WRAP_MS - 1, 0, 1)]
    assert [b - a for a, b in pairwise(stamps)] == [1_000_000] * 3


def test_a_packet_that_was_overtaken_at_the_wrap_moves_nothing() -> None:
    counter = DeviceMilliseconds()
    stamps = [counter.to_ns(ms) for ms in (WRAP_MS - 2, 1, WRAP_MS - 1, 2)]
    assert [stamp - stamps[0] for stamp in stamps] == [0, 3_000_000, 1_000_000, 4_000_000]
