"""A window's report for the cost of one hop: what earlier hops left is kept, not computed again.

The files of `StreamingSpec` make one column of a hop's newest rows; a report is about the mean of a window's columns. What is
kept here are those columns and the series that they were made of. Each call compares: where the window's series continue the last
ones by a few hops, only those hops are computed; where anything else came (the wearer's reference was settled, a modality came or
went, a gap was closed), all columns of this window are made anew. So what is kept can never be out of date, whatever the caller
does, and nobody has to tell it about sessions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edge_emotion.bundle.manifest import EARLIER, FEATURES, NEWEST, ROWS, InputSpec, StreamingSpec
from edge_emotion.engines import Engine
from edge_emotion.engines.columns import Columns
from edge_emotion.engines.joined import Joined
from edge_emotion.engines.ports import shaped_input
from edge_emotion.types import FloatArray

_PRESENT = "present"


class StreamingEngine:
    """An engine that takes whole windows and computes what is new in them.

    Parameters
    ----------
    hop
        The loaded file of one hop.
    spec
        What the manifest says about it.
    inputs
        What the manifest says of a whole window.
    """

    def __init__(self, hop: Engine, spec: StreamingSpec, inputs: Sequence[InputSpec]) -> None:
        self.name = hop.name
        self.precision = hop.precision
        self._hop = hop
        self._spec = spec
        self._inputs = inputs
        whole, taken = ({i.name: i for i in specs} for specs in (inputs, spec.inputs))
        self._series, self._seen = (Joined([whole[name] for name in spec.series]) for _ in range(2))
        self._vectors = Joined([whole[name] for name in spec.vectors])
        self._reach = taken[ROWS].shape[-1]
        self._shape_of_present = whole[_PRESENT].shape
        self._columns = Columns(spec.columns, taken[EARLIER].shape[-1])
        self._present: bytes | None = None  # of the last window; None where there is none

    def alone(self) -> StreamingEngine:
        """Another one on the same file that keeps its own columns: each wearer needs one."""
        return StreamingEngine(self._hop, self._spec, self._inputs)

    def run(self, inputs: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        """See `edge_emotion.engines.Engine.run`; takes the inputs of a whole window."""
        series, vectors = self._series.fill(inputs), self._vectors.fill(inputs)
        present = shaped_input(inputs, _PRESENT, self._shape_of_present)
        now = present.tobytes()
        hops = self._hops_since(series, now)
        self._present = None  # until all is done: an engine may fail half way
        row = {FEATURES: vectors, _PRESENT: present}
        for back in range(hops - 1, -1, -1):
            end = series.shape[-1] - back * self._spec.hop_steps
            row[ROWS] = series[..., end - self._reach : end]
            row[EARLIER] = self._columns.but_oldest()
            outputs = dict(self._hop.run(row))
            self._columns.push(outputs.pop(NEWEST))
        self._series, self._seen = self._seen, self._series
        self._present = now
        return outputs

    def _hops_since(self, series: FloatArray, present: bytes) -> int:
        """By how many hops this window continues the last one; all of its columns where it does not."""
        if present == self._present:
            for hops in range(1, self._spec.columns):
                if self._continues(series, hops * self._spec.hop_steps):
                    return hops
        return self._spec.columns

    def _continues(self, series: FloatArray, steps: int) -> bool:
        # As bytes: at this size the calls of numpy cost more than the copies.
        return series[..., :-steps].tobytes() == self._seen.values[..., steps:].tobytes()


def own_state(engine: Engine) -> Engine:
    """``engine`` for one wearer: with columns of its own where it keeps any."""
    return engine.alone() if isinstance(engine, StreamingEngine) else engine
