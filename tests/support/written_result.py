"""A benchmark result that was not measured but written down."""

from __future__ import annotations

from edge_emotion.profiling.result import SCHEMA, Cell, Conditions, Context, Distribution, Histogram, Result


def cell(repeats_ms: tuple[float, ...] = (1.0, 1.01, 0.99)) -> Cell:
    times = Distribution(
        runs=300,
        min_ms=0.9,
        p50_ms=1.0,
        p90_ms=1.2,
        p99_ms=1.5,
        max_ms=2.0,
        cpu_ms=1.0,
        repeats_ms=repeats_ms,
        histogram=Histogram(edges_ms=(0.9, 1.4, 2.0), counts=(200, 100)),
    )
    return Cell(
        what="model",
        engine="litert",
        precision="int8",
        threads=1,
        model_bytes=1000,
        import_ms=100,
        init_ms=10,
        first_ms=1,
        times=times,
        peak_rss_mb=40,
        steady_rss_mb=39,
    )


def make(repeats_ms: tuple[float, ...] = (1.0, 1.01, 0.99), board: str = "Raspberry Pi 5 Model B") -> Result:
    quiet = Conditions(governor=None, frequency_mhz=None, temperature_c=None, throttling=None, load_1min=0.0)
    context = Context(
        board=board,
        machine="aarch64",
        cpu="Cortex-A76",
        cpu_features=("asimd", "asimddp"),
        dot_product=True,
        cpus=4,
        memory_mb=8000,
        kernel="6.12",
        system="Debian",
        emulated=False,
        python="3.13.5",
        versions={"numpy": "2.4.6"},
        bundle="tiny 1.0.0",
        bundle_sha256="ab" * 32,
        before=quiet,
        after=quiet,
    )
    return Result(
        schema=SCHEMA,
        mode="full",
        valid=True,
        remarks=(),
        context=context,
        install_mb={"numpy": 70.0, "edge-emotion": 1.0},
        cells=(cell(repeats_ms),),
        stream=None,
        roofline=None,
        energy=None,
        estimate=None,
    )
