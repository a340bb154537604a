"""Shared fixtures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import Report
from edge_emotion_train.preparation.filters import design_signals

# No test measures time: on a busy machine hypothesis' deadline would.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

sys.path.insert(0, str(Path(__file__).parent / "support"))  # helpers that several areas share

from made_report import made_report  # noqa: E402


@pytest.fixture(scope="session")
def signal_spec() -> SignalSpec:
    """The chain's specification as a fresh training run would write it."""
    return design_signals()


@pytest.fixture
def make_report() -> Callable[..., Report]:
    """Makes reports; see `made_report`."""
    return made_report
