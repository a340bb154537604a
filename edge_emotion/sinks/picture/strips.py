"""A few seconds of raw signal with the beats found in it, caught now and then."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from edge_emotion.types import FloatArray, Samples

STRIP_S = 6.0
FIRST_S = 20.0
STRIPS_KEPT = 3


@dataclass(slots=True, kw_only=True)
class Strip:
    """Raw samples from ``start_s`` on, and the beats in them."""

    start_s: float
    rate_hz: float
    parts: list[FloatArray] = field(default_factory=list)
    beats_s: list[float] = field(default_factory=list)

    @property
    def values(self) -> FloatArray:
        """All samples, shape (n,)."""
        return np.concatenate(self.parts) if self.parts else np.zeros(0, np.float32)

    @property
    def full(self) -> bool:
        """Whether nothing is missing at its end."""
        return sum(map(len, self.parts)) >= STRIP_S * self.rate_hz


class Strips:
    """Keeps strips of the cardiac signal.

    Parameters
    ----------
    wanted_s
        When to catch one; if empty, at 20 s, 40 s, 80 s and so on, of which the last three are kept.
    """

    def __init__(self, wanted_s: tuple[float, ...] = ()) -> None:
        self._wanted_s = list(wanted_s) or [FIRST_S * 2**i for i in range(20)]
        self._kept = len(wanted_s) or STRIPS_KEPT
        self.strips: list[Strip] = []

    def samples(self, packet: Samples, since_s: float) -> None:
        """Take a packet that starts at ``since_s``."""
        if packet.rate_hz is None:
            return
        strip = self.strips[-1] if self.strips else None
        if strip is None or strip.full:
            end_s = since_s + len(packet.values) / packet.rate_hz
            if not self._wanted_s or end_s < self._wanted_s[0]:
                return
            self._wanted_s.pop(0)
            strip = Strip(start_s=since_s, rate_hz=packet.rate_hz)
            self.strips = [*self.strips, strip][-self._kept :]
        strip.parts.append(packet.values)

    def beat(self, since_s: float) -> None:
        """Take a beat at ``since_s``; beats come a little after their samples."""
        for strip in self.strips:
            if strip.start_s <= since_s < strip.start_s + STRIP_S:
                strip.beats_s.append(since_s)
