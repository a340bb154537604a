"""The figures of a result under names: for floors and comparisons. Of every one, less is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge_emotion.profiling.result import Result

CELL_FIGURES = ("import_ms", "init_ms", "first_ms", "peak_rss_mb", "steady_rss_mb", "wearer_ms_per_s")
TIME_FIGURES = ("min_ms", "p50_ms", "p90_ms", "p99_ms", "max_ms", "cpu_ms")
STREAM_FIGURES = (
    *("duty_cycle", "deadline_misses", "data_age_p50_ms", "data_age_p99_ms", "data_age_max_ms"),
    *("wakeups_per_s", "peak_rss_mb", "steady_rss_mb"),
)
ENERGY_FIGURES = ("idle_w", "gross_mj", "net_mj", "stream_w", "stream_net_w")


def figures(result: Result) -> Mapping[str, float | None]:
    """All of them, such as ``report.litert-int8.p99_ms``; ``None`` is "not measured"."""
    found: dict[str, float | None] = {}
    for cell in result.cells:
        found.update({f"{cell.key}.{n}": getattr(cell.times, n) for n in TIME_FIGURES})
        found.update({f"{cell.key}.{n}": getattr(cell, n) for n in CELL_FIGURES})
        found[f"{cell.key}.model_bytes"] = cell.model_bytes
    found.update({f"stream.{n}": getattr(result.stream, n, None) for n in STREAM_FIGURES})
    found.update({f"energy.{n}": getattr(result.energy, n, None) for n in ENERGY_FIGURES})
    found["install_mb"] = sum(result.install_mb.values())
    return found


def names(cells: Iterable[str]) -> tuple[str, ...]:
    """What `figures` will hold of a result with such cells."""
    of_cells = (*TIME_FIGURES, *CELL_FIGURES, "model_bytes")
    return (
        *(f"{cell}.{name}" for cell in cells for name in of_cells),
        *(f"stream.{name}" for name in STREAM_FIGURES),
        *(f"energy.{name}" for name in ENERGY_FIGURES),
        "install_mb",
    )
