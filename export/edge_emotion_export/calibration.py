"""The training windows that set the int8 ranges and choose the rung: spread over people and classes, with every role away."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import InputError
from edge_emotion.runtime.normalise import PRESENT
from edge_emotion.types import FloatArray
from edge_emotion_export.artefact import Row
from edge_emotion_train.preparation.windows import WindowSet, join

WINDOWS = 256
MINIMUM_WINDOWS = 32
_MISSING_SHARE = 8
"""One window in this many enters once more without each role: a range must also hold a silent stream."""


def choose_calibration(windows: WindowSet, roles: tuple[str, ...]) -> WindowSet:
    """Up to `WINDOWS` windows, the same number for each person and class as far as there are any, plus masked copies.

    Raises
    ------
    InputError
        If there are too few windows, or they hold values that are not finite or never change.
    """
    check_windows("calibration", windows, MINIMUM_WINDOWS)
    return with_missing_roles(windows.take(_stratified(windows)), roles)


def with_missing_roles(windows: WindowSet, roles: tuple[str, ...]) -> WindowSet:
    """The windows, and one in `_MISSING_SHARE` once more without each role."""
    some = windows.take(np.arange(0, len(windows), _MISSING_SHARE))
    return join([windows, *(without_role(some, roles, role) for role in roles if len(roles) > 1)])


def check_windows(what: str, windows: WindowSet, at_least: int) -> None:
    """Refuse windows from which nothing can be concluded.

    Raises
    ------
    InputError
        If there are too few windows, or they hold values that are not finite or never change.
    """
    remedy = "train again on more recordings"
    if len(windows) < at_least:
        raise InputError(
            f"the run has {len(windows)} {what} windows; at least {at_least} are needed: {remedy}"
        )
    for name, values in windows.inputs.items():
        if not np.isfinite(values).all():
            raise InputError(f"{what} windows hold values in {name!r} that are not finite: {remedy}")
        if name != PRESENT and np.ptp(values) == 0:
            raise InputError(f"{what} windows hold one constant value in {name!r}: {remedy}")


def without_role(windows: WindowSet, roles: tuple[str, ...], role: str) -> WindowSet:
    """Copies in which ``role`` is missing, as the runtime presents it: all its inputs zero."""
    inputs: dict[str, FloatArray] = {}
    for name, values in windows.inputs.items():
        mine = name == role or name.startswith(f"{role}_")
        inputs[name] = np.zeros_like(values) if mine else values.copy()
    inputs[PRESENT][:, roles.index(role)] = 0.0
    return WindowSet(inputs=inputs, labels=windows.labels, people=windows.people)


def rows_of(windows: WindowSet) -> list[Row]:
    """One mapping a window, each tensor with a leading batch of 1."""
    names = tuple(windows.inputs)
    return [{n: windows.inputs[n][i : i + 1] for n in names} for i in range(len(windows))]


def digest(windows: WindowSet) -> str:
    """SHA-256 over names, shapes and values, hexadecimal."""
    state = hashlib.sha256()
    for name in sorted(windows.inputs):
        values = np.ascontiguousarray(windows.inputs[name], dtype="<f4")
        state.update(f"{name} {values.shape}\n".encode())
        state.update(values.tobytes())
    return state.hexdigest()


def _stratified(windows: WindowSet) -> NDArray[np.int64]:
    """Indices in order; strata take turns, each spread evenly over its own time."""
    strata: dict[tuple[str, int], list[int]] = {}
    for index, key in enumerate(zip(windows.people.tolist(), windows.labels.tolist(), strict=True)):
        strata.setdefault(key, []).append(index)
    share = max(1, WINDOWS // len(strata))
    picked = [indices[i] for indices in strata.values() for i in _spread(len(indices), share)]
    return np.array(sorted(picked)[:: max(1, -(-len(picked) // WINDOWS))], np.int64)


def _spread(length: int, count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, length - 1, min(length, count)).astype(np.int64))
