"""The machine under the checks: its Python, its operating system, its files."""

from __future__ import annotations

import grp
import os
import platform
import pwd
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from edge_emotion.cli.checks.check import Check, State, doubtful, fine

NEWEST_TESTED = (3, 13)
ANSWER_S = 5.0
WITHOUT_64_BIT = ("armv6l", "armv7l", "i686", "i586")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where the checks look.

    Parameters
    ----------
    root
        Folder that holds ``proc``, ``sys``, ``etc``, ``run``.
    python, python_bits
        Version and word size of the interpreter.
    system, release, architecture
        As `platform` names them; the architecture is the kernel's.
    user, groups
        Who would open the radio.
    path
        Where programs are looked for.
    answer_s
        How long a program may take to answer.
    """

    root: Path
    python: tuple[int, int, int]
    python_bits: int
    system: str
    release: str
    architecture: str
    user: str
    groups: frozenset[str]
    path: str
    answer_s: float = ANSWER_S

    @classmethod
    def here(cls) -> Machine:
        """The one that this process runs on."""
        return cls(
            root=Path("/"),
            python=sys.version_info[:3],
            python_bits=struct.calcsize("P") * 8,
            system=platform.system(),
            release=platform.release(),
            architecture=platform.machine(),
            user=_user(),
            groups=frozenset(_group(number) for number in {os.getgid(), os.getegid(), *os.getgroups()}),
            path=os.environ.get("PATH", os.defpath),
        )

    def text(self, path: str) -> str:
        """Content of a file under the root without what surrounds it; empty if it cannot be read."""
        try:
            return (self.root / path).read_text(errors="replace").strip("\0\n ")
        except OSError:
            return ""

    @property
    def board(self) -> str:
        """What the device tree calls the board, such as ``Raspberry Pi 4 Model B Rev 1.4``; empty on a PC."""
        return self.text("proc/device-tree/model")

    @property
    def is_pi(self) -> bool:
        """Whether it is a Raspberry Pi."""
        return self.board.startswith("Raspberry Pi")

    def ask(self, program: str, *arguments: str) -> str | None:
        """What a program prints; ``None`` if it does not answer.

        Raises
        ------
        FileNotFoundError
            If there is no such program on the path.
        """
        try:
            done = subprocess.run(
                [program, *arguments],
                capture_output=True,
                text=True,
                timeout=self.answer_s,
                check=False,
                env={**os.environ, "PATH": self.path},
            )
        except subprocess.TimeoutExpired:
            return None
        return done.stdout


def check_python(machine: Machine) -> Check:
    """Python's version and word size: no engine has wheels for 32 bit. Under 3.11 the package does not even load."""
    found = f"{'.'.join(map(str, machine.python))}, {machine.python_bits} bit"
    if machine.python_bits != 64:
        return Check(name="python", state=State.FAILED, found=found, advice=_to_64_bit(machine))
    if machine.python[:2] > NEWEST_TESTED:
        advice = (
            "tested up to 3.13: where a package has no wheel for this Python, "
            "make the environment with python3.13, 3.12 or 3.11"
        )
        return doubtful("python", found, advice)
    return fine("python", found)


def check_system(machine: Machine) -> Check:
    """Operating system and machine."""
    found = f"{machine.system} {machine.release}, {machine.architecture}"
    if machine.board:
        found += f", {machine.board}"
    if machine.system != "Linux":
        return doubtful("system", found, "only Linux is tested; replay should work")
    return fine("system", found)


def _to_64_bit(machine: Machine) -> str:
    if machine.architecture in WITHOUT_64_BIT and "Zero W" in machine.board:
        return "this board's processor has no 64-bit mode: use a Raspberry Pi Zero 2 W, 3, 4 or 5"
    if machine.architecture in WITHOUT_64_BIT:
        return (
            "install a 64-bit operating system (Raspberry Pi OS 64-bit); a Pi Zero W or Pi 1 cannot run one"
        )
    return (
        f"the kernel is 64 bit ({machine.architecture}) but its programs are not: install the 64-bit image of the "
        "operating system (Raspberry Pi OS 64-bit), an upgrade in place does not change it"
    )


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user need not have a name
        return str(os.geteuid())


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
