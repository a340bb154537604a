"""Skin conductance, and ECG where the device has it, over the open EDA profile (firmware_bridge/PROFILE.md)."""

from __future__ import annotations

import numpy as np

from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.ble.context import SensorContext
from edge_emotion.sources.ble.control_point import ControlPoint
from edge_emotion.sources.ble.device_milliseconds import DeviceMilliseconds
from edge_emotion.sources.ble.device_stream import DeviceStream
from edge_emotion.sources.ble.link import Link
from edge_emotion.sources.ble.packet import Block, Packet
from edge_emotion.sources.ble.vitals import Vitals
from edge_emotion.types import NS_PER_S, Modality
from edge_emotion_bridge import (
    EdaEcgPacket,
    EdaInfo,
    EdaPacket,
    EdaRequest,
    EdaResponse,
    EdaStart,
    EdaStatus,
    EdaStop,
    PacketError,
    decode_eda_ecg_packet,
    decode_eda_info,
    decode_eda_packet,
    decode_eda_response,
    encode_eda_request,
)
from edge_emotion_bridge.uuids import OPEN_EDA_COMBINED, OPEN_EDA_CONTROL, OPEN_EDA_DATA, OPEN_EDA_INFO

NO_PROFILE = "it does not follow the open EDA profile (firmware_bridge/PROFILE.md): update its firmware"
NO_ECG = "it measures no ECG beside skin conductance: name another cardiac sensor with --ecg"


class OpenEdaDriver:
    """Signals of one sensor in microsiemens and millivolts; samples that the sensor marks as missing are nan.

    Whoever wants the device's ECG gets both from its combined frames, aligned to the sample.
    """

    def __init__(self, context: SensorContext) -> None:
        self._context = context
        self._stream = DeviceStream(context.tracks)
        self._vitals = Vitals(context.report)
        self._control: ControlPoint | None = None
        self._milliseconds = DeviceMilliseconds()

    async def start(self, link: Link) -> None:
        """Subscribe, then start at the wanted rate or at the sensor's preferred one."""
        context = self._context
        data, lacking, handle = (
            (OPEN_EDA_COMBINED, NO_ECG, self._combined_packet)
            if Modality.ECG in context.tracks
            else (OPEN_EDA_DATA, NO_PROFILE, self._packet)
        )
        link.require((OPEN_EDA_INFO, OPEN_EDA_CONTROL), NO_PROFILE)
        link.require((data,), lacking)
        try:
            info = decode_eda_info(await link.read(OPEN_EDA_INFO))
        except PacketError as error:
            raise self._refused(str(error)) from error
        control = ControlPoint(link, OPEN_EDA_CONTROL, context.clock, context.policy.answer_s)
        await control.subscribe()
        await link.subscribe(data, handle)
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
        self._place(packet, arrival_ns, _block(Modality.EDA, packet.rate_tenth_hz, packet.conductance_us))

    def _combined_packet(self, data: bytes) -> None:
        arrival_ns = self._context.clock.monotonic_ns()
        try:
            packet = decode_eda_ecg_packet(data)
        except PacketError as error:
            self._context.report.bad_packet(error)
            return
        self._context.report.contact(packet.eda_contact and packet.ecg_contact)
        ecg = _block(Modality.ECG, packet.ecg_rate_tenth_hz, packet.ecg_mv)
        eda = _block(Modality.EDA, packet.eda_rate_tenth_hz, packet.conductance_us)
        self._place(packet, arrival_ns, ecg, eda)

    def _place(
        self, packet: EdaPacket | EdaEcgPacket, arrival_ns: int, leading: Block, *beside: Block
    ) -> None:
        first_sample_ns = self._milliseconds.to_ns(packet.first_sample_ms)
        length_ns = round((len(leading.values) - 1) * (NS_PER_S / leading.rate_hz))
        self._stream.add(
            Packet(
                leading=leading,
                beside=beside,
                last_sample_ns=first_sample_ns + length_ns,
                arrival_ns=arrival_ns,
                sequence=packet.sequence,
                clock_restarted=packet.clock_restarted,
            )
        )


def _block(modality: Modality, rate_tenth_hz: int, values: tuple[float, ...]) -> Block:
    return Block(modality=modality, rate_hz=rate_tenth_hz / 10, values=np.asarray(values, dtype=np.float32))
