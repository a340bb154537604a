"""bleak's own BlueZ backend against a BlueZ that fails on demand: what passes is tried again, the rest tells the next step."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import aclosing

import pytest
from fake_bluez import FakeBlueZ

from edge_emotion.clock import SystemClock
from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.sources.ble import BleSource, LinkPolicy, Radio, link
from edge_emotion.types import Gap, Samples

POLICY = LinkPolicy(scan_s=5, rescan_s=5, backoff_s=0.02, backoff_cap_s=0.1, tick_s=0.05, lag_s=0.0)
PATIENT = Radio(connect_timeout_s=10.0)  # what must pass may take long on a busy machine
HASTY = Radio(connect_timeout_s=1.0)  # bleak itself repeats an aborted connect for as long as this
FAILED = "org.bluez.Error.Failed"
BUSY = "org.bluez.Error.InProgress"
NO_REPLY = "org.freedesktop.DBus.Error.NoReply"
DENIED = "org.freedesktop.DBus.Error.AccessDenied"

# bleak keeps its connection to the bus for as long as the loop lives
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No socket of this test is found by a later one; nobody waits long for a link that was never there."""
    monkeypatch.setattr(link, "DISCONNECT_S", 3.0)
    yield
    with warnings.catch_warnings(action="ignore"):
        gc.collect()


def heard(
    bus: str,
    bluez: FakeBlueZ,
    packets: int,
    at: dict[int, Callable[[], None]] | None = None,
    sensor: str = "heart-rate",
    radio: Radio = PATIENT,
    **start: bool,
) -> list[object]:
    """Items until so many packets of intervals are there; ``at`` does something after as many of them."""

    async def read() -> list[object]:
        await bluez.start(bus, **start)
        source = BleSource.from_names(ecg=sensor, clock=SystemClock(), policy=POLICY, radio=radio)
        items: list[object] = []
        todo = dict(at or {})
        try:
            async with aclosing(aiter(source)) as stream:
                async for item in stream:
                    items.append(item)
                    count = sum(isinstance(i, Samples) for i in items)
                    todo.pop(count, lambda: None)()
                    if count >= packets:
                        break
        finally:
            await source.aclose()
            await bluez.stop()
        return items

    return asyncio.run(asyncio.wait_for(read(), 60))


def refused(bus: str, bluez: FakeBlueZ, sensor: str = "heart-rate", **start: bool) -> DeviceError:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(link, "DISCONNECT_S", 0.5)
        with pytest.raises(DeviceError) as caught:
            heard(bus, bluez, 1, sensor=sensor, radio=HASTY, **start)
    return caught.value


@pytest.mark.parametrize(
    ("method", "name", "text"),
    [
        ("Connect", FAILED, "le-connection-abort-by-local"),
        ("Connect", FAILED, "Software caused connection abort"),
        ("Connect", BUSY, "Operation already in progress"),
        ("Connect", NO_REPLY, "Did not receive a reply"),
        ("StartDiscovery", BUSY, "Operation already in progress"),
        ("StartNotify", FAILED, "Not connected"),
        ("StartNotify", "org.freedesktop.DBus.Error.UnknownObject", "Method does not exist"),
    ],
)
def test_what_passes_is_tried_again(bus: str, method: str, name: str, text: str) -> None:
    bluez = FakeBlueZ()
    bluez.faults.add(method, name, text, times=2)
    heard(bus, bluez, 3)
    assert bluez.faults.raised == [name, name]


@pytest.mark.parametrize(
    ("method", "name", "text", "reason", "advice"),
    [
        (
            "Connect",
            FAILED,
            "le-connection-abort-by-local",
            DeviceReason.CONNECT_FAILED,
            "switch the hotspot off",
        ),
        ("Connect", BUSY, "", DeviceReason.BUSY, "another program"),
        ("StartDiscovery", BUSY, "", DeviceReason.BUSY, "another program"),
        (
            "StartDiscovery",
            "org.bluez.Error.NotReady",
            "Resource Not Ready",
            DeviceReason.BLUETOOTH_OFF,
            "rfkill unblock",
        ),
        ("StartDiscovery", DENIED, "Rejected send message", DeviceReason.DENIED, "usermod -aG bluetooth"),
        (
            "Connect",
            "org.bluez.Error.AuthenticationFailed",
            "Authentication Failed",
            DeviceReason.NOT_PAIRED,
            "bluetoothctl remove",
        ),
        (
            "StartNotify",
            FAILED,
            "Operation failed with ATT error: 0x0f",
            DeviceReason.NOT_PAIRED,
            "bluetoothctl pair",
        ),
        (
            "StartNotify",
            FAILED,
            "Operation failed with ATT error: 0x05",
            DeviceReason.NOT_PAIRED,
            "bluetoothctl pair",
        ),
        (
            "Connect",
            NO_REPLY,
            "Did not receive a reply",
            DeviceReason.CONNECT_FAILED,
            "systemctl restart bluetooth",
        ),
        ("Connect", "org.bluez.Error.Weird", "no idea", DeviceReason.CONNECT_FAILED, "bring it closer"),
    ],
)
def test_what_stays_is_told_with_the_next_step(
    bus: str, method: str, name: str, text: str, reason: DeviceReason, advice: str
) -> None:
    bluez = FakeBlueZ()
    bluez.faults.add(method, name, text, times=20_000)
    error = refused(bus, bluez)
    assert error.reason is reason
    assert advice in str(error)


@pytest.mark.parametrize("start", [{"adapter": False}, {"powered": False}])
def test_no_adapter_or_one_that_is_off(bus: str, start: dict[str, bool]) -> None:
    error = refused(bus, FakeBlueZ(), **start)
    assert error.reason is DeviceReason.BLUETOOTH_OFF
    assert "rfkill unblock" in str(error)


def test_what_bluez_remembers_of_old_firmware_is_forgotten_once(bus: str) -> None:
    bluez = FakeBlueZ()
    error = refused(bus, bluez, sensor="polar-h10=Strap")
    assert error.reason is DeviceReason.MISSING_SERVICE
    assert bluez.removed == 2  # after each of two attempts


def test_notifications_are_not_acquired_by_descriptor(bus: str) -> None:
    """AcquireNotify broke devices (bleak issue 1885), and bleak's default changed twice."""
    bluez = FakeBlueZ()
    heard(bus, bluez, 3)
    assert bluez.acquired == 0


def test_a_link_that_breaks_is_told_and_made_anew(bus: str) -> None:
    bluez = FakeBlueZ()
    items = heard(bus, bluez, 20, at={10: bluez.device.drop})
    told = [item.kind for item in items if isinstance(item, SensorEvent)]
    broken = told.index(SensorEventKind.DISCONNECTED)
    assert SensorEventKind.STREAMING in told[:broken]
    assert SensorEventKind.STREAMING in told[broken:]


def test_an_adapter_that_is_pulled_out_and_plugged_in_again(bus: str) -> None:
    bluez = FakeBlueZ()

    def replug() -> None:
        bluez.pull_out()
        asyncio.get_running_loop().call_later(0.5, bluez.plug_in)

    items = heard(bus, bluez, 20, at={10: replug})
    assert any(isinstance(item, Gap) for item in items)
