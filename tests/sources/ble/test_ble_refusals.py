"""Sensors that cannot be used: the reason for a program, the next step for a person."""

from __future__ import annotations

from typing import Any

import pytest
from bumble.device import Connection

from edge_emotion.errors import DeviceError, DeviceReason, UsageError
from edge_emotion.simulation.radio import VirtualHeartRateBelt, VirtualPolarStrap, virtual_radio
from edge_emotion.sources.ble import BleSource, LinkPolicy, Radio, SensorKind, SensorRequest
from edge_emotion.types import Modality


async def refusal(bench: Any, *wearables: Any, **sensors: Any) -> DeviceError:
    """The error that reading ends with."""
    async with bench.reading(*wearables, **sensors) as heard:
        with pytest.raises(DeviceError) as caught:
            await heard.until(lambda _: False)
    return caught.value


async def test_a_strap_without_pmd(bench: Any) -> None:
    belt = VirtualHeartRateBelt(bench.world, name="Polar H10 OLD")
    error = await refusal(bench, belt, ecg="polar-h10")
    assert error.reason is DeviceReason.MISSING_SERVICE
    assert "Polar H10 OLD" in str(error)
    assert "heart-rate" in str(error)


async def test_nothing_near(bench: Any) -> None:
    error = await refusal(bench, ecg="polar-h10")
    assert error.reason is DeviceReason.NOT_FOUND
    assert "no other sensor was heard" in str(error)


async def test_only_others_near(bench: Any) -> None:
    error = await refusal(bench, bench.eda, ecg="polar-h10=Polar H10 12345678")
    assert error.reason is DeviceReason.NOT_FOUND
    assert "heard instead: Open EDA" in str(error)


async def test_a_strap_that_does_not_answer(bench: Any) -> None:
    class DeafStrap(VirtualPolarStrap):
        def _write(self, _connection: Connection, value: bytes) -> None:
            """Take the command and say nothing."""

    policy = LinkPolicy(first_attempts=2)
    error = await refusal(bench, DeafStrap(bench.world), ecg="polar-h10", policy=policy)
    assert error.reason is DeviceReason.NO_ANSWER
    assert "within 10 s" in str(error)


async def test_a_rate_that_is_not_offered(bench: Any) -> None:
    request = SensorRequest(kind=SensorKind.OPEN_EDA, rate_hz=64.0)
    async with virtual_radio(bench.eda) as radio:
        with pytest.raises(DeviceError, match=r"64 Hz was asked for; it offers 15 Hz") as caught:
            async for _ in BleSource((request,), bench.clock, radio):
                pass
    assert caught.value.reason is DeviceReason.REFUSED


async def test_a_machine_without_bluetooth(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    source = BleSource.from_names(ecg="polar-h10", clock=bench.clock, radio=Radio())
    with pytest.raises(DeviceError, match="switch Bluetooth on") as caught:
        await anext(aiter(source))
    assert caught.value.reason is DeviceReason.BLUETOOTH_OFF


@pytest.mark.parametrize(
    "names",
    [{}, {"ecg": "polar-h10", "eda": "heart-rate"}, {"ecg": "garmin"}, {"eda": "open-eda "}],
)
def test_names_that_make_no_sense(bench: Any, names: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"allowed: .*(heart-rate|open-eda)"):
        BleSource.from_names(clock=bench.clock, **names)


def test_modalities_are_known_before_anything_is_found(bench: Any) -> None:
    source = BleSource.from_names(ecg="polar-h10=A0:9E:1A:00:00:01", eda="open-eda", clock=bench.clock)
    assert source.modalities == (Modality.ECG, Modality.EDA)
