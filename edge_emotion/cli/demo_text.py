"""The demo's last words, for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from edge_emotion.cli.common import table
from edge_emotion.runtime.session import SessionSummary
from edge_emotion.sinks.tally import PhaseResult
from edge_emotion.sinks.wording import ABSTENTION_TEXT, clock_text
from edge_emotion.types import Abstention


def demo_facts(
    summary: SessionSummary, phases: Sequence[PhaseResult], simulated_s: float, picture: Path
) -> dict[str, object]:
    """Everything that the demo measured."""
    return {
        "simulated_s": simulated_s,
        "speed": simulated_s / summary.elapsed_s,
        "picture": str(picture),
        "summary": msgspec.to_builtins(summary),
        "phases": msgspec.to_builtins(list(phases)),
    }


def demo_text(
    summary: SessionSummary, phases: Sequence[PhaseResult], simulated_s: float, picture: Path
) -> str:
    """A table of phases, the losses, the time, and where the picture is."""
    lost = sum(summary.lost_s.values())
    values = ", ".join(f"{count} {modality} samples" for modality, count in summary.samples.items())
    speed = simulated_s / summary.elapsed_s
    lines = [
        "",
        table([("phase", "mean probability", "reports whose window lies in it"), *map(_row, phases)]),
        "",
        f"received {values}; lost {lost:.1f} s; refused packets {summary.bad_packets}",
        f"{clock_text(simulated_s)} of signals in {summary.elapsed_s:.1f} s, {speed:.0f} times real time",
        f"picture: {picture}",
        "The person is made up: this shows that the chain works, not how well it reads people. Not a medical device.",
    ]
    return "\n".join(lines)


def _row(result: PhaseResult) -> tuple[str, str, str]:
    probabilities = ", ".join(f"{name} {share:.2f}" for name, share in result.mean_probability.items())
    verdicts = ", ".join(
        f"{count / result.reports:.0%} {_words(name)}" for name, count in sorted(result.verdicts.items())
    )
    return result.phase.label, probabilities or "-", verdicts or "none"


def _words(verdict: str) -> str:
    if verdict in tuple(Abstention):
        return f"says nothing ({ABSTENTION_TEXT[Abstention(verdict)]})"
    return verdict
