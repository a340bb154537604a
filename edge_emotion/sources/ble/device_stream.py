"""The signals of a device on their way to the tracks: in the order of sending, and the device's time becomes the host's."""

from __future__ import annotations

from edge_emotion.sources.ble.in_order import InOrder
from edge_emotion.sources.ble.packet import Packet
from edge_emotion.sources.live.device_clock import DeviceClock
from edge_emotion.sources.live.tracks import Tracks


class DeviceStream:
    """Places packets of samples by the device's own time of them; signals that nobody asked for are left out."""

    def __init__(self, tracks: Tracks) -> None:
        self._tracks = tracks
        self._clock = DeviceClock()
        self._packets = InOrder(self._place)
        tracks.wait_for(self._packets)

    def add(self, packet: Packet) -> None:
        """Put a packet on its tracks, now or when what it overtook has come or been given up."""
        if len(packet.leading.values):
            self._packets.add(packet)

    def _place(self, packet: Packet) -> int:
        if packet.clock_restarted:
            self._clock = DeviceClock()
            self._tracks.restart()
        aligned = self._clock.align(
            device_ns=packet.last_sample_ns, span_ns=packet.span_ns, arrival_ns=packet.arrival_ns
        )
        if aligned.restarted:
            self._tracks.restart()
        time_ns = aligned.host_ns - round((len(packet.leading.values) - 1) * packet.period_ns)
        for block in (packet.leading, *packet.beside):
            if block.modality in self._tracks and len(block.values):
                self._tracks[block.modality].add(
                    time_ns=time_ns, rate_hz=block.rate_hz, values=block.values, sequence=packet.sequence
                )
        return self._clock.newest_ns
