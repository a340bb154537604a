"""``edge-emotion benchmark``: latency, memory and energy of a bundle on this machine, or on another by ssh."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edge_emotion.bundle.reader import Bundle
from edge_emotion.cli.benchmark_checks import check
from edge_emotion.cli.common import PRECISIONS, add_json, open_bundle, say, show, write_json
from edge_emotion.errors import GateError, UsageError
from edge_emotion.profiling.compare import compare, differences, overall
from edge_emotion.profiling.context import take_conditions, usable_cpus
from edge_emotion.profiling.floors import Floor, Verdict, check_keys, judge, read_floors
from edge_emotion.profiling.plan import FULL, QUICK, Plan
from edge_emotion.profiling.result import Result, load_result

if TYPE_CHECKING:
    from edge_emotion.profiling.energy import Meter
    from edge_emotion.profiling.energy.passes import EnergyPlan

MOST_THREADS = 4
EPILOG = """\
examples:
  edge-emotion benchmark --quick
  edge-emotion benchmark --stream 60 --json > pi5.json
  edge-emotion benchmark --html pi5.html --result pi5.json
  edge-emotion benchmark --baseline pi5.json --html now.html
  edge-emotion benchmark --floor report.litert-int8.p99_ms=2 --floor install_mb=160
  edge-emotion benchmark --ssh pi@raspberrypi.local --quick --html pi.html
  edge-emotion benchmark --stream 60 --meter pmic --battery-wh 37
  edge-emotion benchmark --meter external --json > run.json       (a PPK2 or USB meter records meanwhile)
  edge-emotion benchmark --result run.json --meter csv:trace.csv --trace-start 4.2 --volts 5.1

The full protocol takes 10 s a cell and repeat, five repeats: with two engines and two precisions 7 minutes on one thread,
17 on up to four. The machine must have nothing else to do.
--json > FILE keeps a result for --baseline and --result.

exit codes: 0 done, 2 usage, 3 an engine is missing, 4 bad input or a meter or host does not answer, 5 a floor does not hold
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.add_argument("bundle", nargs="?", metavar="BUNDLE", help="a .emo file (default: the shipped one)")
    parser.add_argument("--quick", action="store_true", help="two short repeats: for a look, labelled so")
    parser.add_argument("--engine", choices=("onnxruntime", "litert"), help="only this one")
    parser.add_argument("--precision", choices=PRECISIONS, help="only this one")
    parser.add_argument(
        "--threads",
        type=int,
        metavar="N",
        help="the model with 1 to N threads (default: all CPUs, at most 4; with --quick 1)",
    )
    parser.add_argument(
        "--stream",
        type=float,
        metavar="SECONDS",
        help="also feed signals in real time for so long",
    )
    _energy_arguments(parser)
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="also write a page with histograms and roofline"
    )
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="compare with an older result")
    parser.add_argument(
        "--floor",
        action="append",
        default=[],
        metavar="FILE|KEY=VALUE",
        help="fail if a figure is larger; may be repeated",
    )
    parser.add_argument("--result", type=Path, metavar="FILE", help="measure nothing, take this result")
    parser.add_argument("--ssh", metavar="USER@HOST", help="measure there; BUNDLE is a path there")
    parser.add_argument(
        "--ssh-command",
        metavar="PATH",
        help="where edge-emotion is there (default: on the path, else edge-emotion/.venv/bin)",
    )
    add_json(parser, "the result as one JSON object")


def _energy_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--meter",
        default="auto",
        metavar="NAME",
        help="auto (default), none, hwmon, pmic, rapl, battery, joulescope, external, csv:FILE",
    )
    parser.add_argument(
        "--idle", type=float, metavar="SECONDS", help="idle before energy is measured (default: 60)"
    )
    parser.add_argument("--volts", type=float, help="supply voltage, for a CSV of current alone")
    parser.add_argument(
        "--trace-start",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="when the idle phase began in the CSV",
    )
    parser.add_argument(
        "--uncertainty",
        type=float,
        metavar="PCT",
        help="of a reading, by the meter's data sheet, where the meter itself is not known to say",
    )
    parser.add_argument(
        "--battery-wh",
        type=float,
        metavar="WH",
        help="battery: how long it lasts; with --stream or --estimate",
    )
    parser.add_argument(
        "--estimate", action="store_true", help="guess energy from published figures, labelled so"
    )
    parser.add_argument("--core-watts", type=float, metavar="W", help="what a busy core adds, for --estimate")


def run(args: argparse.Namespace) -> int:
    """Measure, compare, judge; everything that can be refused is refused before anything is measured."""
    check(args)
    floors = read_floors(args.floor)
    baseline = load_result(args.baseline) if args.baseline else None
    result = _with_energy(args, _taken(args, floors))
    verdicts = judge(result, floors)
    compared = compare(baseline, result) if baseline else ()
    remarks = differences(baseline, result) if baseline else ()
    tell = say if args.json else show
    if args.json:
        write_json(result)
    else:
        from edge_emotion.profiling.view import text

        show(text(result))
    if args.html:
        from edge_emotion.profiling.page import page

        _write(args.html, page(result, compared, remarks))
        say(f"wrote {args.html}")
    if baseline:
        from edge_emotion.profiling.view import comparison_text

        tell("\n" + comparison_text(compared, remarks))
        say(f"against {args.baseline}: {overall(compared)}")
    _gate(verdicts)
    return 0


def _taken(args: argparse.Namespace, floors: tuple[Floor, ...]) -> Result:
    if args.result:
        return load_result(args.result)
    if args.ssh:
        from edge_emotion.profiling.remote import run_remote

        check_keys(floors)
        return run_remote(args.ssh, _forwarded(args), args.ssh_command)
    return _measured(open_bundle(args.bundle), args, floors)


def _measured(bundle: Bundle, args: argparse.Namespace, floors: tuple[Floor, ...]) -> Result:
    from edge_emotion.profiling.energy.choosing import choose_meter
    from edge_emotion.profiling.energy.passes import mark_phases, measure_energy
    from edge_emotion.profiling.measure import Wish, cell_keys, measure, wanted_files
    from edge_emotion.profiling.remarks import looked_again

    wish = Wish(
        plan=QUICK if args.quick else FULL,
        engines=(args.engine,) if args.engine else (),
        precisions=(args.precision,) if args.precision else (),
        threads=args.threads or (1 if args.quick else min(usable_cpus(), MOST_THREADS)),
        stream_s=args.stream or 0.0,
    )
    check_keys(floors, cell_keys(bundle, wish))
    meter = None if args.meter == "external" else choose_meter(args.meter)
    if meter is None and args.meter != "external":
        _check_unmetered(args)
    result = measure(bundle, wish, say)
    plan, file = _energy_plan(args, wish.plan, meter), wanted_files(bundle, wish)[0]
    if meter is not None:
        energy = measure_energy(bundle, file, meter, plan, say)
    elif args.meter == "external":
        energy = mark_phases(bundle, file, plan, say)
    else:
        return result
    return looked_again(msgspec.structs.replace(result, energy=energy), take_conditions())


def _energy_plan(args: argparse.Namespace, plan: Plan, meter: Meter | None) -> EnergyPlan:
    from edge_emotion.profiling.energy.battery import BatteryMeter
    from edge_emotion.profiling.energy.passes import EnergyPlan

    return EnergyPlan(
        idle_s=args.idle or (3.0 if args.quick else 60.0),
        load_s=2.0 if args.quick else 10.0,
        repeats=plan.repeats,
        stream_s=args.stream or 0.0,
        battery_wh=args.battery_wh or (meter.capacity_wh() if isinstance(meter, BatteryMeter) else None),
    )


def _check_unmetered(args: argparse.Namespace) -> None:
    """A battery's life without a meter is at best an estimate, and that is asked for by its name."""
    if args.battery_wh is not None and not args.estimate and args.core_watts is None:
        raise UsageError(
            "--battery-wh: this machine has no meter, nothing would be known of its power; add --estimate for a labelled "
            "guess, or --meter external for a meter outside (docs/benchmarking.md)"
        )


def _with_energy(args: argparse.Namespace, result: Result) -> Result:
    """What is computed here also where the measuring was done elsewhere or earlier."""
    if args.meter.startswith("csv:"):
        result = _with_trace(args, result)
    if result.energy is not None:
        from edge_emotion.profiling.energy.account import restated

        energy = restated(result.energy, args.battery_wh, args.uncertainty)
        result = msgspec.structs.replace(result, energy=energy)
    if args.estimate or args.core_watts is not None:
        from edge_emotion.profiling.energy.estimate import estimate

        guess = estimate(result, args.core_watts, args.battery_wh)
        result = msgspec.structs.replace(result, estimate=guess)
    elif args.battery_wh is not None and args.meter != "external":
        _check_hours(args, result)
    return result


def _check_hours(args: argparse.Namespace, result: Result) -> None:
    """A battery was given and nothing can be said of it: what was measured elsewhere just now is kept all the same."""
    if result.energy is not None and result.energy.battery_hours is not None:
        return
    told = "--battery-wh: the result holds no mean power of streaming (--stream 60 and a meter); --estimate guesses"
    if args.result:
        raise UsageError(told)
    say(told)


def _with_trace(args: argparse.Namespace, result: Result) -> Result:
    from edge_emotion.profiling.energy.passes import from_csv

    if result.energy is None or not result.energy.phases:
        raise UsageError(
            f"{args.result}: holds no phases; make it with --meter external while the meter records"
        )
    trace = Path(args.meter.removeprefix("csv:"))
    energy = from_csv(result.energy, trace, args.trace_start, args.volts)
    return msgspec.structs.replace(result, energy=energy)


def _forwarded(args: argparse.Namespace) -> list[str]:
    """The flags that concern the measuring itself; the rest is done here with the result."""
    told = [args.bundle] if args.bundle else []
    told += ["--quick"] if args.quick else []
    for name in ("engine", "precision", "threads", "idle", "stream"):
        value = getattr(args, name)
        told += [f"--{name}", str(value)] if value is not None else []
    return [*told, "--meter", args.meter]


def _gate(verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        say(verdict.text())
    failed = [v for v in verdicts if not v.holds]
    if failed:
        raise GateError(
            f"{len(failed)} of {len(verdicts)} floors do not hold: " + "; ".join(v.text() for v in failed)
        )


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"--html {path}: cannot be written ({error.strerror}); give a path in a folder that exists"
        ) from None
