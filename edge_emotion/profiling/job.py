"""What goes to a measured process, and what comes back."""

from __future__ import annotations

from typing import Literal

import msgspec

from edge_emotion.profiling.plan import Plan

JobKind = Literal["model", "report", "stream", "load", "peak"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work. ``load`` infers for ``seconds`` and times nothing: a meter looks on. ``peak`` copies ``block_bytes``."""

    kind: JobKind
    bundle: str = ""
    file: str = ""
    threads: int = 1
    inputs: str = ""
    plan: Plan | None = None
    seconds: float = 0.0
    block_bytes: int = 0


class TimedOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``model`` and ``report``."""

    import_ms: float
    init_ms: float
    first_ms: float
    took_ms: list[float]
    cpu_ms: float
    peak_rss_mb: float
    steady_rss_mb: float
    wearer_ms_per_s: float | None = None


class StreamOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``stream``; the span is on the machine's monotonic clock."""

    began_ns: int
    ended_ns: int
    cpu_s: float
    ages_ms: list[float]
    switches: int | None
    peak_rss_mb: float
    steady_rss_mb: float


class LoadOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``load``."""

    began_ns: int
    ended_ns: int
    runs: int


class PeakOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``peak``."""

    gflops: float
    cache_gbytes_per_s: float
    memory_gbytes_per_s: float


Outcome = TimedOutcome | StreamOutcome | LoadOutcome | PeakOutcome
