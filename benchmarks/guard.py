"""Counted figures against those that were saved: the guard of speed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping

import common
import msgspec

TOLERANCE = 0.02
COUNTED = ("numpy", "onnxruntime", "ai-edge-litert")
"""Packages whose versions a count belongs to."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that is not what it was."""

    name: str
    before: float
    now: float

    def __str__(self) -> str:
        return f"{self.name}: {self.before:.0f} -> {self.now:.0f} ({self.now / self.before - 1:+.1%})"


def moved(before: Mapping[str, object], now: Mapping[str, object]) -> list[Moved]:
    """Figures of both that differ by more than the tolerance, the most first; what only one holds is not compared."""
    old, new = dict(flat(before)), dict(flat(now))
    found = [Moved(name=n, before=old[n], now=v) for n, v in new.items() if n in old and old[n] > 0]
    changed = [m for m in found if abs(m.now / m.before - 1) > TOLERANCE]
    return sorted(changed, key=lambda m: -abs(m.now / m.before - 1))


def flat(figures: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Names with dots, and numbers."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            yield f"{prefix}{name}", float(value)


def checked(name: str, found: Mapping[str, object]) -> int:
    """1 if a figure moved, and which, on stderr; 0 with a word where the saved ones belong to other versions."""
    stored = json.loads((common.RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    other = differing(stored.pop("context"), common.context())
    changed = moved(stored, found)
    for one in [*other, *changed]:
        print(one, file=sys.stderr)
    if other:
        print("not compared: a count belongs to its versions; save the baseline anew", file=sys.stderr)
    return int(bool(changed) and not other)


def differing(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """What a count depends on beside our code, where it is not the same: interpreter, engines, kind of processor."""
    old, new = _versions(before), _versions(now)
    return [
        f"{name} is {new[name]}, the baseline's was {old[name]}" for name in old if old[name] != new[name]
    ]


def _versions(context: Mapping[str, object]) -> dict[str, object]:
    packages = context["packages"]
    assert isinstance(packages, Mapping)
    python = str(context["python"]).rpartition(".")[0]
    # Libraries choose their code by what the processor can do.
    return {"Python": python, "processor": context.get("cpu"), **{n: packages.get(n) for n in COUNTED}}
