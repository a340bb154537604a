"""A threshold of the wearer's own: what the network says of somebody who is known to rest.

A network that stands higher on this wearer's rest than on other people's stands higher all day. A bundle may ask
(`DecisionSpec.own_threshold`) that a share of that difference is taken off its logits. It is settled once, with the reference,
from the same minutes: a threshold that went on moving would tell how long the session has lasted. Measured in
docs/decisions/096-a-threshold-of-ones-own.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from edge_emotion.bundle.manifest import DecisionSpec
from edge_emotion.engines import Engine
from edge_emotion.runtime.normalise import PRESENT, Normaliser
from edge_emotion.types import NS_PER_S, FloatArray, Window

SPACING_S = 5.0
"""Of kept windows: neighbours share nearly all of their samples, and a small board has little memory."""


class RestWindows:
    """The windows of a rest, kept until there is a reference to see them against."""

    def __init__(self) -> None:
        self._kept: list[Window] = []

    def keep(self, window: Window) -> None:
        """Take the next window, if it is whole and far enough from the last one kept."""
        if not window.complete:
            return
        if not self._kept or window.end_ns - self._kept[-1].end_ns >= SPACING_S * NS_PER_S:
            self._kept.append(window)

    def inputs(self, normaliser: Normaliser) -> list[Mapping[str, FloatArray]]:
        """Model inputs of the kept windows in which a signal with a rest of its own was usable."""
        found = (normaliser.at_rest(window) for window in self._kept)
        return [inputs for inputs in found if inputs[PRESENT].any()]

    def logits(self, normaliser: Normaliser, engine: Engine) -> tuple[float, ...]:
        """Their mean logits, one a class; empty where no window was usable.

        Raises
        ------
        EngineError
            If the engine fails.
        """
        said = [
            engine.run({name: values[np.newaxis] for name, values in inputs.items()})["logits"][0]
            for inputs in self.inputs(normaliser)
        ]
        if not said:
            return ()
        return tuple(float(mean) for mean in np.stack(said).mean(axis=0, dtype=np.float64))


class OwnThreshold:
    """One wearer's threshold, from a stored rest or from this session's.

    Parameters
    ----------
    spec
        Of the bundle; with ``own_threshold`` 0 nothing is ever kept or changed.
    stored
        Whether a stored reference takes the place of this session's rest.
    rest_logits
        What this network said of the stored rest; empty where it was not asked.
    """

    def __init__(self, spec: DecisionSpec, stored: bool, rest_logits: Sequence[float] = ()) -> None:
        self._spec = spec
        self._stored = self._offset(rest_logits)
        self._collects = spec.own_threshold > 0 and not stored
        self.reset()

    def reset(self) -> None:
        """Be as new: what this session has seen is forgotten, a stored rest is not."""
        self._rest = RestWindows() if self._collects else None
        self._taken_off = self._stored

    def watch(self, window: Window, settled: bool, normaliser: Normaliser, engine: Engine) -> None:
        """Keep a window of the rest; ``settled`` tells that the reference is complete with it, and settles the threshold."""
        if self._rest is None:
            return
        self._rest.keep(window)
        if settled:
            self._taken_off = self._offset(self._rest.logits(normaliser, engine))
            self._rest = None

    def applied(self, logits: FloatArray) -> FloatArray:
        """``logits`` of shape (classes,), float32, less what the wearer's rest is above that of others."""
        return logits if self._taken_off is None else logits - self._taken_off

    def _offset(self, rest_logits: Sequence[float]) -> FloatArray | None:
        share = self._spec.own_threshold
        return taken_off(share, rest_logits, self._spec.rest_logits) if rest_logits and share else None


def taken_off(share: float, rest_logits: Sequence[float], usual: Sequence[float]) -> FloatArray:
    """What to take off all logits of somebody, shape (classes,), float32.

    Parameters
    ----------
    share, usual
        ``own_threshold`` and ``rest_logits`` of `DecisionSpec`.
    rest_logits
        What the network says of this person's rest.
    """
    above = np.array(rest_logits, np.float64) - np.array(usual, np.float64)
    # What is common to all classes changes no probability.
    offset: FloatArray = (share * (above - above.mean())).astype(np.float32)
    return offset
