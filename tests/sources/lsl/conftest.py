"""Real liblsl, kept on this machine and apart from other test runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

CONFIGURATION = """[multicast]
ResolveScope = machine
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = test-{number}
[log]
level = -2
"""


@pytest.fixture(scope="session")
def pylsl(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The library, told before its first call to stay here."""
    path = tmp_path_factory.mktemp("lsl") / "lsl_api.cfg"
    path.write_text(CONFIGURATION.format(number=os.getpid()))
    os.environ["LSLAPICFG"] = str(path)
    import pylsl

    return pylsl


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A stream that somebody else offers."""

    outlet: Any
    now_s: Callable[[], float]

    def send(self, rows: np.ndarray, last_s: float | None = None) -> None:
        """Wait for a listener, then push one chunk, the last sample of which was taken at ``last_s`` of LSL's clock."""
        assert self.outlet.wait_for_consumers(10)
        self.outlet.push_chunk(rows.tolist(), self.now_s() if last_s is None else last_s)


@pytest.fixture
def offer(pylsl: Any) -> Callable[..., Sender]:
    """Put a stream on the network."""

    def make(name: str, rate_hz: float, *labels: str, unit: str = "", kind: str = "Test") -> Sender:
        info = pylsl.StreamInfo(name, kind, max(1, len(labels)), rate_hz, "float32", name)
        if labels:
            info.set_channel_labels(list(labels))
        if unit:
            info.set_channel_units(unit)
        return Sender(outlet=pylsl.StreamOutlet(info), now_s=pylsl.local_clock)

    return make
