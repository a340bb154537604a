"""One signal of a device on its way to the track: the device's time becomes the host's; doubles and late packets are left out."""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion.sources.live.device_clock import DeviceClock
from edge_emotion.sources.live.tracks import Tracks
from edge_emotion.types import NS_PER_S, FloatArray, Modality

SEQUENCES = 1 << 16
LATEST = 64
"""A sequence that steps back by at most so many packets is a late packet; by more, a sensor that began anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One signal of a packet.

    Parameters
    ----------
    values
        Shape (n,), in the modality's unit.
    """

    modality: Modality
    rate_hz: float
    values: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packet:
    """What tells a packet from the one before it."""

    last_sample_ns: int
    values: bytes
    sequence: int | None

    def repeats_or_precedes(self, last: _Packet) -> bool:
        """Whether ``last`` was this packet too, or a later one.

        Without a sequence only the very same samples at the same time are a double: straps do stamp different frames alike
        (polar-ble-sdk issues 225, 387).
        """
        if self.sequence is None or last.sequence is None:
            return (self.last_sample_ns, self.values) == (last.last_sample_ns, last.values)
        return (last.sequence - self.sequence) % SEQUENCES <= LATEST


class DeviceStream:
    """Places packets of samples by the device's own time of them."""

    def __init__(self, tracks: Tracks) -> None:
        self._tracks = tracks
        self._clock = DeviceClock()
        self._last: _Packet | None = None

    def restart(self) -> None:
        """The device says that its clock began anew: later times cannot be compared with earlier ones."""
        self._clock = DeviceClock()
        self._last = None
        self._tracks.restart()

    def add(
        self,
        leading: Block,
        *beside: Block,
        last_sample_ns: int,
        arrival_ns: int,
        sequence: int | None = None,
    ) -> None:
        """Put a packet on its tracks.

        Parameters
        ----------
        leading
            The signal whose last sample completed the packet.
        beside
            Signals whose first sample was taken together with the leading one's; those that nobody asked for are left out.
        last_sample_ns
            The device's time of the leading signal's last sample.
        arrival_ns
            Host time at which it came.
        """
        packet = _Packet(last_sample_ns=last_sample_ns, values=leading.values.tobytes(), sequence=sequence)
        if self._last is not None and packet.repeats_or_precedes(self._last):
            return
        self._last = packet
        period_ns, count = NS_PER_S / leading.rate_hz, len(leading.values)
        aligned = self._clock.align(
            device_ns=last_sample_ns, span_ns=round(count * period_ns), arrival_ns=arrival_ns
        )
        if aligned.restarted:
            self._tracks.restart()
        time_ns = aligned.host_ns - round((count - 1) * period_ns)
        for block in (leading, *beside):
            if block.modality in self._tracks and len(block.values):
                self._tracks[block.modality].add(
                    time_ns=time_ns, rate_hz=block.rate_hz, values=block.values, sequence=sequence
                )
