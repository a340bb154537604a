"""A strap like a Polar H10: a heart rate belt that also streams ECG over Polar Measurement Data."""

from __future__ import annotations

import numpy as np
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

from edge_emotion.simulation.radio.belt import VirtualHeartRateBelt
from edge_emotion.simulation.radio.paced_stream import PacedStream
from edge_emotion.simulation.radio.peripheral import INDICATE, NOTIFY, READ, READABLE, WRITE, WRITEABLE
from edge_emotion.simulation.radio.world import WearableClock, World
from edge_emotion.types import NS_PER_S
from edge_emotion_bridge import (
    EcgFrame,
    PacketError,
    PmdFeatures,
    PmdGetSettings,
    PmdMeasurement,
    PmdOpcode,
    PmdRequest,
    PmdResponse,
    PmdSettings,
    PmdStart,
    PmdStatus,
    PmdStop,
    decode_pmd_request,
    encode_pmd_features,
    encode_pmd_frame,
    encode_pmd_response,
    encode_pmd_settings,
)
from edge_emotion_bridge.polar_pmd.frames import HEADER_LENGTH
from edge_emotion_bridge.uuids import PMD_CONTROL, PMD_DATA, PMD_SERVICE

SAMPLES_PER_FRAME = 73
BYTES_PER_SAMPLE = 3
CLOCK_START_NS = 599_616_000 * NS_PER_S  # 2019-01-01, where an H10 begins after it was off
UV_PER_MV = 1000
REQUEST_OF = {PmdGetSettings: PmdOpcode.GET_SETTINGS, PmdStart: PmdOpcode.START, PmdStop: PmdOpcode.STOP}


class VirtualPolarStrap(VirtualHeartRateBelt):
    """Streams the world's ECG when told to.

    Parameters
    ----------
    skew_ppm
        How much too fast its clock runs.

    Attributes
    ----------
    requests
        Every valid command it was given, oldest first.
    stream
        Its ECG.
    """

    def __init__(
        self,
        world: World,
        *,
        name: str = "Polar H10 SIM00001",
        address: str = "C0:00:00:00:00:10",
        skew_ppm: float = 0.0,
    ) -> None:
        features = PmdFeatures(measurements=frozenset({PmdMeasurement.ECG}))
        self._control = Characteristic(
            PMD_CONTROL,
            READ | WRITE | INDICATE,
            READABLE | WRITEABLE,
            CharacteristicValue(read=lambda _: encode_pmd_features(features), write=self._write),
        )
        self._data = Characteristic(PMD_DATA, NOTIFY, READABLE, b"")
        super().__init__(
            world,
            name=name,
            address=address,
            manufacturer="Polar Electro Oy",
            model="H10",
            more_services=[Service(PMD_SERVICE, [self._control, self._data])],
        )
        self.clock = WearableClock(CLOCK_START_NS, skew_ppm)
        self.requests: list[PmdRequest] = []
        self.stream = PacedStream(
            world=world,
            rate_hz=world.signals.ecg_rate_hz,
            packet_length=self._samples_per_frame,
            send=self._send,
            spawn=self.spawn,
        )

    def _write(self, _connection: Connection, value: bytes) -> None:
        self.spawn(self.indicate(self._control, self._answer(bytes(value))))

    def _answer(self, value: bytes) -> bytes:
        try:
            request = decode_pmd_request(value)
        except PacketError:
            return bytes([0xF0, *value[:2].ljust(2, b"\0"), PmdStatus.INVALID_PARAMETER])
        self.requests.append(request)
        status, parameters = self._obey(request)
        return encode_pmd_response(
            PmdResponse(
                opcode=REQUEST_OF[type(request)],
                measurement=request.measurement,
                status=status,
                parameters=parameters,
            )
        )

    def _obey(self, request: PmdRequest) -> tuple[PmdStatus, bytes]:
        offer = PmdSettings(sample_rates_hz=(round(self.world.signals.ecg_rate_hz),), resolutions_bits=(14,))
        if request.measurement is not PmdMeasurement.ECG:
            return PmdStatus.NOT_SUPPORTED, b""
        match request:
            case PmdGetSettings():
                return PmdStatus.SUCCESS, encode_pmd_settings(offer)
            case PmdStart() if self.stream.running:
                return PmdStatus.ALREADY_IN_STATE, b""
            case PmdStart() if request.settings != offer:
                return PmdStatus.INVALID_SAMPLE_RATE, b""
            case PmdStart():
                self.stream.start()
            case PmdStop():
                self.stream.stop()
        return PmdStatus.SUCCESS, b""

    def _samples_per_frame(self) -> int:
        return min(SAMPLES_PER_FRAME, (self.payload_size() - HEADER_LENGTH) // BYTES_PER_SAMPLE)

    async def _send(self, start: int, count: int) -> int:
        ecg_mv = self.world.signals.ecg_mv(start, count)
        if len(ecg_mv):
            last = start + len(ecg_mv) - 1
            frame = EcgFrame(
                last_sample_ns=self.clock.at(last / self.world.signals.ecg_rate_hz),
                ecg_uv=tuple(np.rint(ecg_mv * UV_PER_MV).astype(int).tolist()),
            )
            await self.notify(self._data, encode_pmd_frame(frame))
        return len(ecg_mv)
