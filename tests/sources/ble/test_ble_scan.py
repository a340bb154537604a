"""What is near is told, with how to read it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edge_emotion.cli import main
from edge_emotion.cli.scan import report
from edge_emotion.simulation.radio import VirtualHeartRateBelt, VirtualPeripheral, virtual_radio
from edge_emotion.sources.ble import SensorKind
from edge_emotion.sources.ble.scan import NearSensor, scan


def lamp() -> VirtualPeripheral:
    return VirtualPeripheral(name="Lamp", address="C0:00:00:00:00:99", services=[], advertised=[])


async def near(bench: Any, *wearables: VirtualPeripheral, batteries: bool = True) -> dict[str, NearSensor]:
    async with virtual_radio(*wearables) as radio:
        return {s.name: s for s in await scan(radio, bench.clock, 5, batteries=batteries)}


async def test_each_sensor_is_told_with_its_battery(bench: Any) -> None:
    found = await near(bench, bench.strap, bench.eda, lamp())
    assert found["Polar H10 SIM00001"].kinds == (SensorKind.POLAR_H10, SensorKind.HEART_RATE)
    assert found["Polar H10 SIM00001"].battery_percent == 87
    assert found["Open EDA"].battery_percent == 64
    assert found["Lamp"].kinds == ()
    assert list(found)[-1] == "Lamp"
    assert not bench.strap.connected


async def test_batteries_need_not_be_asked(bench: Any) -> None:
    found = await near(bench, VirtualHeartRateBelt(bench.world), batteries=False)
    assert found["HR Belt SIM01"].battery_percent is None


async def test_the_report_tells_the_next_command(bench: Any) -> None:
    text = report(tuple((await near(bench, bench.strap, bench.eda)).values()))
    assert 'edge-emotion run --source ble --ecg "polar-h10=Polar H10 SIM00001"' in text
    assert 'edge-emotion run --source ble --eda "open-eda=Open EDA"' in text


async def test_nothing_readable_says_what_to_do(bench: Any) -> None:
    text = report(tuple((await near(bench, lamp())).values()))
    assert "Lamp" in text
    assert "moist electrodes" in text
    assert "moist electrodes" in report(())


def test_without_an_adapter_the_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--seconds", "0.1", "--json"]) in (0, 4)  # 0 on a machine with Bluetooth
    out, err = capsys.readouterr()
    assert "switch Bluetooth on" in err or "sensors" in json.loads(out)


def test_listening_for_no_time_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--seconds", "0"]) == 2
    assert "--seconds 0" in capsys.readouterr().err
