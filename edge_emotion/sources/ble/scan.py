"""What is near: every sensor that advertises, which of them can be read, and how full their batteries are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from edge_emotion.clock import Clock
from edge_emotion.errors import DeviceError
from edge_emotion.sources.ble.finder import scanning
from edge_emotion.sources.ble.link import connected
from edge_emotion.sources.ble.radio import Radio
from edge_emotion.sources.ble.request import SensorKind, SensorRequest
from edge_emotion_bridge import PacketError, decode_battery
from edge_emotion_bridge.uuids import BATTERY_LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class NearSensor:
    """One sensor that was heard.

    Parameters
    ----------
    name
        As it advertises itself; empty if it does not.
    address
        Bluetooth address, or what stands for it on the platform.
    rssi_dbm
        Strength of its newest advertisement; -50 is beside the adapter, -90 at the edge.
    kinds
        How it can be read, the richest way first; empty if it cannot.
    battery_percent
        ``None`` if it was not asked or does not say.
    """

    name: str
    address: str
    rssi_dbm: int
    kinds: tuple[SensorKind, ...]
    battery_percent: int | None = None


async def scan(radio: Radio, clock: Clock, seconds: float, *, batteries: bool) -> tuple[NearSensor, ...]:
    """Listen for ``seconds``; the readable ones first, then by strength.

    Parameters
    ----------
    batteries
        Whether to connect to each readable sensor in turn and ask for its battery; one that is busy elsewhere stays
        without an answer.

    Raises
    ------
    DeviceError
        If the radio cannot scan.
    """
    heard: dict[str, tuple[BLEDevice, NearSensor]] = {}

    def take(device: BLEDevice, advertisement: AdvertisementData) -> None:
        heard[device.address] = (device, _near(device, advertisement))

    with scanning():
        async with radio.scanner(take):
            await clock.sleep(seconds)
    found = sorted(heard.values(), key=lambda pair: (not pair[1].kinds, -pair[1].rssi_dbm))
    if not batteries:
        return tuple(sensor for _, sensor in found)
    return tuple([await _with_battery(radio, device, sensor) for device, sensor in found])


def _near(device: BLEDevice, advertisement: AdvertisementData) -> NearSensor:
    name = advertisement.local_name or ""
    kinds = tuple(
        kind
        for kind in SensorKind
        if SensorRequest(kind=kind).matches(name, device.address, advertisement.service_uuids)
    )
    return NearSensor(name=name, address=device.address, rssi_dbm=advertisement.rssi, kinds=kinds)


async def _with_battery(radio: Radio, device: BLEDevice, sensor: NearSensor) -> NearSensor:
    if not sensor.kinds:
        return sensor
    try:
        async with connected(radio, device, sensor.name or sensor.address) as link:
            if not link.has(BATTERY_LEVEL):
                return sensor
            return replace(sensor, battery_percent=decode_battery(await link.read(BATTERY_LEVEL)).percent)
    except (DeviceError, PacketError):
        return (
            sensor  # connected elsewhere, gone, or without a battery to speak of: it was heard all the same
        )
