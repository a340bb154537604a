"""The wearer's reference: what their signals look like at rest, as sums from which mean and spread follow.

Sums and not means are kept, so that a reference that was stored and read again gives bit-identical model inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import ChannelScaling, NormalisationSpec
from edge_emotion.errors import InputError
from edge_emotion.types import Modality, Role

Doubles = NDArray[np.float64]

MAX_WINDOWS = 100_000
FARTHEST = 100.0
"""No person's rest lies this many population deviations away from the training people's mean."""

Sums = Annotated[tuple[float, ...], msgspec.Meta(max_length=1024)]


class ReferenceMoments(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sums of one tensor's channels over the good windows of a rest, after compression.

    ``sums`` adds up each window's mean, ``squares`` each window's mean square; both have one entry a channel.
    """

    tensor: Annotated[str, msgspec.Meta(max_length=64)]
    sums: Sums
    squares: Sums


class RoleReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The rest of one signal.

    Parameters
    ----------
    modality
        What measured it: a pulse at the wrist and a chest strap see the same heart differently.
    rest_s
        How long the rest lasted that the windows were taken from.
    windows
        How many windows the sums are over.
    """

    role: Role
    modality: Modality
    rest_s: Annotated[float, msgspec.Meta(gt=0, le=3600)]
    windows: Annotated[int, msgspec.Meta(ge=1, le=MAX_WINDOWS)]
    moments: Annotated[tuple[ReferenceMoments, ...], msgspec.Meta(max_length=16)]


class Moments:
    """Running mean and spread of one tensor's channels over the reference's windows, in float64."""

    def __init__(self, scaling: ChannelScaling, prior_windows: float) -> None:
        self._tensor = scaling.tensor
        self._mean = np.array(scaling.mean, np.float64)
        self._within = np.array(scaling.within_scale, np.float64)
        self._prior = prior_windows
        self._count = 0
        self._sum = np.zeros_like(self._mean)
        self._squares = np.zeros_like(self._mean)

    def add(self, tensor: Doubles) -> None:
        """Take one window's channels, compressed, shape (channels, ...)."""
        rows = tensor.reshape(len(self._mean), -1)
        rows = np.where(
            np.isnan(rows), self._mean[:, None], rows
        )  # what a sensor cannot tell is like everybody's
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

    def stored(self) -> ReferenceMoments:
        """The sums as they are written."""
        return ReferenceMoments(
            tensor=self._tensor, sums=tuple(self._sum.tolist()), squares=tuple(self._squares.tolist())
        )

    def restore(self, stored: ReferenceMoments, windows: int) -> None:
        """Become what was stored."""
        self._count = windows
        self._sum = np.array(stored.sums, np.float64)
        self._squares = np.array(stored.squares, np.float64)


def check_roles(roles: Iterable[RoleReference], spec: NormalisationSpec) -> None:
    """Can these references be used with this normalisation?

    Raises
    ------
    InputError
        If a tensor is missing, unknown or of another width, a role comes twice, or a figure is none that a body gives.
    """
    scalings = {s.tensor: s for s in spec.scaling}
    seen: set[Role] = set()
    for role in roles:
        if role.role in seen:
            raise InputError(f"has two references for {role.role}")
        seen.add(role.role)
        wanted = {name for name in scalings if name.split("_", maxsplit=1)[0] == role.role}
        names = [m.tensor for m in role.moments]
        if sorted(names) != sorted(wanted):
            raise InputError(
                f"describes {', '.join(names) or 'nothing'} for {role.role}; this bundle needs {', '.join(sorted(wanted))}"
            )
        for moments in role.moments:
            _check_moments(moments, role.windows, scalings)


def _check_moments(moments: ReferenceMoments, windows: int, scalings: Mapping[str, ChannelScaling]) -> None:
    scaling = scalings[moments.tensor]
    width = len(scaling.mean)
    if (len(moments.sums), len(moments.squares)) != (width, width):
        raise InputError(
            f"has {len(moments.sums)} and {len(moments.squares)} figures for {moments.tensor}; needs {width} of each"
        )
    sums, squares = np.array(moments.sums, np.float64), np.array(moments.squares, np.float64)
    if not (np.isfinite(sums).all() and np.isfinite(squares).all()):
        raise InputError(f"has a figure for {moments.tensor} that is not finite")
    mean, square = sums / windows, squares / windows
    centre, scale = np.array(scaling.mean), np.array(scaling.scale)
    far = np.abs(mean - centre) > FARTHEST * scale
    wide = square > (np.abs(centre) + FARTHEST * scale) ** 2
    # A mean square is at least the squared mean, but for rounding. Clipped: what is far is refused anyway, and must not overflow.
    near = np.clip(mean, -np.abs(centre) - FARTHEST * scale, np.abs(centre) + FARTHEST * scale)
    small = square < near**2 * (1 - 1e-9) - 1e-9
    if (far | wide | small).any():
        raise InputError(f"has a figure for {moments.tensor} that no person's rest gives")
