"""From a window in physical units to model inputs, causally: statistics of the training people and of the wearer's own rest.

Each channel or feature enters twice. The *population view* tells how it compares with other people, the *reference view*
how it compares with the wearer at rest. The reference is frozen once it is complete: a mean that went on growing would tell
the model how long the session has lasted, and in a scripted protocol that is the label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import ChannelScaling, NormalisationSpec
from edge_emotion.types import NS_PER_S, FloatArray, Role, Window

Doubles = NDArray[np.float64]

PRESENT = "present"
"""Name of the input that tells which roles take part: shape (roles,), 1 or 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalisedWindow:
    """Model inputs of one window.

    Parameters
    ----------
    inputs
        By the manifest's names, without the batch axis: a series of c channels becomes (2 c, steps), a vector of n
        features (2 n,); population view first. ``present`` has shape (roles,).
    reference_ready
        Whether the wearer's reference is complete for every role that takes part.
    clipped_share
        Share of the participating population-view values that lie at the clipping limit.
    """

    inputs: Mapping[str, FloatArray]
    reference_ready: bool
    clipped_share: float


def compressed(tensor: FloatArray, scaling: ChannelScaling) -> Doubles:
    """``tensor`` (channels, ...) in float64, each channel through its ``compression``.

    A bundle that knows fewer features than the chain gives takes the first ones: the chain only ever appends.
    """
    values = tensor[: len(scaling.mean)].astype(np.float64)
    for channel, knee in enumerate(scaling.compression):
        if knee > 0:
            values[channel] = np.arcsinh(values[channel] / knee)
    return values


class _Moments:
    """Running mean and spread of one tensor's channels over the reference's windows, in float64."""

    def __init__(self, scaling: ChannelScaling, prior_windows: float) -> None:
        self._mean = np.array(scaling.mean, np.float64)
        self._within = np.array(scaling.within_scale, np.float64)
        self._prior = prior_windows
        self._count = 0
        self._sum = np.zeros_like(self._mean)
        self._squares = np.zeros_like(self._mean)

    def add(self, tensor: Doubles) -> None:
        rows = tensor.reshape(len(self._mean), -1)
        rows = np.where(
            np.isnan(rows), self._mean[:, None], rows
        )  # what this sensor cannot tell is like everybody's
        self._count += 1
        self._sum += rows.mean(axis=1)
        self._squares += (rows**2).mean(axis=1)

    def mean_and_scale(self) -> tuple[Doubles, Doubles]:
        """The wearer's mean, and spread shrunk towards the typical one; the population's before anything was seen."""
        if self._count == 0:
            return self._mean, self._within
        mean = self._sum / self._count
        variance = np.maximum(self._squares / self._count - mean**2, 0)
        weight = self._count + self._prior
        return mean, np.sqrt((self._count * variance + self._prior * self._within**2) / weight)


class _Reference:
    """The guided rest of one role."""

    def __init__(self, spec: NormalisationSpec, scalings: list[ChannelScaling]) -> None:
        self._spec = spec
        self.moments = {s.tensor: _Moments(s, spec.prior_windows) for s in scalings}
        self._first_ns: int | None = None
        self._seen = 0
        self._good = 0
        self.ready = spec.reference_s <= 0

    def collect(self, window: Window, tensors: Mapping[str, Doubles], good: bool) -> None:
        """Take one complete window, its tensors compressed; freezes when the rest was long enough and good enough."""
        if self._first_ns is None:
            self._first_ns = window.start_ns
        expired = window.end_ns - self._first_ns > self._spec.reference_s * NS_PER_S
        if not expired:
            self._seen += 1
        if good:
            self._good += 1
            for name, moments in self.moments.items():
                moments.add(tensors[name])
        lasted_s = (window.end_ns - self._first_ns) / NS_PER_S
        enough = self._good >= max(1.0, self._spec.minimum_good_share * self._seen)
        self.ready = lasted_s >= self._spec.reference_s and enough


class Normaliser:
    """Turns windows into model inputs; holds the wearer's reference.

    Parameters
    ----------
    spec
        Statistics of the training people and the length of the reference.
    minimum_quality
        A role under it is absent from the inputs and adds nothing to the reference.
    """

    def __init__(self, spec: NormalisationSpec, minimum_quality: float) -> None:
        self._spec = spec
        self._minimum_quality = minimum_quality
        self._scaling = {s.tensor: s for s in spec.scaling}
        self.reset()

    def reset(self) -> None:
        """Forget the wearer."""
        self._references = {
            role: _Reference(self._spec, [s for n, s in self._scaling.items() if role_of(n) is role])
            for role in Role
        }

    def push(self, window: Window) -> NormalisedWindow:
        """Model inputs of the next window."""
        present = {q.role: q.index >= self._minimum_quality and window.complete for q in window.quality}
        tensors = {name: compressed(window.tensors[name], scaling) for name, scaling in self._scaling.items()}
        for role, reference in self._references.items():
            if window.complete and not reference.ready:
                reference.collect(window, tensors, present[role])
        inputs: dict[str, FloatArray] = {}
        clipped = total = 0
        for name in self._scaling:
            role = role_of(name)
            views = self._views(name, tensors[name])
            if present[role]:
                population = views[: len(views) // 2]
                clipped += int(np.count_nonzero(np.abs(population) >= self._spec.limit))
                total += population.size
            inputs[name] = views * np.float32(present[role])
        inputs[PRESENT] = np.array([present[role] for role in Role], np.float32)
        taking_part = [self._references[role] for role in Role if present[role]]
        return NormalisedWindow(
            inputs=inputs,
            reference_ready=all(r.ready for r in taking_part) and bool(taking_part),
            clipped_share=clipped / total if total else 0.0,
        )

    def _views(self, name: str, values: Doubles) -> FloatArray:
        scaling = self._scaling[name]
        shape = (-1,) + (1,) * (values.ndim - 1)
        own_mean, own_scale = self._references[role_of(name)].moments[name].mean_and_scale()
        population = (values - np.array(scaling.mean).reshape(shape)) / np.array(scaling.scale).reshape(shape)
        reference = (values - own_mean.reshape(shape)) / own_scale.reshape(shape)
        limit = self._spec.limit
        views = np.clip(np.concatenate([population, reference]), -limit, limit)
        known: FloatArray = np.nan_to_num(views, nan=0.0).astype(np.float32)
        return known


def role_of(tensor: str) -> Role:
    """The role that a window tensor belongs to: its name begins with it."""
    return Role(tensor.split("_", maxsplit=1)[0])
