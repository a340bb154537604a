"""Whole sessions through a pipeline: what each report takes, and what a second of a wearer costs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from edge_emotion.errors import BundleError
from edge_emotion.profiling.inputs import Inputs
from edge_emotion.profiling.plan import Plan
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.sources.replay.packets import Packet
from edge_emotion.types import NS_PER_S, Report

_NS_PER_MS = 1e6


@dataclass(slots=True, kw_only=True)
class Pushed:
    """What was found so far.

    Parameters
    ----------
    took_ms, cpu_ms
        Wall and CPU time of each push that ended in an inferred report.
    wearer_cpu_ms, wearer_s
        CPU time of everything and seconds of signal.

    All of it after the session's lead: while the reference is collected nothing is inferred, and a mean over that would
    promise too much.
    """

    took_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    wearer_cpu_ms: float = 0.0
    wearer_s: float = 0.0


def push_sessions(pipeline: Pipeline, inputs: Inputs, plan: Plan) -> Pushed:
    """The session again and again, from a pipeline reset, until the plan is fulfilled; the last one to its end.

    Raises
    ------
    BundleError
        If no report of it is inferred.
    """
    pushed = Pushed()
    lead_ns = int(inputs.lead_s * NS_PER_S)
    packets = inputs.packets()
    lead, rest = [p for p in packets if p.due_ns <= lead_ns], [p for p in packets if p.due_ns > lead_ns]
    end_ns = time.perf_counter_ns() + int(plan.seconds * NS_PER_S)
    while len(pushed.took_ms) < plan.warm_up + plan.runs or time.perf_counter_ns() < end_ns:
        before = len(pushed.took_ms)
        pipeline.reset()
        for packet in lead:
            pipeline.push(packet.item)
        began_ns = time.process_time_ns()
        _push(pipeline, rest, pushed)
        pushed.wearer_cpu_ms += (time.process_time_ns() - began_ns) / _NS_PER_MS
        pushed.wearer_s += max(s.end_s for s in inputs.recording.signals) - inputs.lead_s
        if len(pushed.took_ms) == before:
            raise BundleError("no report of a simulated session was inferred; give a bundle for ECG and EDA")
    return pushed


def _push(pipeline: Pipeline, packets: list[Packet], pushed: Pushed) -> None:
    for packet in packets:
        cpu_began_ns, began_ns = time.process_time_ns(), time.perf_counter_ns()
        events = pipeline.push(packet.item)
        passed_ns, used_ns = time.perf_counter_ns() - began_ns, time.process_time_ns() - cpu_began_ns
        if any(isinstance(event, Report) and event.probabilities for event in events):
            pushed.took_ms.append(passed_ns / _NS_PER_MS)
            pushed.cpu_ms.append(used_ns / _NS_PER_MS)
