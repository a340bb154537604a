"""From a trained streaming network to the files of one hop, and the proof that hop after hop they are that network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import EARLIER, FEATURES, ROWS, InputSpec, ModelFile, StreamingSpec
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_model
from edge_emotion.engines.streaming import StreamingEngine
from edge_emotion.runtime.normalise import PRESENT
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.network.hop import OUTPUTS, hop_row, rows_of_window, series_of, vectors_of
from edge_emotion_export.onnx.tensors import tensors_of
from edge_emotion_export.packing.binding import describe
from edge_emotion_export.packing.describing import input_specs
from edge_emotion_train.models import AcmcStreaming
from edge_emotion_train.runs.record import Run

_MEANING = "the mean over the window's columns without what the newest adds: kept from hop to hop"


def streaming_network(run: Run) -> AcmcStreaming | None:
    """The run's network where it has a streaming form."""
    return run.model if isinstance(run.model, AcmcStreaming) else None


def streaming_spec(
    run: Run, network: AcmcStreaming, example: Row, files: Sequence[ModelFile] = ()
) -> StreamingSpec:
    """What the manifest says of the files of one hop; ``example`` is a whole window."""
    row = hop_row(network, example)
    known = {spec.name: spec for spec in input_specs(run, example)}
    series, vectors = series_of(network), vectors_of(network)
    meanings = {
        ROWS: "one below the other, " + "; ".join(f"{n}: {known[n].meaning}" for n in series),
        FEATURES: "side by side, " + "; ".join(f"{n}: {known[n].meaning}" for n in vectors),
        PRESENT: known[PRESENT].meaning,
        EARLIER: _MEANING,
    }
    return StreamingSpec(
        hop_steps=network.config.hop_steps,
        columns=network.columns,
        series=series,
        vectors=vectors,
        inputs=tuple(
            InputSpec(name=name, role="", shape=values.shape, meaning=meanings[name])
            for name, values in row.items()
        ),
        model_files=tuple(files),
    )


def described(artefact: Artefact, spec: StreamingSpec) -> ModelFile:
    """The manifest's entry for a file of one hop."""
    return describe(artefact, [i.name for i in spec.inputs], OUTPUTS)


def open_hop(artefact: Artefact, spec: StreamingSpec, inputs: Sequence[InputSpec]) -> Engine:
    """The file as the runtime uses it: whole windows of ``inputs`` in, one hop after the other computed."""
    hop = open_model(artefact.content, described(artefact, spec), spec.inputs)
    return StreamingEngine(hop, spec, inputs)


def telling_hops(network: AcmcStreaming, source: Artefact, windows: Sequence[Row]) -> list[Row]:
    """Of all hops of the windows those in which some value of the network is least or greatest.

    They give the ranges of all hops, which are those of the whole windows: a quantised file of one hop then has the scales of the
    quantised file of the window.

    Parameters
    ----------
    source
        The float ONNX file of one hop.
    """
    best: dict[tuple[str, str], tuple[float, Row]] = {}
    for window in windows:
        rows = list(_hops(network, window))
        for name, values in {**_stacked(rows), **tensors_of(source.content, rows)}.items():
            flat = values.reshape(len(rows), -1)
            for kind, found in (("least", flat.min(axis=1)), ("greatest", -flat.max(axis=1))):
                at = int(found.argmin())
                if (name, kind) not in best or found[at] < best[name, kind][0]:
                    best[name, kind] = (float(found[at]), rows[at])
    return list({id(row): row for _, row in best.values()}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """What a window's hops leave: shape (hops, width), and what they add up to over their number, (1, width)."""

    each: NDArray[np.float32]
    mean: NDArray[np.float32]


def _hops(network: AcmcStreaming, window: Row) -> Iterator[Row]:
    """Every hop of a window, with what the others would have left."""
    left = _columns(network, window)
    reach, hop = network.reach * network.config.hop_steps, network.config.hop_steps
    rows, last = rows_of_window(network, window), hop_row(network, window)
    for index, column in enumerate(left.each):
        start = index * hop
        earlier = left.mean - column / len(left.each)
        yield {**last, ROWS: rows[..., start : start + reach], EARLIER: earlier}


def _columns(network: AcmcStreaming, window: Row) -> _Columns:
    rows = torch.from_numpy(rows_of_window(network, window))
    with torch.no_grad():
        columns = network.embed(rows, torch.from_numpy(window[PRESENT]))[0].numpy().T
    return _Columns(each=columns, mean=columns.mean(axis=0, keepdims=True))


def _stacked(rows: Sequence[Row]) -> dict[str, NDArray[np.float32]]:
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}
