"""Shared fixtures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from edge_emotion.signals.spec import SignalSpec
from edge_emotion_train.filters import design_signals

sys.path.insert(0, str(Path(__file__).parent / "support"))  # helpers that several areas share


@pytest.fixture(scope="session")
def signal_spec() -> SignalSpec:
    """The chain's specification as a fresh training run would write it."""
    return design_signals()
