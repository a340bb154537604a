"""A sensor like a Movesense HR2: a heart rate belt that also streams ECG over the GATT SensorData Protocol."""

from __future__ import annotations

import numpy as np
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

from edge_emotion.simulation.radio.belt import VirtualHeartRateBelt
from edge_emotion.simulation.radio.paced_stream import PacedStream
from edge_emotion.simulation.radio.peripheral import NOTIFY, READABLE, WRITE, WRITEABLE
from edge_emotion.simulation.radio.world import WearableClock, World
from edge_emotion_bridge import (
    MovesenseCommand,
    MovesenseData,
    MovesenseEcg,
    MovesenseResponse,
    MovesenseSubscribe,
    MovesenseUnsubscribe,
    PacketError,
    decode_movesense_command,
    encode_movesense_ecg,
    encode_movesense_notification,
)
from edge_emotion_bridge.movesense import ECG_UV_PER_COUNT
from edge_emotion_bridge.uuids import MOVESENSE_COMMAND, MOVESENSE_NOTIFY, MOVESENSE_SERVICE

SAMPLES_PER_PACKET = 16
UV_PER_MV = 1000
NS_PER_MS = 1_000_000
OK, BAD_REQUEST, NOT_FOUND = 200, 400, 404


class VirtualMovesense(VirtualHeartRateBelt):
    """Streams the world's ECG, at the world's rate, to whoever subscribes to it.

    Attributes
    ----------
    commands
        Every valid command it was given, oldest first.
    stream
        Its ECG.
    """

    def __init__(
        self,
        world: World,
        *,
        name: str = "Movesense 174630000192",
        address: str = "C0:00:00:00:00:12",
        skew_ppm: float = 0.0,
    ) -> None:
        self._command = Characteristic(
            MOVESENSE_COMMAND, WRITE, WRITEABLE, CharacteristicValue(write=self._write)
        )
        self._notifications = Characteristic(MOVESENSE_NOTIFY, NOTIFY, READABLE, b"")
        super().__init__(
            world,
            name=name,
            address=address,
            manufacturer="Movesense",
            model="HR2",
            more_services=[Service(MOVESENSE_SERVICE, [self._command, self._notifications])],
        )
        self.clock = WearableClock(0, skew_ppm)
        self.commands: list[MovesenseCommand] = []
        self._reference = 0
        self.stream = PacedStream(
            world=world,
            rate_hz=world.signals.ecg_rate_hz,
            packet_length=lambda: SAMPLES_PER_PACKET,
            send=self._send,
            spawn=self.spawn,
        )

    def _write(self, _connection: Connection, value: bytes) -> None:
        answer = encode_movesense_notification(self._answer(bytes(value)))
        self.spawn(self.notify(self._notifications, answer))

    def _answer(self, value: bytes) -> MovesenseResponse:
        try:
            command = decode_movesense_command(value)
        except PacketError:
            return MovesenseResponse(reference=value[1] if len(value) > 1 else 0, status=BAD_REQUEST)
        self.commands.append(command)
        return MovesenseResponse(reference=command.reference, status=self._obey(command))

    def _obey(self, command: MovesenseCommand) -> int:
        rate_hz = self.world.signals.ecg_rate_hz
        match command:
            case MovesenseSubscribe(path=path) if path == f"/Meas/ECG/{rate_hz:g}":
                self._reference = command.reference
                self.stream.start()
                return OK
            case MovesenseUnsubscribe() if self.stream.running:
                self.stream.stop()
                return OK
        return NOT_FOUND

    async def _send(self, start: int, count: int) -> int:
        ecg_mv = self.world.signals.ecg_mv(start, count)
        if len(ecg_mv):
            counts = np.rint(ecg_mv.astype(np.float64) * (UV_PER_MV / ECG_UV_PER_COUNT))
            packet = MovesenseEcg(
                first_sample_ms=self.clock.at(start / self.world.signals.ecg_rate_hz) // NS_PER_MS
                & 0xFFFFFFFF,
                counts=tuple(counts.astype(int).tolist()),
            )
            data = MovesenseData(reference=self._reference, body=encode_movesense_ecg(packet))
            await self.notify(self._notifications, encode_movesense_notification(data))
        return len(ecg_mv)
