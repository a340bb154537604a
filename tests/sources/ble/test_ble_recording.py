"""What a recording keeps of Bluetooth sensors: the bytes as they came, and items that play back as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edge_emotion.recording.attaching import RecordedSource
from edge_emotion.recording.reading import SessionReader
from edge_emotion.recording.recorder import Recorder
from edge_emotion.recording.replaying import RecordedSession
from edge_emotion.recording.writer import About
from edge_emotion.sources import RawPacket, SensorEvent
from edge_emotion.types import Modality, Samples
from edge_emotion_bridge import decode_eda_packet
from edge_emotion_bridge.uuids import OPEN_EDA_DATA


async def test_packets_and_items_are_kept_as_they_came(bench: Any, tmp_path: Path) -> None:
    async with bench.reading(bench.strap, bench.eda, ecg="polar-h10", eda="open-eda") as heard:
        about = About(source="bench", modalities=heard.source.modalities, time_axis="host")
        recorder = Recorder(tmp_path, about)
        recorder.open()
        items = []
        async for item in RecordedSource(heard.source, recorder):
            items.append(item)
            if len(items) == 60:
                break
    recorder.close()
    packets = [r.item for r in SessionReader(tmp_path) if isinstance(r.item, RawPacket)]
    sent = [decode_eda_packet(p.data).conductance_us for p in packets if p.characteristic == OPEN_EDA_DATA]
    eda = [i for i in items if isinstance(i, Samples) and i.modality is Modality.EDA]
    assert len(eda) > 5
    for one, other in zip(eda, sent, strict=False):
        assert np.array_equal(one.values, np.asarray(other, np.float32))
    played = [item async for item in RecordedSession(tmp_path, heard.source.modalities)]
    assert len(played) == len(items) == 60
    for one, other in zip(played, items, strict=True):
        assert one == other if isinstance(other, SensorEvent) else repr(one) == repr(other)
