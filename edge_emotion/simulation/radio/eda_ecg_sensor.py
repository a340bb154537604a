"""A sensor that measures skin conductance and ECG on one clock and offers both in combined frames."""

from __future__ import annotations

from bumble.gatt import Characteristic

from edge_emotion.errors import UsageError
from edge_emotion.simulation.radio.eda_sensor import (
    BYTES_PER_SAMPLE,
    LARGEST,
    PACKET_S,
    VirtualEdaSensor,
    counts,
    milliseconds,
)
from edge_emotion.simulation.radio.paced_stream import PacedStream
from edge_emotion.simulation.radio.peripheral import NOTIFY, READABLE
from edge_emotion.simulation.radio.world import World
from edge_emotion_bridge import EdaEcgPacket, EdaRequest, EdaStart, EdaStatus, encode_eda_ecg_packet
from edge_emotion_bridge.open_eda import TENTH_NS_PER_US
from edge_emotion_bridge.open_eda_combined import HEADER_LENGTH, TENTH_UV_PER_MV
from edge_emotion_bridge.uuids import OPEN_EDA_COMBINED


class VirtualEdaEcgSensor(VirtualEdaSensor):
    """Streams both of the world's signals when told to, plain and combined frames, each to whoever subscribed.

    Attributes
    ----------
    combined_stream
        Its combined frames, paced by the ECG.

    Raises
    ------
    UsageError
        If the ECG's rate is no multiple of the skin conductance's: their first samples fall together in each frame.
    """

    def __init__(
        self,
        world: World,
        *,
        name: str = "EDA ECG",
        address: str = "C0:00:00:00:00:30",
        skew_ppm: float = 0.0,
    ) -> None:
        signals = world.signals
        self._ecg_per_eda = round(signals.ecg_rate_hz / signals.eda_rate_hz)
        if self._ecg_per_eda * signals.eda_rate_hz != signals.ecg_rate_hz:
            raise UsageError(
                f"ECG at {signals.ecg_rate_hz:g} Hz, skin conductance at {signals.eda_rate_hz:g} Hz: "
                "one sensor that measures both needs a multiple, such as 130 and 13 Hz"
            )
        self._combined: Characteristic[bytes] = Characteristic(OPEN_EDA_COMBINED, NOTIFY, READABLE, b"")
        super().__init__(world, name=name, address=address, skew_ppm=skew_ppm, beside=(self._combined,))
        self._frames = 0
        self.combined_stream = PacedStream(
            world=world,
            rate_hz=signals.ecg_rate_hz,
            packet_length=lambda: self._eda_per_frame() * self._ecg_per_eda,
            send=self._send_both,
            spawn=self.spawn,
            grain=self._ecg_per_eda,
        )

    def _obey(self, request: EdaRequest) -> EdaStatus:
        status = super()._obey(request)
        if status is EdaStatus.SUCCESS and isinstance(request, EdaStart):
            self.combined_stream.start()
        elif status is EdaStatus.SUCCESS:
            self.combined_stream.stop()
        return status

    def _eda_per_frame(self) -> int:
        room = (self.payload_size() - HEADER_LENGTH) // BYTES_PER_SAMPLE
        wanted = round(self.world.signals.eda_rate_hz * PACKET_S)
        return max(1, min(wanted, room // (1 + self._ecg_per_eda)))

    async def _send_both(self, start: int, count: int) -> int:
        signals = self.world.signals
        ecg_mv = signals.ecg_mv(start, count)
        eda_us = signals.eda_us(start // self._ecg_per_eda, count // self._ecg_per_eda)
        if len(ecg_mv):
            eda, ecg = counts(eda_us, TENTH_NS_PER_US), counts(ecg_mv, TENTH_UV_PER_MV)
            packet = EdaEcgPacket(
                sequence=self._frames & 0xFFFF,
                first_sample_ms=milliseconds(self.clock, start / signals.ecg_rate_hz),
                eda_rate_tenth_hz=round(signals.eda_rate_hz * 10),
                ecg_rate_tenth_hz=round(signals.ecg_rate_hz * 10),
                conductance_tenth_ns=tuple(eda) if self.contact else (None,) * len(eda),
                ecg_tenth_uv=tuple(ecg) if self.contact else (None,) * len(ecg),
                eda_contact=self.contact,
                ecg_contact=self.contact,
                saturated=LARGEST in eda or LARGEST in ecg,
            )
            self._frames += 1
            await self.notify(self._combined, encode_eda_ecg_packet(packet))
        return len(ecg_mv)
