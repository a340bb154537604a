"""A result as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from edge_emotion.cli.common import table
from edge_emotion.profiling.compare import Comparison, overall
from edge_emotion.profiling.result import Cell, Conditions, Context, Energy, Estimate, Result, Stream

NOT_MEASURED = "not measured"
Row = tuple[str, ...]


def text(result: Result) -> str:
    """Everything but the histograms."""
    parts = [f"benchmark of {result.context.bundle}, {result.mode}{'' if result.valid else ', INVALID'}"]
    parts += [f"! {remark}" for remark in result.remarks]
    parts += ["", table(context_rows(result.context)), "", table(cell_rows(result.cells))]
    parts += ["", "install", table(_install_rows(result))]
    if result.stream:
        parts += ["", "streaming in real time", table(stream_rows(result.stream))]
    if result.roofline:
        parts += ["", "roofline, one core, float32 by numpy", table(_roof_rows(result))]
    parts += ["", "energy", table(energy_rows(result.energy))]
    if result.estimate:
        parts += ["", "ESTIMATE, not a measurement", table(estimate_rows(result.estimate))]
        parts += [f"  assumed: {a}" for a in result.estimate.assumptions]
    return "\n".join(parts)


def context_rows(context: Context) -> list[Row]:
    """Where it ran."""
    features = " ".join(context.cpu_features) or "unknown"
    dot = "with dot product" if context.dot_product else "without dot product"
    return [
        ("board", context.board or "unknown"),
        ("cpu", f"{context.cpu or context.machine}, {context.cpus} usable, {dot} ({features})"),
        ("system", f"{context.system or 'unknown'}, kernel {context.kernel}, {context.machine}"),
        ("before", _conditions(context.before)),
        ("after", _conditions(context.after)),
        (
            "versions",
            f"Python {context.python}, " + ", ".join(f"{n} {v}" for n, v in context.versions.items()),
        ),
        ("bundle", f"{context.bundle}, sha256 {context.bundle_sha256[:16]}"),
    ]


def cell_rows(cells: Sequence[Cell]) -> list[Row]:
    """Times and memory; ms and MB. ``cpu/s`` is ms of CPU per second of a wearer's signal."""
    times = ("init", "first", "min", "p50", "p90", "p99", "max", "cpu", "cpu/s")
    head = ("ms", *times, "runs", "peak MB", "steady MB")
    return [head, *(_cell_row(c) for c in cells)]


def _cell_row(cell: Cell) -> Row:
    t = cell.times
    times = (cell.init_ms, cell.first_ms, t.min_ms, t.p50_ms, t.p90_ms, t.p99_ms, t.max_ms, t.cpu_ms)
    return (
        cell.key,
        *(f"{v:.3f}" for v in times),
        "" if cell.wearer_ms_per_s is None else f"{cell.wearer_ms_per_s:.3f}",
        str(t.runs),
        f"{cell.peak_rss_mb:.1f}",
        f"{cell.steady_rss_mb:.1f}",
    )


def stream_rows(stream: Stream) -> list[Row]:
    """How it goes in real time."""
    ages = (stream.data_age_p50_ms, stream.data_age_p99_ms, stream.data_age_max_ms)
    return [
        (
            "engine",
            f"{stream.engine} {stream.precision}{_form(stream)}, {stream.seconds:.1f} s, packets of {stream.packet_s:g} s",
        ),
        ("CPU", f"{stream.duty_cycle:.3%} of a core"),
        ("reports", f"{stream.reports}, {stream.deadline_misses} later than {stream.deadline_ms:g} ms"),
        ("data age", "p50 {}, p99 {}, max {}".format(*(unit(a, "ms") for a in ages))),
        ("wakeups", unit(stream.wakeups_per_s, "per s")),
        ("memory", f"peak {stream.peak_rss_mb:.1f} MB, steady {stream.steady_rss_mb:.1f} MB"),
    ]


def _form(found: Stream | Energy) -> str:
    return ", hop by hop" if found.form == "hop" else ""


def energy_rows(energy: Energy | None) -> list[Row]:
    """What a meter said."""
    if energy is None:
        return [("meter", f"none: {NOT_MEASURED}")]
    spread = "" if energy.net_spread_mj is None else f", spread {energy.net_spread_mj:.3g} mJ"
    error = NOT_MEASURED if energy.uncertainty is None else f"{energy.uncertainty:.2%}"
    return [
        ("meter", f"{energy.meter}, {unit(energy.sample_hz, 'samples per s')}"),
        ("sees", energy.scope),
        ("uncertainty", f"{error} ({energy.uncertainty_source})"),
        ("model", f"{energy.engine} {energy.precision}{_form(energy)}"),
        ("idle", unit(energy.idle_w, "W")),
        ("per inference", f"{unit(energy.net_mj, 'mJ')} net{spread}, {unit(energy.gross_mj, 'mJ')} gross"),
        ("streaming", f"{unit(energy.stream_w, 'W')}, {unit(energy.stream_net_w, 'W')} above idle"),
        ("battery", f"{unit(energy.battery_wh, 'Wh')}: {unit(energy.battery_hours, 'hours')}"),
    ]


def estimate_rows(estimate: Estimate) -> list[Row]:
    """A guess under its name."""
    return [
        ("estimated per inference", unit(estimate.net_mj, "mJ", "no figure")),
        ("estimated streaming above idle", unit(estimate.stream_net_w, "W", "no figure")),
        ("estimated battery life", unit(estimate.battery_hours, "hours", "no figure")),
    ]


def comparison_text(compared: Sequence[Comparison], remarks: Sequence[str]) -> str:
    """The verdict, cell by cell and in a word."""
    rows: list[Row] = [
        (
            c.key,
            f"{c.before_ms:.4f} ms",
            f"{c.now_ms:.4f} ms",
            f"{c.change:+.1%}",
            f"noise {c.noise_ms:.4f}",
            c.word,
        )
        for c in compared
    ]
    lines = ["against the baseline", *([table(rows)] if rows else ["no cell is in both"])]
    return "\n".join([*lines, *(f"! {r}" for r in remarks), f"verdict: {overall(compared)}"])


def unit(value: float | None, name: str, missing: str = NOT_MEASURED) -> str:
    """A figure with its unit, or words."""
    return missing if value is None else f"{value:.4g} {name}"


def _conditions(now: Conditions) -> str:
    limited = NOT_MEASURED if now.throttling is None else (", ".join(now.throttling.now) or "no")
    earlier = (
        f" (since boot: {', '.join(now.throttling.since_boot)})"
        if now.throttling and now.throttling.since_boot
        else ""
    )
    told = (
        f"governor: {now.governor or 'unknown'}",
        f"frequency: {unit(now.frequency_mhz, 'MHz')}",
        f"temperature: {unit(now.temperature_c, 'degC')}",
        f"throttled: {limited}{earlier}",
        f"load: {unit(now.load_1min, 'over a minute')}",
    )
    return ", ".join(told)


def _install_rows(result: Result) -> list[Row]:
    whole = sum(result.install_mb.values())
    largest = ", ".join(f"{n} {mb:.0f}" for n, mb in list(result.install_mb.items())[:4])
    return [("runtime with its packages", f"{whole:.0f} MB ({largest})")]


def _roof_rows(result: Result) -> list[Row]:
    roof = result.roofline
    if roof is None:
        return []
    peaks = (
        f"{roof.peak_gflops:.1f} GFLOP/s",
        f"{roof.cache_gbytes_per_s:.1f} GB/s in cache, {roof.memory_gbytes_per_s:.1f} GB/s in memory",
        "",
        "",
    )
    return [
        ("peak", *peaks),
        *(
            (
                p.key,
                f"{p.achieved_gflops:.2f} GFLOP/s",
                f"{p.macs} MACs over {p.bytes} bytes",
                f"{p.flops_per_byte:.1f} FLOP/byte",
                f"{p.share_of_roof:.0%} of the roof",
            )
            for p in roof.points
        ),
    ]
