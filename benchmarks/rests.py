"""A person's first minutes as model inputs: what a network can be asked about somebody at rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import NormalisationSpec
from edge_emotion.runtime.normalise import PRESENT, Normaliser, role_of
from edge_emotion.runtime.reference import RoleReference
from edge_emotion.types import Calibration, Modality, Role
from edge_emotion_train.preparation.recordings import PreparedRecording

KINDS = (Calibration.SESSION, Calibration.DOUBTFUL)

Inputs = list[Mapping[str, NDArray[np.float32]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a person's first minutes left: the reference, when it was complete, and what model inputs look like."""

    roles: tuple[RoleReference, ...]
    until_ns: int
    like: Mapping[str, NDArray[np.float32]]


def rest_of(recording: PreparedRecording, spec: NormalisationSpec, quality: float) -> Rest | None:
    """``None`` where no reference was ever complete."""
    normaliser = Normaliser(spec, quality)
    for index in range(len(recording)):
        found = normaliser.push(recording.window(index))
        if found.reference_ready:
            return Rest(
                roles=normaliser.references((Modality.BVP, Modality.EDA), KINDS),
                until_ns=int(recording.end_ns[index]),
                like=found.inputs,
            )
    return None


def every_window(recording: PreparedRecording, spec: NormalisationSpec, quality: float) -> Inputs:
    """The rest's usable windows against the reference that was complete after them."""
    rest = rest_of(recording, spec, quality)
    if rest is None or not rest.roles:
        return []
    doing_without = msgspec.structs.replace(spec, without_reference="population")
    normaliser = Normaliser(doing_without, quality, rest.roles)
    inside = np.flatnonzero(recording.complete & (recording.end_ns <= rest.until_ns))
    inputs = [normaliser.push(recording.window(index)).inputs for index in inside.tolist()]
    return [one for one in inputs if one[PRESENT].any()]


def mean_window(recording: PreparedRecording, spec: NormalisationSpec, quality: float) -> Inputs:
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
