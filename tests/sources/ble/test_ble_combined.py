"""One device that measures ECG and skin conductance on one clock."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_emotion.errors import DeviceError, DeviceReason, UsageError
from edge_emotion.simulation.radio import RecordedSignals, VirtualEdaEcgSensor, World
from edge_emotion.sources import SensorEventKind
from edge_emotion.sources.ble import BleSource
from edge_emotion.types import GapCause, Modality
from edge_emotion_bridge import EdaStop
from edge_emotion_bridge.uuids import OPEN_EDA_COMBINED

ECG_HZ, EDA_HZ, LENGTH_S = 130, 13, 120
BOTH = {"ecg": "open-eda", "eda": "open-eda"}


@pytest.fixture
def sensor(bench: Any) -> VirtualEdaEcgSensor:
    """Its samples tell their own index, like the bench's."""
    signals = RecordedSignals(
        ecg=np.arange(LENGTH_S * ECG_HZ, dtype=np.float32) / np.float32(1000),
        ecg_rate_hz=float(ECG_HZ),
        eda=np.arange(LENGTH_S * EDA_HZ, dtype=np.float32) / np.float32(10_000),
        eda_rate_hz=float(EDA_HZ),
        beats_s=np.arange(0, LENGTH_S, 0.8),
    )
    return VirtualEdaEcgSensor(World(clock=bench.clock, signals=signals, origin_ns=0), skew_ppm=80.0)


async def test_both_signals_arrive_whole_and_aligned_to_the_sample(bench: Any, sensor: Any) -> None:
    async with bench.reading(sensor, **BOTH) as heard:
        await heard.seconds(Modality.EDA, 40)
    assert set(heard.source.modalities) == {Modality.ECG, Modality.EDA}
    for modality in (Modality.ECG, Modality.EDA):
        indices = heard.indices(modality)
        assert indices == list(range(indices[0], indices[0] + len(indices)))
        assert heard.gaps(modality) == []
    for ecg, eda in zip(heard.samples(Modality.ECG), heard.samples(Modality.EDA), strict=False):
        first_ecg, first_eda = round(float(ecg.values[0]) * 1000), round(float(eda.values[0]) * 10_000)
        assert (ecg.time_ns, ecg.sequence) == (eda.time_ns, eda.sequence)
        assert first_ecg == first_eda * ECG_HZ // EDA_HZ


async def test_a_lost_link_is_the_same_gap_in_both(bench: Any, sensor: Any) -> None:
    async with bench.reading(sensor, **BOTH) as heard:
        await heard.seconds(Modality.ECG, 10)
        await sensor.drop()
        await heard.count(SensorEventKind.STREAMING, 2)
        await heard.seconds(Modality.ECG, 10)
    last = [heard.gaps(modality)[-1] for modality in (Modality.ECG, Modality.EDA)]
    assert [gap.cause for gap in last] == [GapCause.DISCONNECTED] * 2
    assert last[0].end_ns == last[1].end_ns
    heard.assert_whole(Modality.ECG, ECG_HZ)
    heard.assert_whole(Modality.EDA, EDA_HZ)


@pytest.mark.parametrize(("flag", "modality"), [("ecg", Modality.ECG), ("eda", Modality.EDA)])
async def test_one_of_its_signals_alone(bench: Any, sensor: Any, flag: str, modality: Modality) -> None:
    async with bench.reading(sensor, **{flag: "open-eda"}) as heard:
        await heard.seconds(modality, 5)
        assert heard.source.modalities == (modality,)
    other = Modality.EDA if modality is Modality.ECG else Modality.ECG
    assert heard.samples(other) == []
    assert sensor.requests[-1] == EdaStop()
    assert not sensor.combined_stream.running


async def test_without_contact_both_are_missing_and_told(bench: Any, sensor: Any) -> None:
    async with bench.reading(sensor, **BOTH) as heard:
        await heard.seconds(Modality.ECG, 3)
        sensor.contact = False
        await heard.count(SensorEventKind.CONTACT_LOST, 1)
        await heard.seconds(Modality.ECG, 2)
    assert np.isnan(heard.samples(Modality.ECG)[-1].values).all()
    assert np.isnan(heard.samples(Modality.EDA)[-1].values).all()


async def test_a_broken_frame_is_counted_and_the_stream_goes_on(bench: Any, sensor: Any) -> None:
    async with bench.reading(sensor, **BOTH) as heard:
        await heard.seconds(Modality.ECG, 2)
        await sensor.inject(OPEN_EDA_COMBINED, b"\x01\x03\x00")
        await heard.count(SensorEventKind.BAD_PACKET, 1)
        await heard.seconds(Modality.ECG, 2)
    assert heard.gaps(Modality.ECG) == heard.gaps(Modality.EDA) == []


async def test_a_sensor_without_ecg(bench: Any) -> None:
    with pytest.raises(DeviceError, match="no ECG beside skin conductance: name another") as caught:
        async with bench.reading(bench.eda, **BOTH) as heard:
            await heard.seconds(Modality.ECG, 1)
    assert caught.value.reason is DeviceReason.MISSING_SERVICE


def test_a_strap_is_no_skin_sensor(bench: Any) -> None:
    with pytest.raises(UsageError, match="polar-h10 has no eda signal; allowed: open-eda"):
        BleSource.from_names(clock=bench.clock, eda="polar-h10")


def test_rates_that_are_no_multiple(bench: Any) -> None:
    with pytest.raises(UsageError, match="130 Hz, skin conductance at 15 Hz"):
        VirtualEdaEcgSensor(bench.world)
