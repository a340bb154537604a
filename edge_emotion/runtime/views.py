"""The two views of one tensor: compared with other people, and with the wearer at rest.

All that does not change from window to window is laid out once; a window is then a few calls of numpy whatever its channels.
"""

from __future__ import annotations

import numpy as np

from edge_emotion.bundle.manifest import ChannelScaling
from edge_emotion.runtime.collecting import RestState, RoleRest
from edge_emotion.runtime.reference import Doubles
from edge_emotion.types import FloatArray


def compressed(tensor: FloatArray, scaling: ChannelScaling) -> Doubles:
    """``tensor`` (channels, ...) in float64, each channel through its ``compression``.

    A bundle that knows fewer features than the chain gives takes the first ones: the chain only ever appends.
    """
    values = tensor[: len(scaling.mean)].astype(np.float64)
    for channel, knee in enumerate(scaling.compression):
        if knee > 0:
            values[channel] = np.arcsinh(values[channel] / knee)
    return values


_WELL_INSIDE = 1.0 - 1e-6
"""What is nearer to the limit may be rounded to it in float32."""


class TensorViews:
    """Population and reference view of one tensor, clipped, in float32.

    Parameters
    ----------
    scaling
        Of the tensor's channels.
    limit
        Views are clipped to +- this.
    rest
        The rest of the tensor's role: the second view's mean and scale.
    """

    def __init__(self, scaling: ChannelScaling, limit: float, rest: RoleRest) -> None:
        self._scaling = scaling
        self._limit = limit
        self._inside = limit * _WELL_INSIDE
        self._rest = rest
        self._mean = np.array(scaling.mean, np.float64)
        self._scale = np.array(scaling.scale, np.float64)
        self._means = self._scales = np.empty(0)
        self._has_settled = False

    def of(self, values: Doubles) -> tuple[FloatArray, int]:
        """``values`` (channels, ...), compressed, as (2 channels, ...), the population view first; what is no number is 0.

        Beside it, how many values of the population view lie at the limit.
        """
        if not self._has_settled:
            self._lay_out(values.ndim)
        views = np.subtract(values, self._means)
        views /= self._scales
        if self._rest.unknown:
            views[1] = 0.0
        shape = (-1, *values.shape[1:])
        lowest, highest = np.minimum.reduce(views, axis=None), np.maximum.reduce(views, axis=None)
        if -self._inside < lowest and highest < self._inside:  # not so where one is no number
            return views.reshape(shape).astype(np.float32), 0
        np.minimum(views, self._limit, out=views)
        np.maximum(views, -self._limit, out=views)
        views[np.isnan(views)] = 0.0
        clipped = views.astype(np.float32)
        return clipped.reshape(shape), int(np.count_nonzero(np.abs(clipped[0]) >= self._limit))

    def _lay_out(self, dimensions: int) -> None:
        """Means and scales of both views, shape (2, channels, 1, ...); they stay once the rest is settled."""
        own_mean, own_scale = self._rest.moments[self._scaling.tensor].mean_and_scale()
        shape = (2, -1) + (1,) * (dimensions - 1)
        self._means = np.stack([self._mean, own_mean]).reshape(shape)
        self._scales = np.stack([self._scale, own_scale]).reshape(shape)
        self._has_settled = self._rest.state is RestState.SETTLED
