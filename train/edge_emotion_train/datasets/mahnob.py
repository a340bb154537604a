"""MAHNOB-HCI: 27 people, 20 film clips each, one BDF and one XML a session.

Deviations and traps
--------------------
- The sampling rate is the file's own: descriptions say 256 and 512 Hz.
- The clip lies between the first two events of the Status channel, with about 30 s before and after it; a file without them is
  refused.
- Skin resistance in Ohm is turned into uS. Of the three ECG electrodes the one at the left abdomen (EXG3) is taken.
- The person stands in the XML, not in the file's name; sessions without a felt arousal are left out (persons 12 and 15 have
  none with signals).
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.sources.replay.recording import reading
from edge_emotion.types import Modality
from edge_emotion_train.datasets.protocol import (
    DatasetInfo,
    Interval,
    Rating,
    Recording,
    Signal,
    existing_folder,
    files_digest,
)
from edge_emotion_train.datasets.signals import microsiemens, series
from edge_emotion_train.datasets.trials import BASELINE, CLIP, ratings

EEG_CHANNELS = (
    *("Fp1", "AF3", "F3", "F7", "FC5", "FC1", "C3", "T7", "CP5", "CP1", "P3", "P7", "PO3", "O1", "Oz", "Pz"),
    *("Fp2", "AF4", "Fz", "F4", "F8", "FC6", "FC2", "Cz", "C4", "T8", "CP6", "CP2", "P4", "P8", "PO4", "O2"),
)
ECG, GSR, RESPIRATION, TEMPERATURE, STATUS = "EXG3", "GSR1", "Resp", "Temp", "Status"
SCALES = {"valence": "feltVlnc", "arousal": "feltArsl", "dominance": "feltCtrl", "predictability": "feltPred"}
TRIGGER_BITS = 0xFFFF
LARGEST_XML = 1_000_000
VOLT = {"uv": 1e-3, "mv": 1.0, "v": 1e3}


class Mahnob:
    """``MAHNOB-HCI/Sessions/<number>/`` with ``session.xml`` and ``Part_..._emotion.bdf``."""

    info = DatasetInfo(
        name="mahnob_hci",
        licence="EULA of the set: academic, non-commercial research",
        citation="Soleymani et al., A Multimodal Database for Affect Recognition and Implicit Tagging, "
        "IEEE Trans. Affective Computing 3(1), 2012",
        weights_may_ship=False,
        page="https://mahnob-db.eu/hci-tagging/",
        people=27,
        signals="EEG 32 channels, ECG, skin resistance, respiration, temperature; rate from the header",
        labels="baseline, clip; ratings valence, arousal, dominance, predictability 1-9",
        folder="MAHNOB-HCI",
    )

    def __init__(self, data: Path) -> None:
        self._folder = existing_folder(data, self.info.folder) / "Sessions"

    def names(self) -> tuple[str, ...]:
        numbers = [path.parent.name for path in self._folder.glob("*/session.xml") if self._is_rated(path)]
        return tuple(sorted(numbers, key=lambda n: (len(n), n)))

    def person(self, name: str) -> str:
        subject = _session(self._folder / name / "session.xml").find("subject")
        if subject is None or not subject.get("id"):
            raise RecordingError(f"{self._folder / name}/session.xml names no subject: restore it")
        return f"{self.info.name}/{subject.get('id')}"

    def fingerprint(self, name: str) -> bytes:
        return files_digest([self._folder / name / "session.xml", self._bdf(name)])

    def load(self, name: str) -> Recording:
        session = _session(self._folder / name / "session.xml")
        person = self.person(name)
        signals, (begin_s, end_s) = _signals(self._bdf(name))
        rated = _ratings(session)
        return Recording(
            name=f"{self.info.name}/{name}",
            person=person,
            signals=signals,
            intervals=(
                Interval(start_s=0.0, end_s=begin_s, name=BASELINE),
                Interval(start_s=begin_s, end_s=end_s, name=CLIP, ratings=rated),
            ),
        )

    def _is_rated(self, xml: Path) -> bool:
        return "feltArsl" in _session(xml).attrib and any(xml.parent.glob("*_emotion.bdf"))

    def _bdf(self, name: str) -> Path:
        found = sorted((self._folder / name).glob("*_emotion.bdf"))
        if not found:
            raise RecordingError(f"{self._folder / name} holds no *_emotion.bdf")
        return found[0]


def _session(path: Path) -> ElementTree.Element:
    with reading(path):
        text = path.read_bytes()
        # The standard parser expands entities; a session file has none and is small.
        if b"<!ENTITY" in text or len(text) > LARGEST_XML:
            raise RecordingError(f"{path}: is no session file; get it from the data set's own page")
        return ElementTree.fromstring(text)


def _ratings(session: ElementTree.Element) -> tuple[Rating, ...]:
    scales, values = [], []
    for scale, attribute in SCALES.items():
        text = session.get(attribute, "")
        if text.strip().replace(".", "", 1).isdigit():
            scales.append(scale)
            values.append(float(text))
    return ratings(scales, values, 1.0, 9.0)


def _signals(path: Path) -> tuple[tuple[Signal, ...], tuple[float, float]]:
    with reading(path):
        from edfio import read_bdf

        file = read_bdf(path)
        channels = {signal.label.strip(): signal for signal in file.signals}
        wanted = (ECG, GSR, STATUS, *EEG_CHANNELS)
        missing = [name for name in wanted if name not in channels]
        if missing:
            raise RecordingError(f"{path} lacks {', '.join(missing)}; it has {', '.join(channels)}")
        rate_hz = float(channels[ECG].sampling_frequency)
        unit = channels[ECG].physical_dimension.strip().lower()
        ecg_mv = np.asarray(channels[ECG].data) * VOLT.get(unit, 1e-3)
        eeg_uv = np.stack([np.asarray(channels[name].data) for name in EEG_CHANNELS], axis=1)
        signals = [
            series(Modality.ECG, rate_hz, ecg_mv),
            series(Modality.EDA, rate_hz, microsiemens(channels[GSR].data)),
            series(Modality.EEG, float(channels[EEG_CHANNELS[0]].sampling_frequency), eeg_uv),
        ]
        for modality, name in ((Modality.RESP, RESPIRATION), (Modality.TEMP, TEMPERATURE)):
            if name in channels:
                channel = channels[name]
                signals.append(series(modality, float(channel.sampling_frequency), channel.data))
        status = np.asarray(channels[STATUS].digital)
        events = _events(status)
        status_hz = float(channels[STATUS].sampling_frequency)
    if len(events) < 2:
        raise RecordingError(
            f"{path}: the Status channel has {len(events)} events; the clip lies between the first two"
        )
    return tuple(signals), (events[0] / status_hz, events[1] / status_hz)


def _events(status: NDArray[np.generic]) -> list[int]:
    """Samples at which the trigger lines go from zero to something."""
    code = status.astype(np.int64) & TRIGGER_BITS
    rises: list[int] = (np.flatnonzero((code[1:] != 0) & (code[:-1] == 0)) + 1).tolist()
    return rises
