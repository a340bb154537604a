"""An arm64 Debian with the runtime's real wheels, in a folder: packages are unpacked, none is installed, nothing is emulated.

Made once for each suite and each change of the requirements. Needs root, mmdebstrap, and apt that knows a Debian archive.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zlib
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CONSTRAINTS = REPOSITORY / "scripts" / "constraints.txt"
PACKAGES = ("base-files", "python3-minimal", "python3", "libstdc++6")
"""base-files brings the link /lib, libstdc++6 is what numpy needs; a real Raspberry Pi OS has both."""
WHEELS = "sp"
"""Where in a root the wheels are."""
OURS = ("edge_emotion", "firmware_bridge/edge_emotion_bridge")
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64")


class CannotRunError(Exception):
    """This machine lacks something; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One Debian that Raspberry Pi OS is made of."""

    name: str
    python: str


SUITES = (Suite(name="bookworm", python="3.11"), Suite(name="trixie", python="3.13"))


def make_root(suite: Suite, folder: Path) -> Path:
    """The root of a suite, made if it is not there, with this working tree's runtime in it.

    Raises
    ------
    CannotRunError
        If no archive or no wheels can be had.
    """
    root, stamp = folder / suite.name, folder / f"{suite.name}.made"
    wanted = _wanted(suite)
    if not stamp.exists() or stamp.read_text() != wanted:
        stamp.unlink(missing_ok=True)
        shutil.rmtree(root, ignore_errors=True)
        _unpack_debian(suite, root)
        _unpack_wheels(suite, root / WHEELS)
        emulator = shutil.which("qemu-aarch64-static")
        if emulator is None:
            raise CannotRunError("no qemu-aarch64-static: apt install qemu-user-static")
        shutil.copy(emulator, root / "qemu")
        stamp.write_text(wanted)
    for package in OURS:
        target = root / WHEELS / Path(package).name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(REPOSITORY / package, target, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def _wanted(suite: Suite) -> str:
    made_of = (*_requirements(), CONSTRAINTS.read_text(), *PACKAGES, suite.python)
    return str(zlib.crc32("\n".join(made_of).encode()))


def _requirements() -> list[str]:
    """What `pip install .[litert,onnxruntime]` installs: both engines are looked at."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *extras["litert"], *extras["onnxruntime"]]


def _unpack_debian(suite: Suite, root: Path) -> None:
    root.parent.mkdir(parents=True, exist_ok=True)
    source = f"deb {archive()} {suite.name} main"
    command = ["mmdebstrap", "--quiet", "--mode=root", "--variant=extract", "--architectures=arm64"]
    _run([*command, f"--include={','.join(PACKAGES)}", suite.name, str(root), source], f"Debian {suite.name}")


def archive() -> str:
    """The Debian archive that apt uses on this machine, whatever the form of its sources.

    Raises
    ------
    CannotRunError
        If apt knows none.
    """
    told = "$(LABEL) $(REPO_URI)"
    ask = ["apt-get", "indextargets", "--format", told, "Created-By: Packages"]
    found = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.splitlines()
    for line in found:
        label, _, uri = line.partition(" ")
        if label == "Debian" and uri:
            return uri
    raise CannotRunError("apt knows no Debian archive here: run apt-get update, on Debian")


def _unpack_wheels(suite: Suite, target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    only = [
        "--only-binary=:all:",
        f"--python-version={suite.python}",
        *(f"--platform={p}" for p in PLATFORMS),
    ]
    command = [*pip, *only, f"--constraint={CONSTRAINTS}", f"--target={target}", *_requirements()]
    _run(command, f"the wheels for Python {suite.python} on aarch64")


def _run(command: list[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CannotRunError(f"{what} could not be unpacked: {last}")
