"""Small sessions on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from made_recording import ABOUT

from edge_emotion.recording.recorder import Recorder
from edge_emotion.recording.records import Item
from edge_emotion.recording.settings import RecorderSettings

Write = Callable[..., Recorder]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(
        items: Sequence[Item], settings: RecorderSettings | None = None, folder: Path | None = None
    ) -> Recorder:
        recorder = Recorder(folder or tmp_path / "recordings", ABOUT, settings)
        recorder.open()
        for item in items:
            recorder.put(item)
        recorder.close()
        return recorder

    return written
