"""Results that were not measured but written down, and a bundle with a model of one layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import written_result
from tiny_bundle import write_bundle

from edge_emotion.profiling.result import Result
from edge_emotion.signals.spec import SignalSpec


@pytest.fixture(scope="session")
def bundle_path(tmp_path_factory: pytest.TempPathFactory, signal_spec: SignalSpec) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundle") / "tiny-1.0.0.emo", signal_spec)


@pytest.fixture
def make_result() -> Callable[..., Result]:
    return written_result.make
