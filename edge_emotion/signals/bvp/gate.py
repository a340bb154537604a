"""Which pulses of a photoplethysmogram can be trusted: those that look like the ones before, more so while the wearer moves.

A pulse that is refused ends the series of intervals: a beat that was made of movement would spoil two of them, and a beat that
is merely doubtful says nothing about variability. What is refused shows as a span of time with its reason.

Constants were chosen on Stress-Predict S01-S10 (`docs/decisions/013-bvp-and-motion.md`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from edge_emotion.signals.bvp.motion import BLOCK_NS, MotionTrack
from edge_emotion.types import QualityReason

LIKENESS = 0.7
"""Least median correlation with the pulses before, at rest or without an accelerometer."""

LIKENESS_MOVING = 0.9
MOVING_G = 0.06
"""Root mean square of a quarter of a second; a still wrist shows 0.01 g on an Empatica E4, whose last bit is 0.016 g."""

BEFORE_NS = 500_000_000
AFTER_NS = 300_000_000
"""Movement that counts: from half a second before the upstroke to a third after."""

_MARGIN_NS = BLOCK_NS + 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedPulse:
    """A pulse on the time axis; ``likeness`` is ``None`` where there was too little to compare with."""

    time_ns: int
    decided_ns: int
    amplitude: float
    likeness: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """A gap of the pulse signal: what comes after has no interval to what came before."""

    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A pulse, decided; ``refused`` is why it is not trusted."""

    pulse: TimedPulse
    refused: QualityReason | None


class PulseGate:
    """Judges pulses in order, each once the movement around it is known.

    Parameters
    ----------
    motion
        Movement of the same limb; ``None`` without an accelerometer: then nothing waits.
    """

    def __init__(self, motion: MotionTrack | None) -> None:
        self._motion = motion
        self._waiting: deque[TimedPulse | Interruption] = deque()

    def offer(self, item: TimedPulse | Interruption) -> None:
        """Take the next pulse or interruption."""
        self._waiting.append(item)

    def release(self) -> list[Verdict | Interruption]:
        """What can be decided by now, in order."""
        released: list[Verdict | Interruption] = []
        while self._waiting and self._is_due(self._waiting[0]):
            item = self._waiting.popleft()
            released.append(item if isinstance(item, Interruption) else self._judge(item))
        return released

    def _is_due(self, item: TimedPulse | Interruption) -> bool:
        if self._motion is None or isinstance(item, Interruption):
            return True
        known_ns = self._motion.known_ns
        return known_ns is not None and known_ns >= item.time_ns + AFTER_NS

    def _judge(self, pulse: TimedPulse) -> Verdict:
        if self._motion is None:
            return Verdict(pulse=pulse, refused=_refusal(pulse.likeness, None))
        movement_g = self._motion.largest_g(pulse.time_ns - BEFORE_NS, pulse.time_ns + AFTER_NS)
        # Every window that ends later is cut after this verdict, whatever the packets.
        decided_ns = max(pulse.decided_ns, pulse.time_ns + AFTER_NS + _MARGIN_NS)
        judged = TimedPulse(
            time_ns=pulse.time_ns,
            decided_ns=decided_ns,
            amplitude=pulse.amplitude,
            likeness=pulse.likeness,
        )
        return Verdict(pulse=judged, refused=_refusal(pulse.likeness, movement_g))


def _refusal(likeness: float | None, movement_g: float | None) -> QualityReason | None:
    """Without an accelerometer a pulse out of shape is put down to movement, its usual cause."""
    moving = movement_g is not None and movement_g >= MOVING_G
    if likeness is None or likeness >= (LIKENESS_MOVING if moving else LIKENESS):
        return None
    return QualityReason.MOTION if moving or movement_g is None else QualityReason.NOISY
