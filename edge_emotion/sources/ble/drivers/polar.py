"""Polar H10: ECG over Polar Measurement Data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.ble.context import SensorContext
from edge_emotion.sources.ble.control_point import ControlPoint
from edge_emotion.sources.ble.device_stream import DeviceStream
from edge_emotion.sources.ble.link import Link
from edge_emotion.sources.ble.packet import Block, Packet
from edge_emotion.sources.ble.vitals import Vitals
from edge_emotion.types import Modality
from edge_emotion_bridge import (
    EcgFrame,
    PacketError,
    PmdGetSettings,
    PmdMeasurement,
    PmdRequest,
    PmdResponse,
    PmdSettings,
    PmdStart,
    PmdStatus,
    PmdStop,
    decode_pmd_features,
    decode_pmd_frame,
    decode_pmd_response,
    decode_pmd_settings,
    encode_pmd_request,
)
from edge_emotion_bridge.uuids import PMD_CONTROL, PMD_DATA

UV_PER_MV = 1000.0

NO_PMD = (
    "it cannot stream ECG. Update the strap's firmware with Polar's app if it is an H10; "
    "any other strap is read as heart-rate (RR intervals only)"
)

REFUSAL_ADVICE = {
    PmdStatus.IN_CHARGER: "take it out of its charger",
    PmdStatus.INVALID_MTU: "the radio gives too small packets: use another Bluetooth adapter",
    PmdStatus.DISK_FULL: "delete its offline recordings with Polar's app",
}


class PolarDriver:
    """ECG of one strap: microvolt frames become `Samples` in mV."""

    def __init__(self, context: SensorContext) -> None:
        self._context = context
        self._stream = DeviceStream(context.tracks)
        self._vitals = Vitals(context.report)
        self._control: ControlPoint | None = None
        self._rate_hz = 0.0

    async def start(self, link: Link) -> None:
        """Subscribe, ask for the offered settings, start with the best of them."""
        context = self._context
        link.require((PMD_CONTROL, PMD_DATA), NO_PMD)
        control = ControlPoint(link, PMD_CONTROL, context.clock, context.policy.answer_s)
        await control.subscribe()
        await self._require_ecg(control, link.sensor)
        settings = await self._offered(control)
        self._rate_hz = float(settings.sample_rates_hz[0])
        await link.subscribe(PMD_DATA, self._frame)
        await self._vitals.subscribe(link)
        start = PmdStart(measurement=PmdMeasurement.ECG, settings=settings)
        self._control = control
        response = await self._ask(control, start)
        if response.status is PmdStatus.ALREADY_IN_STATE:  # a client that died left it streaming
            await self._ask(control, PmdStop(measurement=PmdMeasurement.ECG))
            response = await self._ask(control, start)
        self._require_success(response)

    async def stop(self, link: Link) -> None:
        """Stop the stream: a strap that is left streaming stays on until its battery is empty."""
        if self._control is not None:
            await self._ask(self._control, PmdStop(measurement=PmdMeasurement.ECG))
            self._control = None

    async def _require_ecg(self, control: ControlPoint, sensor: str) -> None:
        try:
            features = decode_pmd_features(await control.read())
        except PacketError as error:
            raise DeviceError(DeviceReason.MISSING_SERVICE, f"{sensor}: {error}; {NO_PMD}") from error
        if PmdMeasurement.ECG not in features.measurements:
            raise DeviceError(DeviceReason.MISSING_SERVICE, f"{sensor} offers no ECG: {NO_PMD}")

    async def _offered(self, control: ControlPoint) -> PmdSettings:
        """The highest rate and resolution on offer."""
        response = await self._ask(control, PmdGetSettings(measurement=PmdMeasurement.ECG))
        self._require_success(response)
        try:
            offer = decode_pmd_settings(response.parameters)
            return PmdSettings(
                sample_rates_hz=(max(offer.sample_rates_hz),), resolutions_bits=(max(offer.resolutions_bits),)
            )
        except ValueError as error:  # a PacketError, or nothing to choose from
            raise self._refused(f"its ECG settings make no sense ({error})", NO_PMD) from error

    async def _ask(self, control: ControlPoint, request: PmdRequest) -> PmdResponse:
        """The answer to one command; each of its indications has the whole head, as in polar-ble-sdk 8fb5311c."""
        try:
            answers = await control.command_in_parts(
                encode_pmd_request(request), lambda answer: decode_pmd_response(answer).more
            )
            parts = [decode_pmd_response(answer) for answer in answers]
        except PacketError as error:
            raise self._refused(str(error), "update edge-emotion") from error
        whole = b"".join(part.parameters for part in parts)
        return replace(parts[-1], parameters=whole if parts[-1].status is PmdStatus.SUCCESS else b"")

    def _require_success(self, response: PmdResponse) -> None:
        if response.status is not PmdStatus.SUCCESS:
            advice = REFUSAL_ADVICE.get(response.status, "unclip it for a minute, then try again")
            raise self._refused(f"{response.opcode.name} ECG answered {response.status.name}", advice)

    def _refused(self, what: str, advice: str) -> DeviceError:
        return DeviceError(DeviceReason.REFUSED, f"{self._context.report.sensor}: {what}: {advice}")

    def _frame(self, data: bytes) -> None:
        arrival_ns = self._context.clock.monotonic_ns()
        try:
            frame = decode_pmd_frame(data)
        except PacketError as error:
            self._context.report.bad_packet(error)
            return
        if isinstance(frame, EcgFrame):
            ecg_mv = np.asarray(frame.ecg_uv, dtype=np.float32) / np.float32(UV_PER_MV)
            self._stream.add(
                Packet(
                    leading=Block(modality=Modality.ECG, rate_hz=self._rate_hz, values=ecg_mv),
                    last_sample_ns=frame.last_sample_ns,
                    arrival_ns=arrival_ns,
                )
            )
