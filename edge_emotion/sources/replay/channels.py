"""Finding the channel of a modality by its label, and bringing it to the modality's unit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge_emotion.errors import RecordingError
from edge_emotion.sources.replay.options import ReadOptions
from edge_emotion.types import Modality

USUAL_LABELS: Mapping[Modality, tuple[str, ...]] = {
    Modality.ECG: (r"^ecg\b", r"\becg\b", r"^ekg\b", r"^ml?ii$"),
    # The hand first: foot and hand of one recording answer differently, and wearables sit at the hand.
    Modality.EDA: (r"^hand gsr$", r"^eda\b", r"\beda\b", r"\bgsr\b", r"\bscl?\b"),
    Modality.BVP: (r"^bvp\b", r"\bppg\b", r"\bpleth"),
}

UNITS: Mapping[Modality, Mapping[str, float]] = {
    Modality.ECG: {"mv": 1.0, "uv": 1e-3, "v": 1e3, "nv": 1e-6},
    Modality.EDA: {"us": 1.0, "ns": 1e-3, "ms": 1e3, "s": 1e6, "microsiemens": 1.0},
    Modality.BVP: {},
    Modality.ACC: {"g": 1.0, "mg": 1e-3, "m/s2": 1 / 9.80665, "m/s^2": 1 / 9.80665},
}


def find_channel(path: Path, labels: Sequence[str], modality: Modality, options: ReadOptions) -> int | None:
    """Index of the channel for ``modality``; ``None`` when there is none and none was asked for.

    Raises
    ------
    RecordingError
        If the channel that was asked for is not there.
    """
    wanted = options.channel(modality)
    plain = [label.strip().lower() for label in labels]
    if wanted is not None:
        if wanted.strip().lower() in plain:
            return plain.index(wanted.strip().lower())
        raise RecordingError(f"{path}: has no channel {wanted!r}; its channels are {', '.join(labels)}")
    for pattern in USUAL_LABELS[modality]:
        for index, label in enumerate(plain):
            if re.search(pattern, label.replace("_", " ")):
                return index
    return None


def to_unit(path: Path, modality: Modality, unit: str) -> float:
    """Factor from a channel's unit to the modality's; 1 when the file names no unit or the modality has none.

    Raises
    ------
    RecordingError
        If the unit cannot be converted.
    """
    known = UNITS[modality]
    plain = unit.strip().lower().replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")
    if not plain or not known:
        return 1.0
    if plain not in known:
        raise RecordingError(f"{path}: {modality} is in {unit!r}; allowed units: {', '.join(known)}")
    return known[plain]
