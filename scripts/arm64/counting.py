"""Instructions of a program on an emulated board: qemu's plugin, built from Debian's own source of the installed qemu.

A development tool: it wants root, gcc, pkg-config, glib's headers, dpkg-dev, and a qemu-aarch64 that loads plugins (Debian
bookworm's; trixie's is static and cannot).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from guest_process import Guest
from root import CannotRunError, archive

HERE = Path(__file__).resolve().parent
PLUGIN = "count.so"
PROGRAMS = ("qemu-aarch64", "gcc", "pkg-config", "dpkg-source", "apt-get")
_COUNT = re.compile(r"^COUNT (\d+)$", re.MULTILINE)
_LIBRARY = re.compile(r"(/\S+) \(0x")


def make_counter(folder: Path) -> Path:
    """The plugin, built if it is not there.

    Raises
    ------
    CannotRunError
        If something it needs is missing; the message says what.
    """
    plugin = folder / PLUGIN
    if plugin.exists():
        return plugin
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        raise CannotRunError(f"counting needs {', '.join(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    header = _source(folder / "qemu-source") / "include" / "qemu"
    glib = _output(["pkg-config", "--cflags", "glib-2.0"], "glib's headers (libglib2.0-dev)").split()
    build = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", f"-I{header}", *glib]
    _output([*build, str(HERE / "count.c"), "-o", str(plugin)], "the counting plugin")
    return plugin


def counts(guest: Guest, plugin: Path, arguments: Sequence[str]) -> list[int]:
    """Instructions from each mark of a program to the next."""
    _put_emulator(guest.root, plugin)
    with_plugin = ["/qemu-counting", "-plugin", f"/{PLUGIN}", "-d", "plugin"]
    told = guest.errors(arguments, emulator=with_plugin)
    return [int(n) for n in _COUNT.findall(told)][1:]


def _put_emulator(root: Path, plugin: Path) -> None:
    """Into a root: the emulator that is not static, with the libraries of this machine that it wants."""
    emulator = shutil.which("qemu-aarch64") or ""
    for path in _LIBRARY.findall(_output(["ldd", emulator], "the emulator's libraries")):
        target = root / path.lstrip("/")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    shutil.copy(emulator, root / "qemu-counting")
    shutil.copy(plugin, root / PLUGIN)


def _source(folder: Path) -> Path:
    """Debian's source of qemu, by apt with a list of sources of its own: this machine's are left alone."""
    release = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line
    )
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(f"deb-src {archive()} {release['VERSION_CODENAME']} main\n")
    settings = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
    }
    apt = [
        "apt-get",
        "-qq",
        *(part for name, value in settings.items() for part in ("-o", f"{name}={value}")),
    ]
    _output([*apt, "update"], "the list of Debian's sources")
    _output([*apt, "--download-only", "source", "qemu"], "the source of qemu", folder)
    described = next(iter(folder.glob("qemu_*.dsc")))
    shutil.rmtree(folder / "unpacked", ignore_errors=True)
    _output(["dpkg-source", "--no-check", "-x", described.name, "unpacked"], "the source of qemu", folder)
    return folder / "unpacked"


def _output(command: Sequence[str], what: str, folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CannotRunError(f"{what} could not be had: {last}")
    return done.stdout
