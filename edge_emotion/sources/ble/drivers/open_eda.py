"""Skin conductance over the open EDA profile (firmware_bridge/PROFILE.md)."""

from __future__ import annotations

import numpy as np

from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.ble.context import SensorContext
from edge_emotion.sources.ble.control_point import ControlPoint
from edge_emotion.sources.ble.device_milliseconds import DeviceMilliseconds
from edge_emotion.sources.ble.device_stream import DeviceStream
from edge_emotion.sources.ble.link import Link
from edge_emotion.sources.ble.vitals import Vitals
from edge_emotion.types import NS_PER_S
from edge_emotion_bridge import (
    EdaInfo,
    EdaRequest,
    EdaResponse,
    EdaStart,
    EdaStatus,
    EdaStop,
    PacketError,
    decode_eda_info,
    decode_eda_packet,
    decode_eda_response,
    encode_eda_request,
)
from edge_emotion_bridge.uuids import OPEN_EDA_CONTROL, OPEN_EDA_DATA, OPEN_EDA_INFO

NO_PROFILE = "it does not follow the open EDA profile (firmware_bridge/PROFILE.md): update its firmware"


class OpenEdaDriver:
    """Skin conductance of one sensor in microsiemens; samples that the sensor marks as missing are nan."""

    def __init__(self, context: SensorContext) -> None:
        self._context = context
        self._stream = DeviceStream(context.track)
        self._vitals = Vitals(context.report)
        self._control: ControlPoint | None = None
        self._milliseconds = DeviceMilliseconds()

    async def start(self, link: Link) -> None:
        """Subscribe, then start at the wanted rate or at the sensor's preferred one."""
        context = self._context
        link.require((OPEN_EDA_DATA, OPEN_EDA_INFO, OPEN_EDA_CONTROL), NO_PROFILE)
        try:
            info = decode_eda_info(await link.read(OPEN_EDA_INFO))
        except PacketError as error:
            raise self._refused(str(error)) from error
        control = ControlPoint(link, OPEN_EDA_CONTROL, context.clock, context.policy.answer_s)
        await control.subscribe()
        await link.subscribe(OPEN_EDA_DATA, self._packet)
        await self._vitals.subscribe(link)
        self._control = control
        response = await self._ask(control, EdaStart(rate_tenth_hz=self._rate_tenth_hz(info)))
        if response.status is not EdaStatus.SUCCESS:
            raise self._refused(f"start was answered with {response.status.name}")

    async def stop(self, link: Link) -> None:
        """Stop the stream."""
        if self._control is not None:
            await self._ask(self._control, EdaStop())
            self._control = None

    def _rate_tenth_hz(self, info: EdaInfo) -> int:
        wanted_hz = self._context.request.rate_hz
        if wanted_hz is None:
            return info.rates_tenth_hz[0]
        if round(wanted_hz * 10) in info.rates_tenth_hz:
            return round(wanted_hz * 10)
        offered = ", ".join(f"{rate / 10:g}" for rate in info.rates_tenth_hz)
        raise self._refused(f"{wanted_hz:g} Hz was asked for; it offers {offered} Hz")

    async def _ask(self, control: ControlPoint, request: EdaRequest) -> EdaResponse:
        try:
            return decode_eda_response(await control.command(encode_eda_request(request)))
        except PacketError as error:
            raise self._refused(f"{error}; {NO_PROFILE}") from error

    def _refused(self, what: str) -> DeviceError:
        return DeviceError(DeviceReason.REFUSED, f"{self._context.report.sensor}: {what}")

    def _packet(self, data: bytes) -> None:
        arrival_ns = self._context.clock.monotonic_ns()
        try:
            packet = decode_eda_packet(data)
        except PacketError as error:
            self._context.report.bad_packet(error)
            return
        self._context.report.contact(packet.contact)
        self._context.report.impedance(packet.impedance_ohm)
        if packet.clock_restarted:  # which is no wrap of the counter
            self._milliseconds = DeviceMilliseconds()
            self._stream.restart()
        values = np.asarray(packet.conductance_us, dtype=np.float32)
        first_sample_ns = self._milliseconds.to_ns(packet.first_sample_ms)
        self._stream.add(
            last_sample_ns=first_sample_ns + round((len(values) - 1) * (NS_PER_S / packet.rate_hz)),
            rate_hz=packet.rate_hz,
            values=values,
            arrival_ns=arrival_ns,
            sequence=packet.sequence,
        )
