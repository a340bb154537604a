"""Asking the firmware of a Raspberry Pi."""

from __future__ import annotations

import shutil
import subprocess

TIMEOUT_S = 5


def ask(question: str) -> str | None:
    """What ``vcgencmd question`` prints; ``None`` on a machine that is no Pi, or where this user may not ask."""
    tool = shutil.which("vcgencmd")
    if tool is None:
        return None
    try:
        done = subprocess.run(
            [tool, question], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        return None
    return done.stdout if done.returncode == 0 else None
