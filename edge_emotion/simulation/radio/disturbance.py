"""A stream that is disturbed on its way: packets lost, doubled, overtaken."""

from __future__ import annotations

import random


class Disturbance:
    """Does to each packet, with the same probability, one of three things.

    Parameters
    ----------
    share
        Of packets that are lost; as many are doubled.
    seed
        Same seed, same disturbance.
    overtaking
        Probability of being overtaken by the next packet; over Bluetooth's own link this cannot happen.

    Attributes
    ----------
    lost, overtaken, doubled
        What was done to which packets, in the order of sending.
    """

    def __init__(self, share: float, *, overtaking: float = 0.0, seed: int = 0) -> None:
        self.lost: list[bytes] = []
        self.overtaken: list[bytes] = []
        self.doubled: list[bytes] = []
        self._share = share
        self._overtaking = overtaking
        self._random = random.Random(seed)
        self._held: bytes | None = None

    def __call__(self, packet: bytes) -> list[bytes]:
        """What is sent instead of ``packet``."""
        draw = self._random.random()
        if draw < self._share:
            self.lost.append(packet)
            return []
        if draw < self._share + self._overtaking and self._held is None:
            self._held = packet
            return []
        out = [packet]
        if draw > 1 - self._share:
            self.doubled.append(packet)
            out.append(packet)
        if self._held is not None:
            self.overtaken.append(self._held)
            out.append(self._held)
            self._held = None
        return out
