"""One signal of a device on its way to the track: the device's time becomes the host's."""

from __future__ import annotations

from edge_emotion.sources.live.device_clock import DeviceClock
from edge_emotion.sources.live.track import Track
from edge_emotion.types import NS_PER_S, FloatArray


class DeviceStream:
    """Places packets of samples by the device's own time of them."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._clock = DeviceClock()

    def restart(self) -> None:
        """The device says that its clock began anew: later times cannot be compared with earlier ones."""
        self._clock = DeviceClock()
        self._track.restart()

    def add(
        self,
        *,
        last_sample_ns: int,
        rate_hz: float,
        values: FloatArray,
        arrival_ns: int,
        sequence: int | None = None,
    ) -> None:
        """Put a packet on the track.

        Parameters
        ----------
        last_sample_ns
            The device's time of its last sample.
        arrival_ns
            Host time at which it came.
        """
        period_ns = NS_PER_S / rate_hz
        aligned = self._clock.align(
            device_ns=last_sample_ns, span_ns=round(len(values) * period_ns), arrival_ns=arrival_ns
        )
        if aligned.restarted:
            self._track.restart()
        self._track.add(
            time_ns=aligned.host_ns - round((len(values) - 1) * period_ns),
            rate_hz=rate_hz,
            values=values,
            sequence=sequence,
        )
