"""From a trained streaming network to its files of one hop: converted, and quantised as far as those of whole windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edge_emotion_export.artefact import Row
from edge_emotion_export.calibration import rows_of
from edge_emotion_export.ladder import Rung
from edge_emotion_export.making import MAKERS, Job, Made, Maker, Progress, judging_windows, make_derived
from edge_emotion_export.network.hop import OUTPUTS, Hop, hop_row
from edge_emotion_export.network.layout import Flat
from edge_emotion_export.packing.describing import input_specs
from edge_emotion_export.recipes import Format, Order
from edge_emotion_export.streaming import open_hop, streaming_network, streaming_spec, telling_hops
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.runs.record import Run


def make_hop_files(
    run: Run, order: Order, calibration: WindowSet, whole: Sequence[Made], progress: Progress
) -> list[Made]:
    """Every format's files of one hop; none where the network has no streaming form.

    Parameters
    ----------
    whole
        Each format's files of whole windows.

    Raises
    ------
    EngineError
        If a converter or an engine fails; the message names a recipe that works.
    """
    network = streaming_network(run)
    if network is None:
        return []
    windows = rows_of(calibration)
    example, flat = hop_row(network, windows[0]), Flat(Hop(network)).eval()
    spec, inputs = streaming_spec(run, network, windows[0]), input_specs(run, windows[0])
    progress("converting one hop")
    sources = {n: replace(MAKERS[n].convert(flat, example, OUTPUTS), stem="hop") for n in order.formats}
    rows: Sequence[Row] = [example]
    if order.recipe.calibrated:
        # Which hops tell most is read from an ONNX file, whatever the formats are.
        readable = sources.get("onnx") or MAKERS["onnx"].convert(flat, example, OUTPUTS)
        rows = telling_hops(network, readable, windows)
    job = Job(
        run=run,
        recipe=order.recipe,
        learned=None,
        rows=rows,
        judging=judging_windows(run) if order.recipe.calibrated else None,
        opening=lambda artefact: open_hop(artefact, spec, inputs),
        progress=progress,
    )
    return make_derived(job, sources, _makers(order, whole))


def _makers(order: Order, whole: Sequence[Made]) -> Mapping[Format, Maker]:
    """That take no other rung than the window's file has: a hop is that window only if both round at the same places."""
    makers = dict(MAKERS)
    for name, made in zip(order.formats, whole, strict=True):
        if made.derived is not None and made.derived.rung:
            makers[name] = replace(makers[name], rungs=(Rung(made.derived.rung),))
    return makers
