"""What one notification of a sensor says about its signals."""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion.types import NS_PER_S, FloatArray, Modality


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
class Packet:
    """Samples of one moment.

    Parameters
    ----------
    leading
        The signal whose last sample completed the packet.
    beside
        Signals whose first sample was taken together with the leading one's.
    last_sample_ns
        The device's time of the leading signal's last sample.
    arrival_ns
        Host time at which it came.
    sequence
        The sensor's own number of it, 16 bits; ``None`` where a sensor does not count.
    clock_restarted
        The device says that its clock began anew: times before this packet cannot be compared with this one's.
    """

    leading: Block
    beside: tuple[Block, ...] = ()
    last_sample_ns: int
    arrival_ns: int
    sequence: int | None = None
    clock_restarted: bool = False

    @property
    def period_ns(self) -> float:
        """Time from one sample of the leading signal to the next."""
        return NS_PER_S / self.leading.rate_hz

    @property
    def span_ns(self) -> int:
        """Time that the leading signal covers."""
        return round(len(self.leading.values) * self.period_ns)

    @property
    def content(self) -> tuple[object, ...]:
        """What only a copy of this packet has too.

        Without a sequence only the very same samples at the same time are a copy: straps do stamp different frames alike
        (polar-ble-sdk issues 225, 387).
        """
        told = self.leading.values.tobytes() if self.sequence is None else self.sequence
        return self.last_sample_ns, told
