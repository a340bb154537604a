"""Instructions per inference, per report and per signal second: a figure that a busy machine does not move.

Under valgrind here, and under qemu's counting plugin as Cortex-A53, A72 and A76 with ``--arm FOLDER`` (the folder of
scripts/test-arm64; needs root). A loop of calls and one of twice as many are counted, and subtracted. One thread.
``per_report`` is the push whose packet completes a hop: chain, window, normalisation, inference, decision. Instructions are not
time: they guard against getting slower, and say nothing across processors. valgrind hides AVX-512 and its dot products.

    python benchmarks/instructions.py [--arm .arm64-bench] [--save]
    python benchmarks/instructions.py --check                         # exit 1, and what moved by more than 2 %
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import callgrind
import common
import counted
import guard
import msgspec

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import ModelFile
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.profiling.inputs import Inputs, make_inputs, save_inputs
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.types import Report

NAME = "instructions"
HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent / "scripts" / "arm64"
REPORTS = 8
INPUTS = "inputs.npz"
FIGURES = ("load", "per_inference", "per_report", "per_signal_second")
"""``load`` comes with ``per_inference``."""

Counter = Callable[[Sequence[str]], list[int]]
Figures = dict[str, dict[str, float]]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted: which figures, of which files of the shipped bundle, and which packets end in a report."""

    figures: tuple[str, ...]
    files: tuple[ModelFile, ...]
    reporting: tuple[int, ...]


def main() -> int:
    """Count, compare or keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--arm", type=Path, metavar="FOLDER", help="also on emulated boards; roots are kept here"
    )
    parser.add_argument("--figures", nargs="+", choices=FIGURES, default=FIGURES, help="only these")
    parser.add_argument("--engine", choices=("onnxruntime", "litert"), help="only this one")
    parser.add_argument("--precision", choices=("int8", "float32"), help="only this one")
    parser.add_argument(
        "--check", action="store_true", help="compare with benchmarks/results; exit 1 if more moved"
    )
    common.add_arguments(parser)
    args = parser.parse_args()
    if not callgrind.available():
        sys.exit("instructions are counted by valgrind: apt install valgrind")
    bundle = load_bundle(default_bundle_path())
    with TemporaryDirectory() as folder:
        made = make_inputs(bundle, streamed_s=3 * counted.SPAN_S)
        path = Path(folder) / INPUTS
        save_inputs(made, path)
        wish = Wish(
            figures=tuple(args.figures),
            files=tuple(
                f
                for f in bundle.manifest.model_files
                if args.engine in (None, f.engine) and args.precision in (None, f.precision)
            ),
            reporting=tuple(reporting(bundle, made)),
        )
        found: dict[str, object] = {
            **all_figures(lambda told: callgrind.counts(HERE / "counted.py", told), str(path), wish),
            "arm64": on_boards(args.arm.resolve(), path, wish) if args.arm else None,
            "reports": len(wish.reporting),
            "calls": counted.CALLS,
        }
    common.finish(NAME, found, args)
    return guard.checked(NAME, found) if args.check else 0


def reporting(bundle: Bundle, inputs: Inputs) -> list[int]:
    """Numbers of the first packets that end in a report with an inference.

    But for the very first: with it a bundle that asks for a threshold of the wearer's own looks at the whole rest once.
    """
    file = bundle.manifest.model_files[0]
    engine = counted.opened(bundle, file.engine, file.precision)
    pipeline = Pipeline(bundle.manifest, engine, inputs.modalities)
    ended = (
        number
        for number, packet in enumerate(inputs.packets())
        if any(isinstance(e, Report) and e.probabilities for e in pipeline.push(packet.item))
    )
    return list(islice(ended, 1, 1 + REPORTS))


def all_figures(count: Counter, inputs: str, wish: Wish) -> Figures:
    """Every figure of one processor."""
    found: Figures = {name: {} for name in wish.figures}
    for file in wish.files:
        name, of = f"{file.engine}-{file.precision}", (inputs, file.engine, file.precision)
        if {"load", "per_inference"} & set(wish.figures):
            loading, _, once, twice = count(["model", *of])
            found.setdefault("load", {})[name] = loading
            found.setdefault("per_inference", {})[name] = round((twice - once) / counted.CALLS)
        if file.precision != "int8":  # what ships runs int8
            continue
        if "per_report" in wish.figures:
            nothing, *rest = count(["report", *of, *map(str, wish.reporting)])
            found["per_report"][name] = round(sum(rest[1::2]) / len(wish.reporting) - nothing)
        if "per_signal_second" in wish.figures:
            found["per_signal_second"][f"wearer-{name}"] = per_second(count(["wearer", *of]))
        print(f"counted {name}", file=sys.stderr, flush=True)
    if "per_signal_second" in wish.figures:
        for signal in ("ecg", "eda"):
            found["per_signal_second"][signal] = per_second(count(["signal", inputs, signal]))
    return found


def per_second(loops: Sequence[int]) -> int:
    """From a loop over a span and one over two."""
    once, twice = loops
    return round((twice - once) / counted.SPAN_S)


def on_boards(folder: Path, inputs: Path, wish: Wish) -> dict[str, Figures] | None:
    """The same on each emulated board; ``None``, and why on stderr, where that cannot be."""
    sys.path.insert(0, str(SCRIPTS))
    import board
    import counting
    import root
    from guest_process import SHARED, Guest

    try:
        plugin = counting.make_counter(folder)
        place = root.make_root(root.SUITES[0], folder)
    except root.CannotRunError as error:
        print(f"not counted on Arm: {error}", file=sys.stderr)
        return None
    (place / SHARED).mkdir(exist_ok=True)
    for path in (inputs, HERE / "counted.py"):
        shutil.copy(path, place / SHARED)

    def counter(cpu: str) -> Counter:
        guest = Guest(root=place, cpu=cpu)
        return lambda told: counting.counts(guest, plugin, [f"/{SHARED}/counted.py", *told])

    found = {}
    for one in board.BOARDS:
        board.put_on(one, place)
        found[one.cpu] = all_figures(counter(one.cpu), f"/{SHARED}/{INPUTS}", wish)
    return found


if __name__ == "__main__":
    sys.exit(main())
