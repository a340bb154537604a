"""Where a benchmark runs. Every file may be missing: what cannot be read is ``None``.

``root`` is the file system's root, another folder in tests.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from edge_emotion import __version__
from edge_emotion.bundle.reader import Bundle
from edge_emotion.profiling.result import Conditions, Context
from edge_emotion.profiling.throttling import throttling

ROOT = Path("/")
PACKAGES = ("numpy", "msgspec", "onnxruntime", "ai-edge-litert", "bleak")
# What makes int8 fast: dot products (Arm asimddp, x86 VNNI), matrix products, and the width of vectors.
FEATURES = (
    *("asimd", "asimddp", "asimdhp", "i8mm", "bf16", "sve", "sve2"),
    *("sse4_1", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512_vnni", "avx_vnni", "amx_int8"),
)
DOT_PRODUCT = frozenset({"asimddp", "i8mm", "avx512_vnni", "avx_vnni", "amx_int8"})
_KIB = 1024
_PARTS = {"0xd03": "Cortex-A53", "0xd08": "Cortex-A72", "0xd0b": "Cortex-A76"}  # Arm's MIDR part numbers


def take_context(bundle: Bundle, before: Conditions, after: Conditions, root: Path = ROOT) -> Context:
    """What does not change during a run, with what does before and after it."""
    cpuinfo = _text(root / "proc/cpuinfo") or ""
    features = cpu_features(cpuinfo)
    return Context(
        board=board(root),
        machine=platform.machine(),
        cpu=cpu_name(cpuinfo),
        cpu_features=features,
        dot_product=bool(DOT_PRODUCT & set(features)),
        cpus=usable_cpus(),
        memory_mb=_memory_mb(root),
        kernel=platform.release(),
        system=_system(root),
        emulated=emulated(cpuinfo, platform.machine()),
        python=platform.python_version(),
        versions={"edge-emotion": __version__, **dict(_versions(PACKAGES))},
        bundle=f"{bundle.manifest.name} {bundle.manifest.version}",
        bundle_sha256=bundle.sha256,
        before=before,
        after=after,
    )


def take_conditions(root: Path = ROOT) -> Conditions:
    """What may change while one measures."""
    cpu = root / "sys/devices/system/cpu/cpu0/cpufreq"
    load = (_text(root / "proc/loadavg") or "").split()
    return Conditions(
        governor=_text(cpu / "scaling_governor"),
        frequency_mhz=_scaled(cpu / "scaling_cur_freq", 1e3),
        temperature_c=_temperature_c(root),
        throttling=throttling(),
        load_1min=float(load[0]) if load else None,
    )


def board(root: Path = ROOT) -> str | None:
    """The device tree's model (a Pi says "Raspberry Pi 5 Model B Rev 1.0"), else what the firmware of a PC says."""
    for path in ("proc/device-tree/model", "sys/firmware/devicetree/base/model"):
        if told := _text(root / path):
            return told
    vendor, product = (_text(root / "sys/class/dmi/id" / n) for n in ("sys_vendor", "product_name"))
    return " ".join(filter(None, (vendor, product))) or None


def cpu_features(cpuinfo: str) -> tuple[str, ...]:
    """Those of `FEATURES` that the first processor has."""
    found = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    has = set(found[1].split()) if found else set()
    return tuple(f for f in FEATURES if f in has)


def cpu_name(cpuinfo: str) -> str | None:
    """Its name; of an Arm core that has none, what its part number says."""
    if found := re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE):
        return found[1].strip()
    found = re.search(r"^CPU part\s*:\s*(\w+)$", cpuinfo, re.MULTILINE)
    return _PARTS.get(found[1].lower(), f"Arm part {found[1]}") if found else None


def emulated(cpuinfo: str, machine: str) -> bool:
    """Whether times mean nothing: an Arm Python under user-mode emulation reads the cpuinfo of its x86 host.

    Whole machines under emulation, and emulators that make up a cpuinfo, are not noticed.
    """
    return machine.startswith(("arm", "aarch64")) and bool({"avx", "sse4_1"} & set(cpu_features(cpuinfo)))


def usable_cpus() -> int:
    """Those on which this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _temperature_c(root: Path) -> float | None:
    zones = sorted((root / "sys/class/thermal").glob("thermal_zone*"))
    cpu = [z for z in zones if "cpu" in (_text(z / "type") or "")] or zones
    return _scaled(cpu[0] / "temp", 1e3) if cpu else None


def _memory_mb(root: Path) -> float | None:
    found = re.search(r"^MemTotal:\s+(\d+)", _text(root / "proc/meminfo") or "", re.MULTILINE)
    return int(found[1]) * _KIB / 1e6 if found else None


def _system(root: Path) -> str | None:
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)', _text(root / "etc/os-release") or "", re.MULTILINE)
    return found[1] if found else None


def _versions(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        with suppress(PackageNotFoundError):
            yield name, version(name)


def _scaled(path: Path, divisor: float) -> float | None:
    text = _text(path)
    try:
        return float(text) / divisor if text else None
    except ValueError:
        return None


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode(errors="replace").strip("\0 \n") or None
    except OSError:
        return None
