"""The program whose instructions are counted: the runtime, with marks where a loop begins and ends.

Run by benchmarks/instructions.py, under valgrind here and under qemu's counting plugin as an Arm board.

    python counted.py model INPUTS.npz ENGINE PRECISION
    python counted.py report INPUTS.npz ENGINE PRECISION NUMBER NUMBER ...
    python counted.py signal INPUTS.npz ecg|eda
    python counted.py wearer INPUTS.npz ENGINE PRECISION

A mark is a call of getpgid with a number that no process has: both counters can see it, and it costs next to nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_model
from edge_emotion.profiling.inputs import PACKET_S, Inputs, load_inputs
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.signals.chain import Chain
from edge_emotion.sources.replay.packets import packets
from edge_emotion.types import Modality

MARK = 0x7E000000
CALLS = 20
WARM_UP_CALLS = 3
SPAN_S = 65.0
"""Longer than a window; whole packets and whole hops of both signals."""
PACKETS_S = {Modality.ECG: 0.5, Modality.EDA: 3.25}


def mark() -> None:
    """Tell the counter that something begins or ends here."""
    with suppress(ProcessLookupError):
        os.getpgid(MARK)


def model(path: str, engine: str, precision: str) -> None:
    """Marks: around loading, then `loops` of calls."""
    inputs, bundle = load_inputs(Path(path)), load_bundle(default_bundle_path())
    opened(bundle, engine, precision)  # what importing the engine costs is not loading
    mark()
    loaded = opened(bundle, engine, precision)
    mark()
    windows = inputs.windows
    for number in range(WARM_UP_CALLS):
        loaded.run(windows[number])
    loops(CALLS, lambda number: loaded.run(windows[number % len(windows)]))


def report(path: str, engine: str, precision: str, *numbers: str) -> None:
    """Marks: around nothing, then around each of the pushes that end in a report."""
    inputs, pipeline = _wearer(path, engine, precision)
    wanted = {int(number) for number in numbers}
    mark()
    mark()
    for number, packet in enumerate(islice(inputs.packets(), max(wanted) + 1)):
        if number in wanted:
            mark()
        pipeline.push(packet.item)
        if number in wanted:
            mark()


def signal(path: str, name: str) -> None:
    """Marks: `loops` of one signal through the chain, after its windows are full."""
    inputs, modality = load_inputs(Path(path)), Modality(name)
    chain = Chain(load_bundle(default_bundle_path()).manifest.signals, (modality,))
    cut = packets(inputs.recording, (modality,), PACKETS_S[modality])
    count = round(SPAN_S / PACKETS_S[modality])
    for packet in islice(cut, count):
        chain.push(packet.item)
    loops(count, lambda number: chain.push(next(cut).item))


def wearer(path: str, engine: str, precision: str) -> None:
    """Marks: `loops` of both signals through the whole pipeline, after the reference is complete."""
    inputs, pipeline = _wearer(path, engine, precision)
    cut = iter(inputs.packets())
    per_second = len(inputs.modalities) / PACKET_S
    for packet in islice(cut, round(inputs.lead_s * per_second)):
        pipeline.push(packet.item)
    loops(round(SPAN_S * per_second), lambda number: pipeline.push(next(cut).item))


def loops(count: int, do: Callable[[int], object]) -> None:
    """Marks around one loop and around one of twice as many: their difference is without what surrounds a loop."""
    mark()
    for times in (1, 2):
        for number in range(times * count):
            do(number)
        mark()


def opened(bundle: Bundle, engine: str, precision: str) -> Engine:
    """One of the bundle's models."""
    files = bundle.manifest.model_files
    file = next(f for f in files if (f.engine, f.precision) == (engine, precision))
    return open_model(bundle.read(file.path), file, bundle.manifest.inputs)


def _wearer(path: str, engine: str, precision: str) -> tuple[Inputs, Pipeline]:
    inputs, bundle = load_inputs(Path(path)), load_bundle(default_bundle_path())
    return inputs, Pipeline(bundle.manifest, opened(bundle, engine, precision), inputs.modalities)


WORK: dict[str, Callable[..., None]] = {"model": model, "report": report, "signal": signal, "wearer": wearer}


def main(arguments: Sequence[str]) -> None:
    """Do one kind of work."""
    kind, *rest = arguments
    WORK[kind](*rest)


if __name__ == "__main__":
    main(sys.argv[1:])
