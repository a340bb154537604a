"""A named span of a recording: a phase of a protocol, a condition of a study."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledInterval:
    """[start_s, end_s) on the recording's own time axis, and what happened in it."""

    label: str
    start_s: float
    end_s: float
