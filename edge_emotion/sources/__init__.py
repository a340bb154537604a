"""Where samples come from: Bluetooth sensors, recordings, the simulator. All speak the protocol below."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from edge_emotion.types import Gap, Modality, Samples


class SensorEventKind(StrEnum):
    """What a sensor did; the comment is the meaning of `SensorEvent.value`, ``None`` where there is none."""

    FOUND = "found"  # RSSI in dBm, if known
    CONNECTED = "connected"
    STREAMING = "streaming"
    DISCONNECTED = "disconnected"
    BATTERY = "battery"  # percent
    CONTACT_LOST = "contact_lost"
    CONTACT = "contact"
    HEART_RATE = "heart_rate"  # beats per minute, as the sensor itself counts them
    IMPEDANCE = "impedance"  # between electrodes and skin, ohm, when it has changed by a fifth
    BAD_PACKET = "bad_packet"  # packets refused so far


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorEvent:
    """Something a sensor did that is not a sample.

    Parameters
    ----------
    time_ns
        Host's monotonic clock, or nanoseconds since the start of a recording, as in the source's samples.
    sensor
        The name under which the sensor was configured or found.
    kind
        What happened.
    value
        A figure whose meaning depends on ``kind``.
    """

    time_ns: int
    sensor: str
    kind: SensorEventKind
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPacket:
    """Bytes as a sensor sent them, and when they came; ``characteristic`` is the UUID over Bluetooth."""

    time_ns: int
    sensor: str
    characteristic: str
    data: bytes


@runtime_checkable
class PacketSource(Protocol):
    """A source that can tell what its sensors sent, before anything was made of it."""

    def listen(self, packet: Callable[[RawPacket], None]) -> None:
        """Call ``packet`` with everything that comes, in the source's own thread; it must return at once."""
        ...


SourceItem = Samples | Gap | SensorEvent


class Source(Protocol):
    """A stream of samples, gaps and sensor events of some modalities.

    Samples and gaps of one modality come in time order and never overlap; those of different modalities are
    merged by time as well as the source can. A finite source that runs out of one modality before the others says so
    with a `Gap` of cause ``END`` that reaches the end of the longest one, so that the last windows complete.
    """

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What this source will deliver; known before the first item."""
        ...

    def __aiter__(self) -> AsyncIterator[SourceItem]:
        """Begin streaming; a source is iterated once."""
        ...

    async def aclose(self) -> None:
        """Release the radio or the file; safe to call twice and before the iteration began."""
        ...
