"""How much of the disk the runtime takes: this package and what it needs, as installed here."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import edge_emotion

OURS = "edge-emotion"
ENGINES = ("ai-edge-litert", "onnxruntime")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def install_mb(packages: Sequence[str] = (OURS, *ENGINES)) -> dict[str, float]:
    """MB (10^6 bytes) by package, largest first: ``packages`` and the closure of what they require, where it is there.

    An engine counts where it is named: which one this package requires depends on the platform. Packages that this environment
    happens to hold beside them do not count; bytecode does where it was recorded.
    """
    found: dict[str, float] = {}
    waiting = list(packages)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        if name == OURS:  # installed editable, its distribution lists no file
            found[name] = _folder_bytes(Path(edge_emotion.__file__).parent) / 1e6
            waiting += [r for r in _requirements(name) if r not in ENGINES]
            continue
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:  # for another platform, or not installed
            continue
        found[name] = sum(_bytes(Path(str(f.locate()))) for f in files) / 1e6
        waiting += _requirements(name)
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _requirements(name: str) -> list[str]:
    """Names of what a package always needs; what an extra asks for is left out."""
    try:
        told = distribution(name).requires or []
    except PackageNotFoundError:
        return []
    always = [r for r in told if "extra ==" not in r and "extra==" not in r]
    return [found[0] for r in always if (found := _NAME.match(r))]


def _folder_bytes(folder: Path) -> int:
    return sum(_bytes(Path(at) / name) for at, _, names in os.walk(folder) for name in names)


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
