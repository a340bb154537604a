"""The simulator as a recording and as a source without a radio."""

from __future__ import annotations

from edge_emotion.clock import Clock
from edge_emotion.simulation.generator import SimulatedRecording
from edge_emotion.sources.replay.recording import Recording, Signal
from edge_emotion.sources.replay.source import ReplaySource
from edge_emotion.types import Modality


def as_recording(simulated: SimulatedRecording, name: str = "simulated") -> Recording:
    """ECG, EDA and RR of a simulated session as a `Recording` that starts at 0 s."""
    ecg = Signal(modality=Modality.ECG, rate_hz=simulated.ecg_rate_hz, start_s=0.0, values=simulated.ecg_mv)
    eda = Signal(modality=Modality.EDA, rate_hz=simulated.eda_rate_hz, start_s=0.0, values=simulated.eda_us)
    ends_s = simulated.beat_time_s[1:]
    rr = Signal(
        modality=Modality.RR, rate_hz=None, start_s=float(ends_s[0]), values=simulated.rr_ms, times_s=ends_s
    )
    return Recording(name=name, signals=(ecg, eda, rr), intervals=simulated.phases)


class SimulatorSource(ReplaySource):
    """A simulated session, delivered like a recording.

    Parameters
    ----------
    simulated
        From `edge_emotion.simulation.generator.simulate`.
    clock
        As in `ReplaySource`.
    """

    def __init__(self, simulated: SimulatedRecording, clock: Clock | None = None) -> None:
        super().__init__(as_recording(simulated), (Modality.ECG, Modality.EDA), clock)
