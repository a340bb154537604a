"""From a trace and the phases of a run to energy per inference and mean power."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean, median

import msgspec

from edge_emotion.profiling.energy import MeterFacts
from edge_emotion.profiling.energy.trace import Trace
from edge_emotion.profiling.result import Energy, Form, Phase

_MJ_PER_J = 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was run while the meter looked."""

    engine: str
    precision: str
    phases: tuple[Phase, ...]
    battery_wh: float | None = None
    form: Form = "window"


def account(run: Run, facts: MeterFacts, trace: Trace) -> Energy:
    """Per inference (E - P_idle t) / n of each repeat, their median and spread; idle is the mean of all idle phases.

    Raises
    ------
    InputError
        If the trace does not cover the phases.
    """
    idle = [trace.watts(p.start_s, p.end_s) for p in run.phases if p.name == "idle"]
    idle_w = mean(idle) if idle else None
    loads = [p for p in run.phases if p.name == "inference" and p.inferences > 0]
    gross_mj = [_MJ_PER_J * trace.energy_j(p.start_s, p.end_s) / p.inferences for p in loads]
    net_mj = [
        gross - _MJ_PER_J * idle_w * (p.end_s - p.start_s) / p.inferences
        for gross, p in zip(gross_mj, loads, strict=True)
        if idle_w is not None
    ]
    streams = [p for p in run.phases if p.name == "stream"]
    stream_w = mean(trace.watts(p.start_s, p.end_s) for p in streams) if streams else None
    return Energy(
        meter=facts.name,
        scope=facts.scope,
        sample_hz=trace.sample_hz,
        uncertainty=facts.uncertainty,
        uncertainty_source=facts.uncertainty_source,
        engine=run.engine,
        precision=run.precision,
        idle_w=idle_w,
        gross_mj=median(gross_mj) if gross_mj else None,
        net_mj=median(net_mj) if net_mj else None,
        net_spread_mj=max(net_mj) - min(net_mj) if len(net_mj) > 1 else None,
        stream_w=stream_w,
        stream_net_w=stream_w - idle_w if stream_w is not None and idle_w is not None else None,
        battery_wh=run.battery_wh,
        battery_hours=battery_hours(run.battery_wh, stream_w),
        phases=run.phases,
        form=run.form,
    )


def restated(energy: Energy, battery_wh: float | None, uncertainty_pct: float | None) -> Energy:
    """The same measurement for another battery, and with what its reader knows of the meter; ``None`` leaves what is there."""
    wh = battery_wh or energy.battery_wh
    known = uncertainty_pct is not None
    return msgspec.structs.replace(
        energy,
        battery_wh=wh,
        battery_hours=battery_hours(wh, energy.stream_w),
        uncertainty=(uncertainty_pct or 0.0) / 100 if known else energy.uncertainty,
        uncertainty_source="given by --uncertainty" if known else energy.uncertainty_source,
    )


def battery_hours(battery_wh: float | None, watts: float | None) -> float | None:
    """How long a battery lasts at a mean power, without losses of a converter and without ageing."""
    if battery_wh is None or watts is None or watts <= 0:
        return None
    return battery_wh / watts
