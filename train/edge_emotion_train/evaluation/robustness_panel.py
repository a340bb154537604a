"""``robustness.json`` of a run folder: what is left of a finished model when signals go wrong."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge_emotion.errors import InputError

FILE = "robustness.json"


class ConditionResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One condition, all judged people together.

    Parameters
    ----------
    group, name
        What goes wrong, and how much of it.
    windows
        Labelled windows after the wearer's reference; the same in every condition.
    abstained
        Share of them about which nothing was said.
    macro_f1
        Of what is still said; ``None`` where nothing is, or where only one class is left.
    people_macro_f1
        The same for each person alone.
    """

    group: str
    name: str
    windows: int
    abstained: float
    macro_f1: float | None
    people_macro_f1: tuple[float | None, ...]


class RobustnessPanel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All conditions; the first one is ``clean``."""

    people: tuple[str, ...]
    seed: int
    conditions: tuple[ConditionResult, ...]


def save_panel(folder: Path, panel: RobustnessPanel) -> None:
    """Write it into a run folder."""
    (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(panel), indent=1) + b"\n")


def load_panel(folder: Path) -> RobustnessPanel | None:
    """The panel of a run folder; ``None`` if it has none.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=RobustnessPanel)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} is damaged ({error}): delete it, or make it again with --robustness"
        ) from error
