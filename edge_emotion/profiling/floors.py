"""Gates for continuous integration: a figure must not be worse than a limit."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from edge_emotion.errors import InputError, UsageError
from edge_emotion.profiling.metrics import figures, names
from edge_emotion.profiling.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The worst that a figure may be."""

    key: str
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a floor came out; what was not measured does not hold."""

    floor: Floor
    found: float | None

    @property
    def holds(self) -> bool:
        return self.found is not None and self.found <= self.floor.limit

    def text(self) -> str:
        """One line."""
        found = "not measured" if self.found is None else f"{self.found:.6g}"
        sign = "<=" if self.holds else "is not <="
        return f"{self.floor.key}: {found} {sign} {self.floor.limit:g}"


def read_floors(given: Iterable[str]) -> tuple[Floor, ...]:
    """Floors from ``KEY=VALUE`` or from TOML files of such lines, keys in quotes or as tables.

    Raises
    ------
    UsageError
        If a value is no number.
    InputError
        If a file cannot be read or is no TOML.
    """
    return tuple(floor for one in given for floor in (_pair(one) if "=" in one else _file(Path(one))))


def check_keys(floors: Iterable[Floor], cells: Sequence[str] | None = None) -> None:
    """Refuse floors for figures that a run will not have; without ``cells`` what they are called is not known yet.

    Raises
    ------
    UsageError
        The message offers a figure like it.
    """
    for floor in floors:
        cell, _, _ = floor.key.rpartition(".")
        anywhere = [cell] if cells is None and cell.startswith(("model.", "report.")) else []
        known = names(anywhere if cells is None else cells)
        if floor.key not in known:
            raise _unknown(floor.key, known)


def judge(result: Result, floors: Iterable[Floor]) -> tuple[Verdict, ...]:
    """Each floor against the result.

    Raises
    ------
    UsageError
        If a floor names a figure that no benchmark has; the message offers one like it.
    """
    found = figures(result)
    return tuple(Verdict(floor=f, found=_figure(found, f.key)) for f in floors)


def _figure(found: Mapping[str, float | None], key: str) -> float | None:
    if key not in found:
        raise _unknown(key, found)
    return found[key]


def _unknown(key: str, known: Collection[str]) -> UsageError:
    near = get_close_matches(key, known, n=3)
    offered = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(sorted(known))}"
    return UsageError(f"--floor: this result has no figure {key!r}; {offered}")


def _pair(text: str) -> tuple[Floor, ...]:
    key, _, value = text.partition("=")
    return (Floor(key=key.strip(), limit=_limit(key, value)),)


def _file(path: Path) -> tuple[Floor, ...]:
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"--floor {path}: cannot be read ({error.strerror}); give KEY=VALUE or a TOML file"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f'--floor {path}: is no TOML ({error}); lines such as: "install_mb" = 160') from None
    return tuple(_flat(held))


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterable[Floor]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield Floor(key=prefix + key, limit=_limit(prefix + key, value))


def _limit(key: str, value: object) -> float:
    try:
        limit = float(value) if isinstance(value, str | int | float) else math.nan
    except ValueError:
        limit = math.nan
    if math.isnan(limit):
        raise UsageError(
            f"--floor {key}={value}: the limit must be a number, such as report.litert-int8.p99_ms=2"
        )
    return limit
