"""The SDK's Bluetooth code, unchanged, over a virtual radio: what is sent arrives."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import numpy as np
from bumble.device import Connection

from edge_emotion.simulation.radio import VirtualHeartRateBelt, VirtualPolarStrap
from edge_emotion.sources import SensorEventKind
from edge_emotion.types import NS_PER_S, Modality
from edge_emotion_bridge import EdaStop, PmdMeasurement, PmdOpcode, PmdSettings, PmdStart, PmdStop


async def test_every_sample_of_both_sensors_arrives_once_and_in_order(bench: Any) -> None:
    async with bench.reading(bench.strap, bench.eda, ecg="polar-h10", eda="open-eda") as heard:
        await heard.seconds(Modality.EDA, 40)
    for modality in (Modality.ECG, Modality.EDA):
        indices = heard.indices(modality)
        assert indices == list(range(indices[0], indices[0] + len(indices)))
        assert heard.gaps(modality) == []
    sequences = [s.sequence for s in heard.samples(Modality.EDA)]
    assert sequences == list(range(len(sequences)))


async def test_ecg_is_bit_equal_to_what_the_strap_measured(bench: Any) -> None:
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.seconds(Modality.ECG, 10)
    values, first = heard.values(Modality.ECG), heard.indices(Modality.ECG)[0]
    assert values.dtype == np.float32
    assert np.array_equal(values, bench.signals.ecg[first : first + len(values)])


async def test_sample_times_have_no_arrival_jitter(bench: Any) -> None:
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.seconds(Modality.ECG, 30)
    frames = heard.samples(Modality.ECG)
    steps_s = [(b.time_ns - a.time_ns) / NS_PER_S for a, b in pairwise(frames)]
    assert max(abs(step - len(frames[0].values) / 130) for step in steps_s) < 0.5 / 130


async def test_events_tell_the_story_of_a_sensor(bench: Any) -> None:
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.count(SensorEventKind.HEART_RATE, 5)
    story = [kind for kind in heard.kinds() if kind is not SensorEventKind.HEART_RATE]
    assert story == ["found", "connected", "battery", "streaming"]
    events = {e.kind: e for e in heard.items if hasattr(e, "kind")}
    assert events["battery"].value == 87
    assert events["heart_rate"].value == round(60 / 0.8125)
    assert {e.sensor for e in events.values()} == {"Polar H10 SIM00001"}


async def test_plain_belt_gives_rr_intervals(bench: Any) -> None:
    belt = VirtualHeartRateBelt(bench.world)
    async with bench.reading(belt, ecg="heart-rate=hr belt sim01") as heard:
        await heard.until(lambda h: len(h.samples(Modality.RR)) >= 20)
    assert heard.source.modalities == (Modality.RR,)
    assert set(heard.values(Modality.RR).tolist()) == {812.5}
    times = [s.time_ns for s in heard.samples(Modality.RR)]
    assert times == sorted(set(times))


async def test_settings_that_come_in_parts_are_read_whole(bench: Any) -> None:
    class WordyStrap(VirtualPolarStrap):
        """Says what it offers in three indications, the best rate in the second."""

        def _write(self, connection: Connection, value: bytes) -> None:
            if value[0] != PmdOpcode.GET_SETTINGS:
                super()._write(connection, value)
                return
            head = b"\xf0\x01\x00\x00"
            self.spawn(
                self._say(
                    head + b"\x01\x00\x02\x40", head + b"\x01\x00\x82\x00", head + b"\x00\x01\x01\x0e\x00"
                )
            )

        async def _say(self, *answers: bytes) -> None:
            for answer in answers:
                await self.indicate(self._control, answer)

    strap = WordyStrap(bench.world)
    async with bench.reading(strap, ecg="polar-h10") as heard:
        await heard.seconds(Modality.ECG, 2)
    start = strap.requests[0]
    assert isinstance(start, PmdStart)
    assert start.settings == PmdSettings(sample_rates_hz=(130,), resolutions_bits=(14,))


async def test_closing_stops_the_streams_on_the_sensors(bench: Any) -> None:
    async with bench.reading(bench.strap, bench.eda, ecg="polar-h10", eda="open-eda") as heard:
        await heard.seconds(Modality.EDA, 2)
        assert bench.strap.stream.running
        assert bench.eda.stream.running
    assert bench.strap.requests[-1] == PmdStop(measurement=PmdMeasurement.ECG)
    assert bench.eda.requests[-1] == EdaStop()


async def test_closing_ends_the_iteration(bench: Any) -> None:
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.seconds(Modality.ECG, 1)
        await heard.source.aclose()
        await heard.source.aclose()
        async for _ in heard.stream:
            pass
        assert not bench.strap.connected


async def test_closing_before_the_beginning(bench: Any) -> None:
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.source.aclose()
    assert heard.items == []


async def test_cancelling_the_reader_stops_the_strap(bench: Any) -> None:
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.seconds(Modality.ECG, 1)
        reader = asyncio.create_task(heard.until(lambda _: False))
        await bench.clock.sleep(5)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        assert not bench.strap.connected
    assert bench.strap.requests[-1] == PmdStop(measurement=PmdMeasurement.ECG)
