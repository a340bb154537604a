"""What goes wrong with real sensors, on the virtual radio: the stream goes on and every hole is told."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from edge_emotion.simulation.radio import VirtualHeartRateBelt, VirtualPolarStrap
from edge_emotion.sources import SensorEventKind
from edge_emotion.types import GapCause, Modality
from edge_emotion_bridge.uuids import PMD_DATA


def causes(heard: Any, modality: Modality) -> set[GapCause]:
    return {gap.cause for gap in heard.gaps(modality)}


async def test_a_cut_link_is_a_gap_and_is_made_anew(bench: Any) -> None:
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        for _ in range(3):
            await heard.seconds(Modality.ECG, 3)
            await bench.strap.drop()
        await heard.count(SensorEventKind.STREAMING, 4)
        await heard.seconds(Modality.ECG, 3)
    assert heard.kinds().count(SensorEventKind.DISCONNECTED) == 3
    assert causes(heard, Modality.ECG) == {GapCause.DISCONNECTED}
    heard.assert_whole(Modality.ECG, 130)
    indices = heard.indices(Modality.ECG)
    assert indices == sorted(set(indices))


async def test_a_gap_is_as_long_as_what_is_missing(bench: Any) -> None:
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.seconds(Modality.ECG, 20)
        await bench.strap.drop()
        await heard.seconds(Modality.ECG, 2)
    indices = np.array(heard.indices(Modality.ECG))
    missing_s = (np.diff(indices).max() - 1) / 130
    told_s = sum(g.end_ns - g.start_ns for g in heard.gaps(Modality.ECG)) / 1e9
    assert told_s == pytest.approx(missing_s, abs=0.1)


async def test_the_other_sensor_goes_on_meanwhile(bench: Any) -> None:
    async with bench.reading(bench.strap, bench.eda, ecg="polar-h10", eda="open-eda") as heard:
        await heard.seconds(Modality.EDA, 2)
        await bench.strap.drop()
        await heard.count(SensorEventKind.STREAMING, 3)
        await heard.seconds(Modality.ECG, 2)
    assert heard.gaps(Modality.EDA) == []


async def test_a_silent_stream_is_a_growing_gap(new_bench: Any) -> None:
    bench = new_bench(length_s=30)
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.until(lambda h: len(h.gaps(Modality.ECG)) >= 4)
    assert causes(heard, Modality.ECG) == {GapCause.STALLED}
    assert heard.kinds().count(SensorEventKind.DISCONNECTED) == 0
    heard.assert_whole(Modality.ECG, 130)


async def test_a_stream_that_stays_silent_is_started_anew(new_bench: Any) -> None:
    bench = new_bench(length_s=20)
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.count(SensorEventKind.STREAMING, 2)
    assert causes(heard, Modality.ECG) == {GapCause.STALLED, GapCause.DISCONNECTED}
    heard.assert_whole(Modality.ECG, 130)


@pytest.mark.parametrize("sensor", ["strap", "eda"])
async def test_a_clock_that_begins_anew_is_a_gap(bench: Any, sensor: str) -> None:
    modality = Modality.ECG if sensor == "strap" else Modality.EDA
    async with bench.reading(bench.strap, bench.eda, ecg="polar-h10", eda="open-eda") as heard:
        await heard.seconds(modality, 20)
        getattr(bench, sensor).clock.restart(bench.world.elapsed_s)
        await heard.seconds(modality, 5)
    assert GapCause.CLOCK_RESTART in causes(heard, modality)
    indices = heard.indices(modality)
    assert indices == sorted(set(indices))


async def test_lost_contact_is_told_and_its_samples_are_nan(bench: Any) -> None:
    async with bench.reading(bench.eda, eda="open-eda") as heard:
        await heard.count(SensorEventKind.CONTACT, 1)
        bench.eda.contact = False
        await heard.count(SensorEventKind.CONTACT_LOST, 1)
        await heard.seconds(Modality.EDA, 1)
    assert np.isnan(heard.samples(Modality.EDA)[-1].values).all()


async def test_a_strap_that_leaves_right_after_the_connect_is_tried_again(bench: Any) -> None:
    class ShyStrap(VirtualPolarStrap):
        times = 2

        def on_connected(self) -> None:
            super().on_connected()
            if self.times:
                self.times -= 1
                self.spawn(self.drop())

    strap = ShyStrap(bench.world)
    async with bench.reading(strap, ecg="polar-h10") as heard:
        await heard.seconds(Modality.ECG, 2)
    assert strap.times == 0
    assert heard.gaps(Modality.ECG) == []


async def test_drying_electrodes_are_told(bench: Any) -> None:
    async with bench.reading(bench.eda, eda="open-eda") as heard:
        for bench.eda.impedance_100_ohm, times in ((100, 1), (110, 1), (200, 2)):
            await heard.seconds(Modality.EDA, 2)
            await heard.count(SensorEventKind.IMPEDANCE, times)
    told = [e.value for e in heard.items if getattr(e, "kind", None) is SensorEventKind.IMPEDANCE]
    assert told == [10_000, 20_000]


async def test_a_belt_that_slips_off_is_told(bench: Any) -> None:
    belt = VirtualHeartRateBelt(bench.world)
    async with bench.reading(belt, ecg="heart-rate") as heard:
        for belt.contact, kind, times in (
            (True, "contact", 1),
            (False, "contact_lost", 1),
            (True, "contact", 2),
        ):
            await heard.count(kind, times)
    kinds = [k for k in heard.kinds() if k.startswith("contact")]
    assert kinds == ["contact", "contact_lost", "contact"]


async def test_bad_packets_are_counted_and_nothing_else(bench: Any) -> None:
    async with bench.reading(bench.strap, ecg="polar-h10") as heard:
        await heard.seconds(Modality.ECG, 1)
        for junk in (b"", b"\x00", b"\xff" * 40, bytes([2]) + bytes(8) + b"\x81" + b"\xff" * 8):
            await bench.strap.inject(PMD_DATA, junk)
        await heard.count(SensorEventKind.BAD_PACKET, 4)
        await heard.seconds(Modality.ECG, 2)
    counts = [e.value for e in heard.items if getattr(e, "kind", None) is SensorEventKind.BAD_PACKET]
    assert counts == [1, 2, 3, 4]
    assert heard.gaps(Modality.ECG) == []


@pytest.mark.parametrize("moment_s", [0.5, 3, 7, 11])
async def test_closing_while_links_are_made_and_lost_leaves_nothing(bench: Any, moment_s: float) -> None:
    async with bench.reading(bench.strap, bench.eda, ecg="polar-h10", eda="open-eda") as heard:
        reader = asyncio.create_task(heard.until(lambda _: False))
        await bench.clock.sleep(moment_s)
        await bench.strap.drop()
        await bench.clock.sleep(moment_s / 4)
        reader.cancel()
        await heard.source.aclose()
        await asyncio.gather(reader, return_exceptions=True)
        assert not bench.strap.connected
        assert not bench.eda.connected
