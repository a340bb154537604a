"""A window's report for the cost of one hop: what earlier hops left is kept, not computed again.

The files of `StreamingSpec` make one column of a hop's newest rows; a report is about the mean of a window's columns. What is
kept here are those columns and the series that they were made of. Each call compares: where the window's series continue the last
ones by a few hops, only those hops are computed; where anything else came (the wearer's reference was settled, a modality came or
went, a gap was closed), all columns of this window are made anew. So what is kept can never be out of date, whatever the caller
does, and nobody has to tell it about sessions.

A column's values are rounded to multiples of 2^-24 and summed as whole numbers: the sum is exact, the same after a day of hops as
made anew.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import EARLIER, NEWEST, StreamingSpec
from edge_emotion.engines import Engine
from edge_emotion.engines.ports import checked_input
from edge_emotion.types import FloatArray

SERIES_RANK = 3
_ONE = np.float64(2.0**24)
_PRESENT = "present"


class StreamingEngine:
    """An engine that takes whole windows and computes what is new in them.

    Parameters
    ----------
    hop
        The loaded file of one hop.
    spec
        What the manifest says about it.
    """

    def __init__(self, hop: Engine, spec: StreamingSpec) -> None:
        self.name = hop.name
        self.precision = hop.precision
        self._hop = hop
        self._spec = spec
        self._reach = {i.name: i.shape[-1] for i in spec.inputs if len(i.shape) == SERIES_RANK}
        past = (spec.columns - 1) * spec.hop_steps
        self._needed = [
            (i.name, (*i.shape[:-1], i.shape[-1] + past) if i.name in self._reach else i.shape)
            for i in spec.inputs
            if i.name in self._reach or i.name == _PRESENT
        ]
        width = next(i.shape[-1] for i in spec.inputs if i.name == EARLIER)
        self._columns = np.zeros((spec.columns, width), np.int64)
        self._sum = np.zeros(width, np.int64)
        self._oldest = 0
        self._to_share = 1.0 / (_ONE * spec.columns)
        self._seen: dict[str, FloatArray] = {}
        self._present = b""

    def alone(self) -> StreamingEngine:
        """Another one on the same file that keeps its own columns: each wearer needs one."""
        return StreamingEngine(self._hop, self._spec)

    def run(self, inputs: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        """See `edge_emotion.engines.Engine.run`; takes the inputs of a whole window."""
        self._check(inputs)
        hops = self._hops_since(inputs)
        self._seen = {}  # until all is done: an engine may fail half way
        for back in range(hops - 1, 0, -1):
            self._advance(inputs, back)
        outputs = self._advance(inputs, 0)
        self._seen = {name: inputs[name].copy() for name in self._reach}
        self._present = inputs[_PRESENT].tobytes()
        return outputs

    def _check(self, inputs: Mapping[str, FloatArray]) -> None:
        """What is looked at here; the file of one hop checks all that it is given."""
        for name, shape in self._needed:
            values = inputs.get(name)
            if values is None or values.shape != shape:
                checked_input(inputs, name, shape)  # says what is wrong

    def _hops_since(self, inputs: Mapping[str, FloatArray]) -> int:
        """By how many hops this window continues the last one; all of its columns where it does not."""
        if self._seen and inputs[_PRESENT].tobytes() == self._present:
            for hops in range(1, self._spec.columns):
                if self._continues(inputs, hops * self._spec.hop_steps):
                    return hops
        return self._spec.columns

    def _continues(self, inputs: Mapping[str, FloatArray], steps: int) -> bool:
        # As bytes: at this size the calls of numpy cost more than the copies.
        return all(
            inputs[name][..., :-steps].tobytes() == seen[..., steps:].tobytes()
            for name, seen in self._seen.items()
        )

    def _advance(self, inputs: Mapping[str, FloatArray], back: int) -> Mapping[str, FloatArray]:
        """The hop that ended ``back`` hops before the window."""
        rest = self._sum - self._columns[self._oldest]
        row = dict(inputs)
        row[EARLIER] = (rest * self._to_share).astype(np.float32)[np.newaxis]
        for name, reach in self._reach.items():
            series = inputs[name]
            end = series.shape[-1] - back * self._spec.hop_steps
            row[name] = series[..., end - reach : end]
        outputs = dict(self._hop.run(row))
        column: NDArray[np.int64] = np.rint(outputs.pop(NEWEST)[0] * _ONE).astype(np.int64)
        self._sum = rest + column
        self._columns[self._oldest] = column
        self._oldest = (self._oldest + 1) % self._spec.columns
        return outputs


def own_state(engine: Engine) -> Engine:
    """``engine`` for one wearer: with columns of its own where it keeps any."""
    return engine.alone() if isinstance(engine, StreamingEngine) else engine
