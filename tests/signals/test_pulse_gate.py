from __future__ import annotations

import pytest

from edge_emotion.signals.bvp.gate import AFTER_NS, Interruption, PulseGate, TimedPulse, Verdict
from edge_emotion.signals.bvp.motion import MotionTrack
from edge_emotion.types import NS_PER_S, QualityReason


def pulse(time_s: float, likeness: float | None = 0.99) -> TimedPulse:
    at = round(time_s * NS_PER_S)
    return TimedPulse(time_ns=at, decided_ns=at + NS_PER_S // 5, amplitude=1.0, likeness=likeness)


def track(rms_g: float, until_s: float = 10.0) -> MotionTrack:
    motion = MotionTrack()
    for quarter in range(1, round(until_s * 4) + 1):
        motion.add(quarter * NS_PER_S // 4, rms_g)
    motion.known_ns = round(until_s * NS_PER_S)
    return motion


def verdict(gate: PulseGate, given: TimedPulse) -> Verdict:
    gate.offer(given)
    (released,) = gate.release()
    assert isinstance(released, Verdict)
    return released


@pytest.mark.parametrize(
    ("likeness", "rms_g", "refused"),
    [
        (0.99, 0.01, None),
        (0.99, 1.0, None),
        (0.8, 0.01, None),
        (0.8, 1.0, QualityReason.MOTION),
        (0.5, 1.0, QualityReason.MOTION),
        (0.5, 0.01, QualityReason.NOISY),
        (None, 1.0, None),
    ],
)
def test_a_pulse_out_of_shape_is_refused_sooner_while_moving(likeness, rms_g, refused):
    assert verdict(PulseGate(track(rms_g)), pulse(5.0, likeness)).refused is refused


@pytest.mark.parametrize(("likeness", "refused"), [(0.8, None), (0.5, QualityReason.MOTION)])
def test_without_an_accelerometer_shape_decides_at_once(likeness, refused):
    given = pulse(5.0, likeness)
    assert verdict(PulseGate(None), given) == Verdict(pulse=given, refused=refused)


def test_movement_that_is_not_known_counts_as_no_accelerometer():
    silent = MotionTrack()
    silent.known_ns = 10 * NS_PER_S
    assert verdict(PulseGate(silent), pulse(5.0, 0.8)).refused is None


def test_a_pulse_waits_for_the_movement_after_it_and_says_so():
    motion = track(0.01, until_s=5.0)
    gate = PulseGate(motion)
    gate.offer(pulse(5.0))
    gate.offer(Interruption(time_ns=6 * NS_PER_S))
    assert gate.release() == []
    motion.known_ns = 5 * NS_PER_S + AFTER_NS
    released, interruption = gate.release()
    assert isinstance(released, Verdict)
    assert isinstance(interruption, Interruption)
    assert released.pulse.decided_ns > motion.known_ns


def test_movement_elsewhere_in_time_does_not_count():
    motion = track(0.01, until_s=20.0)
    motion.add(20 * NS_PER_S + NS_PER_S // 4, 3.0)
    motion.known_ns = 21 * NS_PER_S
    assert verdict(PulseGate(motion), pulse(19.5, 0.8)).refused is None
    assert verdict(PulseGate(motion), pulse(20.1, 0.8)).refused is QualityReason.MOTION
