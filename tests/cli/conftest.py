"""The command line as a user meets it: arguments in, exit code and two streams out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tiny_bundle import write_bundle

from edge_emotion.cli import main
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.sources.replay.npz import write_npz
from edge_emotion.sources.simulator import as_recording


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(*arguments: object) -> Outcome:
        code = main([str(a) for a in arguments])
        streams = capsys.readouterr()
        return Outcome(code, streams.out, streams.err)

    return call


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory, signal_spec: SignalSpec) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundle") / "tiny-1.0.0.emo", signal_spec)


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes of rest and one of stress."""
    stress = Phase(name="stress", duration_s=60, heart_rate_bpm=110, scr_per_min=12, scr_amplitude_us=0.5)
    made = simulate(Protocol(phase=(Phase(name="rest", duration_s=120), stress)), seed=1)
    path = tmp_path_factory.mktemp("recording") / "person.npz"
    write_npz(path, as_recording(made))
    return path


@pytest.fixture
def model(bundle: Path) -> tuple[object, ...]:
    """Flags that choose the test's bundle."""
    return ("--bundle", bundle, "--precision", "float32")
