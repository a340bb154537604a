"""Movesense HR+, HR2, MD or Flash: ECG over its GATT SensorData Protocol."""

from __future__ import annotations

import numpy as np

from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.ble.answers import Answers
from edge_emotion.sources.ble.context import SensorContext
from edge_emotion.sources.ble.device_milliseconds import DeviceMilliseconds
from edge_emotion.sources.ble.device_stream import DeviceStream
from edge_emotion.sources.ble.link import Link
from edge_emotion.sources.ble.packet import Block, Packet
from edge_emotion.sources.ble.vitals import Vitals
from edge_emotion.types import NS_PER_S, Modality
from edge_emotion_bridge import (
    MovesenseCommand,
    MovesenseData,
    MovesenseEcg,
    MovesenseResponse,
    MovesenseSubscribe,
    MovesenseUnsubscribe,
    PacketError,
    decode_movesense_ecg,
    decode_movesense_notification,
    encode_movesense_command,
)
from edge_emotion_bridge.uuids import MOVESENSE_COMMAND, MOVESENSE_NOTIFY

UV_PER_MV = 1000.0
RATES_HZ = (125, 128, 200, 250, 256, 500, 512)
PREFERRED_HZ = 200
ECG_REFERENCE = 0x45
OK = 200

NO_GSP = (
    "it cannot stream ECG this way: load the firmware with the GATT SensorData Protocol with Movesense's app "
    "(the default one of newer sensors has it), or read it as heart-rate (RR intervals only)"
)

REFUSAL_ADVICE = {
    404: NO_GSP,
    429: "it is out of requests and only a restart helps: take it out of its belt for a minute, then try again",
}


class MovesenseDriver:
    """ECG of one sensor: packets of converter counts become `Samples` in mV."""

    def __init__(self, context: SensorContext) -> None:
        self._context = context
        self._stream = DeviceStream(context.tracks)
        self._milliseconds = DeviceMilliseconds()
        self._vitals = Vitals(context.report)
        self._answers: Answers[MovesenseResponse] = Answers(context.clock, context.policy.answer_s)
        self._rate_hz = self._wanted_hz()
        self._subscribed = False

    async def start(self, link: Link) -> None:
        """Subscribe to notifications, then to the ECG at the wanted rate."""
        link.require((MOVESENSE_COMMAND, MOVESENSE_NOTIFY), NO_GSP)
        await link.subscribe(MOVESENSE_NOTIFY, self._notification)
        await self._vitals.subscribe(link)
        path = f"/Meas/ECG/{self._rate_hz}"
        response = await self._ask(link, MovesenseSubscribe(reference=ECG_REFERENCE, path=path))
        if response.status != OK:
            advice = REFUSAL_ADVICE.get(
                response.status, "take it out of its belt for a minute, then try again"
            )
            raise DeviceError(
                DeviceReason.REFUSED,
                f"{link.sensor}: {path} was answered with status {response.status}: {advice}",
            )
        self._subscribed = True

    async def stop(self, link: Link) -> None:
        """End the subscription, so that the sensor can go to sleep."""
        if self._subscribed:
            self._subscribed = False
            await self._ask(link, MovesenseUnsubscribe(reference=ECG_REFERENCE))

    def _wanted_hz(self) -> int:
        wanted_hz = self._context.request.rate_hz
        if wanted_hz is None:
            return PREFERRED_HZ
        if wanted_hz not in RATES_HZ:
            raise DeviceError(
                DeviceReason.REFUSED,
                f"{self._context.request}: {wanted_hz:g} Hz was asked for; it offers {', '.join(map(str, RATES_HZ))} Hz",
            )
        return int(wanted_hz)

    async def _ask(self, link: Link, command: MovesenseCommand) -> MovesenseResponse:
        write = link.write(MOVESENSE_COMMAND, encode_movesense_command(command))
        return await self._answers.to(write, lambda r: r.reference == command.reference, link.sensor)

    def _notification(self, data: bytes) -> None:
        arrival_ns = self._context.clock.monotonic_ns()
        try:
            notification = decode_movesense_notification(data)
            if isinstance(notification, MovesenseResponse):
                self._answers.put(notification)
            elif isinstance(notification, MovesenseData) and notification.reference == ECG_REFERENCE:
                self._ecg(decode_movesense_ecg(notification.body), arrival_ns)
        except PacketError as error:
            self._context.report.bad_packet(error)

    def _ecg(self, packet: MovesenseEcg, arrival_ns: int) -> None:
        first_sample_ns = self._milliseconds.to_ns(packet.first_sample_ms)
        ecg_mv = np.asarray(packet.ecg_uv, dtype=np.float32) / np.float32(UV_PER_MV)
        self._stream.add(
            Packet(
                leading=Block(modality=Modality.ECG, rate_hz=float(self._rate_hz), values=ecg_mv),
                last_sample_ns=first_sample_ns + round((len(ecg_mv) - 1) * (NS_PER_S / self._rate_hz)),
                arrival_ns=arrival_ns,
            )
        )
