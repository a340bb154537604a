"""What a benchmark found: written as JSON, read back for a comparison or from another machine. ``None`` is "not measured"."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edge_emotion.errors import InputError

SCHEMA = 1
Form = Literal["window", "hop"]
"""Which of a bundle's files: one that takes a whole window, or one of one hop, which keeps what earlier hops left."""
KILO, MEGA = 1e3, 1e6


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Histogram(_Struct, frozen=True, kw_only=True):
    """Counts between edges that are evenly spaced on a logarithm; one more edge than counts."""

    edges_ms: tuple[float, ...]
    counts: tuple[int, ...]


class Distribution(_Struct, frozen=True, kw_only=True):
    """Times of many calls, in ms.

    ``repeats_ms`` are the medians of the repeats, from which the noise is known; ``cpu_ms`` is CPU time per call, of a report
    that of the push that ends in it.
    """

    runs: int
    min_ms: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    cpu_ms: float
    repeats_ms: tuple[float, ...]
    histogram: Histogram


class Cell(_Struct, frozen=True, kw_only=True):
    """One thing measured with one engine, precision and number of threads, each repeat in a fresh process.

    Parameters
    ----------
    what
        ``model``: numpy in, numpy out. ``report``: from the push of the last sample of a hop to its report.
    form
        ``hop``: each call of ``model`` is given a window that continues the last one by one hop, as in a running session.
    import_ms, init_ms, first_ms
        Imports, reading and loading the model (and the pipeline), and the first run; medians over the repeats.
    peak_rss_mb, steady_rss_mb
        Largest and last resident set of the process (MB of 10^6 bytes); largest over the repeats.
    wearer_ms_per_s
        CPU per second of signal, of everything, once the reference is complete and windows are inferred; only of ``report``.
    """

    what: Literal["model", "report"]
    engine: str
    precision: str
    threads: int
    model_bytes: int
    import_ms: float
    init_ms: float
    first_ms: float
    times: Distribution
    peak_rss_mb: float
    steady_rss_mb: float
    wearer_ms_per_s: float | None = None
    form: Form = "window"

    @property
    def key(self) -> str:
        """Its name in floors and comparisons."""
        return cell_key(self.what, f"{self.engine}-{self.precision}", self.form, self.threads)


def cell_key(what: str, file: str, form: Form, threads: int) -> str:
    """The name of a cell; ``file`` is engine and precision with a dash between."""
    hop = "-hop" if form == "hop" else ""
    many = "" if threads == 1 else f"-{threads}threads"
    return f"{what}.{file}{hop}{many}"


class Stream(_Struct, frozen=True, kw_only=True):
    """Signals fed in real time.

    Parameters
    ----------
    duty_cycle
        CPU time over wall time, of one core.
    deadline_ms, deadline_misses
        A report must be out before the next one is due: within one hop after its window's end.
    data_age_p50_ms, data_age_p99_ms, data_age_max_ms
        From a window's end to its report; the wait for the packet that completes the window is part of it.
    wakeups_per_s
        Voluntary context switches of all threads.
    """

    engine: str
    precision: str
    seconds: float
    packet_s: float
    reports: int
    duty_cycle: float
    deadline_ms: float
    deadline_misses: int
    data_age_p50_ms: float | None
    data_age_p99_ms: float | None
    data_age_max_ms: float | None
    wakeups_per_s: float | None
    peak_rss_mb: float
    steady_rss_mb: float
    form: Form = "window"


class Roofline(_Struct, frozen=True, kw_only=True):
    """What one core of this CPU reached with numpy in float32, and where the models lie under it.

    ``cache_gbytes_per_s`` is for memory of the largest model's size, ``memory_gbytes_per_s`` for what fits in no cache. Weights
    that are used again and again stay in a cache if they fit, so the roof is the former.
    """

    peak_gflops: float
    cache_gbytes_per_s: float
    memory_gbytes_per_s: float
    points: tuple[RooflinePoint, ...]


class RooflinePoint(_Struct, frozen=True, kw_only=True):
    """One model: ``bytes`` are weights, inputs and outputs, each touched once."""

    key: str
    macs: int
    bytes: int
    flops_per_byte: float
    achieved_gflops: float
    share_of_roof: float


class Phase(_Struct, frozen=True, kw_only=True):
    """A stretch of the energy pass, in seconds since it began."""

    name: Literal["idle", "inference", "stream"]
    start_s: float
    end_s: float
    inferences: int = 0


class Energy(_Struct, frozen=True, kw_only=True):
    """What a meter said. ``None`` is "not measured", never zero and never a model.

    Parameters
    ----------
    scope
        Which rails the meter sees.
    sample_hz
        Reached rate of samples.
    uncertainty
        Share; of the meter by its documentation, where there is one.
    net_mj, gross_mj
        Per inference, without and with what the machine draws while idle; medians over the repeats.
    net_spread_mj
        Largest less smallest of the repeats.
    stream_w, stream_net_w
        Mean power while signals are streamed, without and with idle subtracted.
    """

    meter: str
    scope: str
    sample_hz: float | None = None
    uncertainty: float | None = None
    uncertainty_source: str = "unknown"
    engine: str
    precision: str
    idle_w: float | None = None
    gross_mj: float | None = None
    net_mj: float | None = None
    net_spread_mj: float | None = None
    stream_w: float | None = None
    stream_net_w: float | None = None
    battery_wh: float | None = None
    battery_hours: float | None = None
    phases: tuple[Phase, ...] = ()
    form: Form = "window"


class Estimate(_Struct, frozen=True, kw_only=True):
    """Not measured: what published power figures of the board would give, with what was assumed."""

    net_mj: float | None
    stream_net_w: float | None
    battery_hours: float | None
    assumptions: tuple[str, ...]


class Throttling(_Struct, frozen=True, kw_only=True):
    """``vcgencmd get_throttled`` in words."""

    raw: str
    now: tuple[str, ...]
    since_boot: tuple[str, ...]


class Conditions(_Struct, frozen=True, kw_only=True):
    """What changes while one measures; taken before and after."""

    governor: str | None
    frequency_mhz: float | None
    temperature_c: float | None
    throttling: Throttling | None
    load_1min: float | None


class Context(_Struct, frozen=True, kw_only=True):
    """Where it was measured."""

    board: str | None
    machine: str
    cpu: str | None
    cpu_features: tuple[str, ...]
    dot_product: bool
    cpus: int
    memory_mb: float | None
    kernel: str
    system: str | None
    emulated: bool
    python: str
    versions: dict[str, str]
    bundle: str
    bundle_sha256: str
    before: Conditions
    after: Conditions


class Result(_Struct, frozen=True, kw_only=True):
    """Everything.

    Parameters
    ----------
    mode
        ``quick`` results are for a look, not for a claim.
    valid
        False where the board was throttled or under-voltage during the run, or is emulated; ``remarks`` say why.
    """

    schema: Annotated[int, msgspec.Meta(ge=1, le=SCHEMA)]
    mode: Literal["full", "quick"]
    valid: bool
    remarks: tuple[str, ...]
    context: Context
    install_mb: dict[str, float]
    cells: tuple[Cell, ...]
    stream: Stream | None
    roofline: Roofline | None
    energy: Energy | None
    estimate: Estimate | None


def read_result(data: bytes, name: str) -> Result:
    """Decode a result.

    Raises
    ------
    InputError
        If it is none; ``name`` says where it came from.
    """
    try:
        return msgspec.json.decode(data, type=Result)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{name}: not a benchmark result of this version ({error}); make one with 'edge-emotion benchmark --json'"
        ) from None


def load_result(path: Path) -> Result:
    """Read a result from a file.

    Raises
    ------
    InputError
        If it cannot be read or is none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); give a file written by --json"
        ) from None
    return read_result(data, str(path))
