"""What one check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check came out; only ``FAILED`` keeps the runtime from working."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding; ``advice`` is the next step, empty when all is well."""

    name: str
    state: State
    found: str
    advice: str = ""


def fine(name: str, found: str) -> Check:
    """All is well."""
    return Check(name=name, state=State.OK, found=found)


def doubtful(name: str, found: str, advice: str) -> Check:
    """Something optional will not work before ``advice`` is taken."""
    return Check(name=name, state=State.WARNING, found=found, advice=advice)
