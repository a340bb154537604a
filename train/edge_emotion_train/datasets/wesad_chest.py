"""WESAD, chest: 15 people with a RespiBAN at 700 Hz. Its licence is for non-commercial research: evaluate only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edge_emotion.types import Modality
from edge_emotion_train.datasets.protocol import Recording, existing_folder, files_digest
from edge_emotion_train.datasets.signals import series
from edge_emotion_train.datasets.wesad import (
    CHEST_HZ,
    begin_of_rest,
    channel,
    from_rest_on,
    read_wesad,
    wesad_people,
)
from edge_emotion_train.datasets.wesad_wrist import WesadWrist

FOLDER = "WESAD"
CHANNELS = {"ECG": Modality.ECG, "EDA": Modality.EDA, "Resp": Modality.RESP, "Temp": Modality.TEMP}


class WesadChest:
    """``WESAD/S2/S2.pkl`` ...: ECG mV, skin conductance uS, respiration %, temperature degC.

    A recording begins with its baseline, as that of `WesadWrist` does.
    """

    info = replace(
        WesadWrist.info,
        name="wesad_chest",
        signals="ECG, skin conductance, respiration, temperature, 700 Hz",
        folder=FOLDER,
    )

    def __init__(self, data: Path) -> None:
        self._folder = existing_folder(data, FOLDER)

    def names(self) -> tuple[str, ...]:
        return wesad_people(self._folder)

    def person(self, name: str) -> str:
        # Chest and wrist are the same people: no split may part them.
        return f"{WesadWrist.info.name}/{name}"

    def fingerprint(self, name: str) -> bytes:
        return files_digest([self._path(name)])

    def load(self, name: str) -> Recording:
        path = self._path(name)
        file = read_wesad(path)
        intervals = file.intervals()
        begin_s = begin_of_rest(path, intervals)
        skip = round(begin_s * CHEST_HZ)
        return Recording(
            name=f"{self.info.name}/{name}",
            person=self.person(name),
            signals=tuple(
                series(modality, CHEST_HZ, channel(path, file.chest, key)[skip:])
                for key, modality in CHANNELS.items()
            ),
            intervals=from_rest_on(intervals, begin_s),
        )

    def _path(self, name: str) -> Path:
        return self._folder / name / f"{name}.pkl"
