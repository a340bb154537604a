"""A labelled guess where nothing can be measured: published power of the board times measured CPU time. Never a measurement."""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion.profiling.energy.account import battery_hours
from edge_emotion.profiling.result import Cell, Estimate, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPower:
    """Published figures of a board.

    Parameters
    ----------
    board
        How the device tree's model begins.
    cores
        Over how many cores the difference between load and idle was spread.
    """

    board: str
    idle_w: float
    load_w: float
    cores: int
    source: str


BOARDS = (
    BoardPower(
        board="Raspberry Pi Zero 2 W",
        idle_w=0.6,
        load_w=1.75,
        cores=1,
        source="idle 120 mA by CNX Software, typical active 350 mA at 5 V by the Raspberry Pi documentation; "
        "all of the difference is put on one core, which is an upper bound",
    ),
    BoardPower(
        board="Raspberry Pi 4",
        idle_w=2.25,
        load_w=5.25,
        cores=4,
        source="chipwired, at USB, middle of its ranges",
    ),
    BoardPower(
        board="Raspberry Pi 5",
        idle_w=1.55,
        load_w=4.51,
        cores=4,
        source="a student's report, sum of the PMIC's rails",
    ),
)


def estimate(result: Result, core_w: float | None, battery_wh: float | None) -> Estimate:
    """What one busy core would add, times CPU time. ``core_w`` stands for the board's figures; without either all is ``None``."""
    known = next((b for b in BOARDS if (result.context.board or "").startswith(b.board)), None)
    said: list[str] = ["not measured: published power times measured CPU time"]
    idle_w: float | None = None
    if core_w is not None:
        said.append(f"a busy core adds {core_w:g} W (given by --core-watts)")
    elif known is not None:
        core_w, idle_w = (known.load_w - known.idle_w) / known.cores, known.idle_w
        said.append(f"a busy core adds {core_w:.2f} W to an idle {idle_w:g} W: {known.source}")
    else:
        said.append("no published figure for this board is known here; give --core-watts W")
    model = _first(result.cells, "model")
    report = _first(result.cells, "report")
    net_mj = core_w * model.times.cpu_ms if core_w is not None and model else None
    busy = report.wearer_ms_per_s if report else None
    stream_w = core_w * busy / 1e3 if core_w is not None and busy is not None else None
    whole_w = idle_w + stream_w if idle_w is not None and stream_w is not None else None
    if model:
        said.append(f"{model.engine} {model.precision}, {model.times.cpu_ms:.3f} ms of CPU per inference")
    if stream_w is not None:
        said.append("streaming: the radio and sleep between packets are not counted")
    return Estimate(
        net_mj=net_mj,
        stream_net_w=stream_w,
        battery_hours=battery_hours(battery_wh, whole_w),
        assumptions=tuple(said),
    )


def _first(cells: tuple[Cell, ...], what: str) -> Cell | None:
    return next((c for c in cells if c.what == what), None)
