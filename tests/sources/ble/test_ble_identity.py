"""Whom the source has begun with, it goes on with."""

from __future__ import annotations

from typing import Any

import pytest

from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.simulation.radio import VirtualPolarStrap
from edge_emotion.sources import SensorEventKind
from edge_emotion.sources.ble import LinkPolicy, SensorKind, SensorRequest
from edge_emotion.types import Modality

QUICK = LinkPolicy(rescan_s=2.0)


@pytest.fixture
def other(bench: Any) -> VirtualPolarStrap:
    """The strap of the next person in the room."""
    return VirtualPolarStrap(bench.world, name="Polar H10 OTHER", address="C0:00:00:00:00:77")


async def test_after_a_lost_link_the_next_strap_is_left_alone(bench: Any, other: VirtualPolarStrap) -> None:
    async with bench.reading(bench.strap, other, ecg="polar-h10", policy=QUICK) as heard:
        await heard.seconds(Modality.ECG, 2)
        first, second = (bench.strap, other) if bench.strap.connected else (other, bench.strap)
        await first.leave()
        await heard.until(lambda h: len(h.gaps(Modality.ECG)) > 20)
        assert second.requests == []
        await first.come_back()
        await heard.count(SensorEventKind.STREAMING, 2)
        await heard.seconds(Modality.ECG, 2)
    assert second.requests == []


async def test_a_strap_is_chosen_by_its_serial_number(bench: Any, other: VirtualPolarStrap) -> None:
    async with bench.reading(other, bench.strap, ecg="polar-h10=serial:SIM00001") as heard:
        await heard.seconds(Modality.ECG, 2)
    assert other.requests == []
    assert bench.strap.requests != []


async def test_a_serial_number_that_nobody_has(bench: Any) -> None:
    async with bench.reading(bench.strap, ecg="polar-h10=serial:7") as heard:
        with pytest.raises(DeviceError, match="serial:7") as caught:
            await heard.seconds(Modality.ECG, 1)
    assert caught.value.reason is DeviceReason.NOT_FOUND
    assert bench.strap.requests == []


def test_a_serial_number_on_the_command_line() -> None:
    request = SensorRequest.parse("open-eda=serial:A7")
    assert (request.kind, request.serial, request.identity) == (SensorKind.OPEN_EDA, "A7", None)
    assert str(request) == "open-eda=serial:A7"
