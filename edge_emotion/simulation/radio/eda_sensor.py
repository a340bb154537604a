"""A skin-conductance sensor that follows the open EDA profile."""

from __future__ import annotations

import numpy as np
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

from edge_emotion.simulation.radio.paced_stream import PacedStream
from edge_emotion.simulation.radio.peripheral import (
    INDICATE,
    NOTIFY,
    READ,
    READABLE,
    WRITE,
    WRITEABLE,
    VirtualPeripheral,
)
from edge_emotion.simulation.radio.world import WearableClock, World
from edge_emotion.types import FloatArray
from edge_emotion_bridge import (
    BatteryLevel,
    EdaExcitation,
    EdaInfo,
    EdaPacket,
    EdaRequest,
    EdaResponse,
    EdaStart,
    EdaStatus,
    EdaStop,
    PacketError,
    decode_eda_request,
    encode_battery,
    encode_eda_info,
    encode_eda_packet,
    encode_eda_response,
)
from edge_emotion_bridge.open_eda import HEADER_LENGTH, TENTH_NS_PER_US
from edge_emotion_bridge.uuids import OPEN_EDA_CONTROL, OPEN_EDA_DATA, OPEN_EDA_INFO, OPEN_EDA_SERVICE

PACKET_S = 0.5
BYTES_PER_SAMPLE = 3
BATTERY_PERCENT = 64
LARGEST = (1 << 23) - 1
NS_PER_MS = 1_000_000


def counts(values: FloatArray, per_unit: float) -> list[int]:
    """Values as the profile's 24-bit numbers, those out of range at its ends."""
    clipped: list[int] = np.clip(np.rint(values * per_unit), -LARGEST, LARGEST).astype(int).tolist()
    return clipped


def milliseconds(clock: WearableClock, elapsed_s: float) -> int:
    """What a device's 32-bit counter shows at a moment of the signals."""
    return clock.at(elapsed_s) // NS_PER_MS & 0xFFFFFFFF


class VirtualEdaSensor(VirtualPeripheral):
    """Streams the world's skin conductance when told to.

    Parameters
    ----------
    name
        At most 8 characters: an advertisement of 31 bytes holds no more beside the flags and a 128-bit UUID.
    skew_ppm
        How much too fast its clock runs.
    beside
        Further characteristics of its EDA service.

    Attributes
    ----------
    requests
        Every valid command it was given, oldest first.
    contact
        Whether it touches skin; while it does not, it sends missing samples.
    impedance_100_ohm
        What it says of its electrodes; ``None`` if it cannot measure that.
    stream
        Its skin conductance.
    """

    def __init__(
        self,
        world: World,
        *,
        name: str = "Open EDA",
        address: str = "C0:00:00:00:00:20",
        skew_ppm: float = 0.0,
        beside: tuple[Characteristic[bytes], ...] = (),
    ) -> None:
        self.world = world
        self.clock = WearableClock(0, skew_ppm)
        self.requests: list[EdaRequest] = []
        self.contact = True
        self.impedance_100_ohm: int | None = None
        self._rate_tenth_hz = round(world.signals.eda_rate_hz * 10)
        self._sequence = 0
        self.stream = PacedStream(
            world=world,
            rate_hz=world.signals.eda_rate_hz,
            packet_length=self._samples_per_packet,
            send=self._send,
            spawn=self.spawn,
        )
        info = EdaInfo(
            excitation=EdaExcitation.DC,
            range_tenth_ns=LARGEST,
            rates_tenth_hz=(self._rate_tenth_hz,),
            serial="SIM1",
        )
        self._data = Characteristic(OPEN_EDA_DATA, NOTIFY, READABLE, b"")
        self._control = Characteristic(
            OPEN_EDA_CONTROL, WRITE | INDICATE, WRITEABLE, CharacteristicValue(write=self._write)
        )
        about = Characteristic(OPEN_EDA_INFO, READ, READABLE, encode_eda_info(info))
        battery = encode_battery(BatteryLevel(percent=BATTERY_PERCENT))
        services = [
            Service(OPEN_EDA_SERVICE, [self._data, about, self._control, *beside]),
            Service("180F", [Characteristic("2A19", READ, READABLE, battery)]),
        ]
        super().__init__(name=name, address=address, services=services, advertised=[OPEN_EDA_SERVICE])

    def _write(self, _connection: Connection, value: bytes) -> None:
        self.spawn(self.indicate(self._control, encode_eda_response(self._answer(bytes(value)))))

    def _answer(self, value: bytes) -> EdaResponse:
        opcode = value[0] if value else 0
        try:
            request = decode_eda_request(value)
        except PacketError:
            return EdaResponse(opcode=opcode, status=EdaStatus.MALFORMED)
        self.requests.append(request)
        return EdaResponse(opcode=opcode, status=self._obey(request))

    def _obey(self, request: EdaRequest) -> EdaStatus:
        if isinstance(request, EdaStart) and request.rate_tenth_hz != self._rate_tenth_hz:
            return EdaStatus.RATE_NOT_OFFERED
        if isinstance(request, EdaStop):
            self.stream.stop()
        else:
            self.stream.start()
        return EdaStatus.SUCCESS

    def _samples_per_packet(self) -> int:
        fit = (self.payload_size() - HEADER_LENGTH) // BYTES_PER_SAMPLE
        return min(fit, max(1, round(self.world.signals.eda_rate_hz * PACKET_S)))

    async def _send(self, start: int, count: int) -> int:
        eda_us = self.world.signals.eda_us(start, count)
        if len(eda_us):
            raw = counts(eda_us, TENTH_NS_PER_US)
            packet = EdaPacket(
                sequence=self._sequence,
                first_sample_ms=milliseconds(self.clock, start / self.world.signals.eda_rate_hz),
                rate_tenth_hz=self._rate_tenth_hz,
                conductance_tenth_ns=tuple(raw) if self.contact else (None,) * len(raw),
                contact=self.contact,
                impedance_100_ohm=self.impedance_100_ohm,
                saturated=LARGEST in raw,
            )
            self._sequence = (self._sequence + 1) & 0xFFFF
            await self.notify(self._data, encode_eda_packet(packet))
        return len(eda_us)
