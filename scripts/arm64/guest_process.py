"""A program inside of an emulated board, and how much memory the guest holds.

Only the named program is emulated: what it starts itself is not, so nothing here may start children. The CPU is always named:
qemu 7.2's own choice, ``max``, computes int8 wrongly in LiteRT.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from root import WHEELS

SHARED = "t"
"""Folder of a root through which files go in and out."""
TIMEOUT_S = 240
_ENVIRONMENT = {
    "PYTHONPATH": f"/{WHEELS}",
    "PYTHONPYCACHEPREFIX": "/pyc",  # Debian's Python comes without bytecode when nothing is installed: compiled once
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "HOME": "/root",
}
_GUEST_BYTES = 1 << 40
"""qemu puts the guest's memory below this address and its own above."""
_MAPPING = re.compile(r"^([0-9a-f]+)-[0-9a-f]+ ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Python of a root on one CPU model."""

    root: Path
    cpu: str

    def command(self, arguments: Sequence[str], emulator: Sequence[str] = ("/qemu",)) -> list[str]:
        """What the host executes."""
        told = [part for name, value in _ENVIRONMENT.items() for part in ("-E", f"{name}={value}")]
        return ["chroot", str(self.root), *emulator, "-cpu", self.cpu, *told, "/usr/bin/python3", *arguments]

    def output(self, arguments: Sequence[str]) -> str:
        """What a program prints; a failure says its last line."""
        return self._done(arguments, self.command(arguments)).stdout

    def errors(self, arguments: Sequence[str], emulator: Sequence[str]) -> str:
        """What a program and another emulator say on the error stream."""
        return self._done(arguments, self.command(arguments, emulator)).stderr

    def _done(self, arguments: Sequence[str], command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, env=_host_path(), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        if done.returncode:
            raise GuestError(self.cpu, arguments, done.returncode, done.stderr)
        return done

    def output_and_memory_mb(self, arguments: Sequence[str]) -> tuple[str, float]:
        """The line that a program prints before it waits for one, and the memory that the guest holds meanwhile."""
        with subprocess.Popen(
            self.command(arguments),
            env=_host_path(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            assert running.stdout is not None
            line = running.stdout.readline()
            held_mb = guest_memory_mb(running.pid) if line else 0.0
            _, errors = running.communicate("\n", timeout=TIMEOUT_S)
        if running.returncode or not line:
            raise GuestError(self.cpu, arguments, running.returncode, errors)
        return line, held_mb


class GuestError(Exception):
    """A program of a guest failed."""

    def __init__(self, cpu: str, arguments: Sequence[str], code: int, errors: str) -> None:
        last = (errors.strip().splitlines() or ["no message"])[-1]
        super().__init__(f"{cpu}: {' '.join(arguments)} ended with {code}: {last}")


def guest_memory_mb(process: int) -> float:
    """Resident memory of the guest alone, in MB (10^6 bytes): without qemu's own and the code that it translated."""
    held_kib, inside = 0, False
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        if found := _MAPPING.match(line):
            inside = int(found[1], 16) < _GUEST_BYTES
        elif inside and line.startswith("Rss:"):
            held_kib += int(line.split()[1])
    return held_kib * 1024 / 1e6


def _host_path() -> dict[str, str]:
    """The host's Python settings must not reach the guest."""
    return {"PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
