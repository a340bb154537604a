"""A skin-conductance sensor that follows the open EDA profile."""

from __future__ import annotations

import asyncio
import math

import numpy as np
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

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


class VirtualEdaSensor(VirtualPeripheral):
    """Streams the world's skin conductance when told to.

    Parameters
    ----------
    name
        At most 8 characters: an advertisement of 31 bytes holds no more beside the flags and a 128-bit UUID.
    skew_ppm
        How much too fast its clock runs.

    Attributes
    ----------
    requests
        Every valid command it was given, oldest first.
    contact
        Whether it touches skin; while it does not, it sends missing samples.
    """

    def __init__(
        self,
        world: World,
        *,
        name: str = "Open EDA",
        address: str = "C0:00:00:00:00:20",
        skew_ppm: float = 0.0,
    ) -> None:
        self.world = world
        self.clock = WearableClock(0, skew_ppm)
        self.requests: list[EdaRequest] = []
        self.contact = True
        self._rate_tenth_hz = round(world.signals.eda_rate_hz * 10)
        self._sequence = 0
        self._next: int | None = None
        self._stream: asyncio.Task[None] | None = None
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
            Service(OPEN_EDA_SERVICE, [self._data, about, self._control]),
            Service("180F", [Characteristic("2A19", READ, READABLE, battery)]),
        ]
        super().__init__(name=name, address=address, services=services, advertised=[OPEN_EDA_SERVICE])

    @property
    def streaming(self) -> bool:
        """Whether conductance is being sent."""
        return self._stream is not None and not self._stream.done()

    def on_disconnected(self) -> None:
        """The stream does not outlive its connection."""
        self._stream = None

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
        if self._stream is not None:
            self._stream.cancel()
        if not isinstance(request, EdaStop):
            self._next = math.ceil(self.world.elapsed_s * self.world.signals.eda_rate_hz)
            self._stream = self.spawn(self.world.pace(self._due_s, self._send))
        return EdaStatus.SUCCESS

    def _samples_per_packet(self) -> int:
        fit = (self.payload_size() - HEADER_LENGTH) // BYTES_PER_SAMPLE
        return min(fit, max(1, round(self.world.signals.eda_rate_hz * PACKET_S)))

    def _due_s(self) -> float | None:
        """When the last sample of the next packet is taken; ``None`` at the end of the signal."""
        if self._next is None:
            return None
        return (self._next + self._samples_per_packet() - 1) / self.world.signals.eda_rate_hz

    async def _send(self) -> None:
        if self._next is None:
            return
        start, wanted = self._next, self._samples_per_packet()
        eda_us = self.world.signals.eda_us(start, wanted)
        self._next = start + wanted if len(eda_us) == wanted else None
        if len(eda_us):
            first_ns = self.clock.at(start / self.world.signals.eda_rate_hz)
            raw = np.clip(np.rint(eda_us * TENTH_NS_PER_US), -LARGEST, LARGEST).astype(int).tolist()
            packet = EdaPacket(
                sequence=self._sequence,
                first_sample_ms=first_ns // NS_PER_MS & 0xFFFFFFFF,
                rate_tenth_hz=self._rate_tenth_hz,
                conductance_tenth_ns=tuple(raw) if self.contact else (None,) * len(raw),
                contact=self.contact,
                saturated=LARGEST in raw,
            )
            self._sequence = (self._sequence + 1) & 0xFFFF
            await self.notify(self._data, encode_eda_packet(packet))
