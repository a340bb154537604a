"""What the kernel says about this process: memory, sleeping, CPU time."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_KIB = 1024
SELF = Path("/proc/self")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident set in MB (10^6 bytes), largest so far and now; zeros where there is no ``/proc``."""

    peak_mb: float
    now_mb: float


def memory(process: Path = SELF) -> Memory:
    """VmHWM and VmRSS. Not ``getrusage``: its maximum survives ``exec`` and would be the parent's."""
    status = _status(process)
    return Memory(peak_mb=_figure(status, "VmHWM") * _KIB / 1e6, now_mb=_figure(status, "VmRSS") * _KIB / 1e6)


def voluntary_switches(process: Path = SELF) -> int | None:
    """How often any thread went to sleep so far; ``None`` where the kernel does not tell."""
    found = [_status(task) for task in (process / "task").glob("*")]
    told = [text for text in found if "voluntary_ctxt_switches" in text]
    return sum(int(_figure(text, "voluntary_ctxt_switches")) for text in told) if told else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A moment of this process, to be subtracted from a later one."""

    wall_ns: int
    cpu_ns: int
    switches: int | None


def usage() -> Usage:
    """Now."""
    return Usage(wall_ns=time.monotonic_ns(), cpu_ns=time.process_time_ns(), switches=voluntary_switches())


def _status(process: Path) -> str:
    with suppress(OSError):
        return (process / "status").read_text()
    return ""


def _figure(status: str, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
    return float(found[1]) if found else 0.0
