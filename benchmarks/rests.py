"""A person's rest as one made-up window: the other way that `benchmarks/threshold.py` tries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import NormalisationSpec
from edge_emotion.runtime.normalise import PRESENT, Normaliser, role_of
from edge_emotion.runtime.reference import RoleReference
from edge_emotion.types import Calibration, Modality, Role
from edge_emotion_train.preparation.labelling import UNLABELLED
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.windows import WindowSet

KINDS = (Calibration.SESSION, Calibration.DOUBTFUL)

Inputs = list[Mapping[str, NDArray[np.float32]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a person's first minutes left: the reference, and what model inputs look like."""

    roles: tuple[RoleReference, ...]
    like: Mapping[str, NDArray[np.float32]]


def rest_of(recording: PreparedRecording, spec: NormalisationSpec, quality: float) -> Rest | None:
    """``None`` where no reference was ever complete."""
    normaliser = Normaliser(spec, quality)
    for index in range(len(recording)):
        found = normaliser.push(recording.window(index))
        if found.reference_ready:
            return Rest(
                roles=normaliser.references((Modality.BVP, Modality.EDA), KINDS),
                like=found.inputs,
            )
    return None


def mean_windows(
    recordings: Sequence[PreparedRecording], spec: NormalisationSpec, quality: float
) -> WindowSet:
    """Of everybody who has a reference."""
    shown = [(r.person, inputs) for r in recordings for inputs in _mean_window(r, spec, quality)]
    return WindowSet(
        inputs={name: np.stack([inputs[name] for _, inputs in shown]) for name in shown[0][1]},
        labels=np.full(len(shown), UNLABELLED),
        people=np.array([person for person, _ in shown]),
    )


def _mean_window(recording: PreparedRecording, spec: NormalisationSpec, quality: float) -> Inputs:
    """The rest's mean in every channel, for each pattern of signals that have a reference."""
    rest = rest_of(recording, spec, quality)
    if rest is None:
        return []
    scalings = {s.tensor: s for s in spec.scaling}
    views: dict[str, NDArray[np.float32]] = {}
    for role in rest.roles:
        for moments in role.moments:
            scaling = scalings[moments.tensor]
            mean = np.array(moments.sums) / role.windows
            population = np.clip((mean - scaling.mean) / np.array(scaling.scale), -spec.limit, spec.limit)
            shape = (-1,) + (1,) * (rest.like[moments.tensor].ndim - 1)
            view = np.concatenate([population, np.zeros_like(population)]).astype(np.float32).reshape(shape)
            views[moments.tensor] = np.broadcast_to(view, rest.like[moments.tensor].shape)
    known = {role.role for role in rest.roles}
    patterns = [p for p in product((0.0, 1.0), repeat=len(Role)) if any(p)]
    usable = [p for p in patterns if all(r in known for r, on in zip(Role, p, strict=True) if on)]
    return [_masked(views, rest.like, dict(zip(Role, pattern, strict=True))) for pattern in usable]


def _masked(
    views: Mapping[str, NDArray[np.float32]],
    like: Mapping[str, NDArray[np.float32]],
    on: Mapping[Role, float],
) -> dict[str, NDArray[np.float32]]:
    inputs = {
        name: views[name] if on[role_of(name)] else np.zeros_like(values)
        for name, values in like.items()
        if name != PRESENT
    }
    return {**inputs, PRESENT: np.array([on[role] for role in Role], np.float32)}
