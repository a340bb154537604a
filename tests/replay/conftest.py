"""A short simulated session as the recording that the readers and writers are tried on."""

from __future__ import annotations

import pytest

from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.sources.replay.recording import Recording
from edge_emotion.sources.simulator import as_recording


@pytest.fixture(scope="session")
def recording() -> Recording:
    phases = (Phase(name="rest", duration_s=12), Phase(name="stress", duration_s=8, scr_per_min=10))
    return as_recording(simulate(Protocol(phase=phases), seed=2), name="session")
