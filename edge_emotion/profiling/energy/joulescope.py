"""A Joulescope that is attached now, through its maker's package (``pip install joulescope``; not among our extras).

Uses only what that package's description shows: ``scan_require_one``, the context manager, ``read(contiguous_duration)``. It
was not tried on the instrument; what its application records goes through `edge_emotion.profiling.energy.csv_trace`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy import MeterFacts

BLOCK_S = 0.1


class JoulescopeMeter:
    """Mean of a block of 0.1 s of current times voltage, product first: peaks of both coincide."""

    facts = MeterFacts(
        name="joulescope",
        scope="what flows through the instrument",
        highest_hz=1 / BLOCK_S,
        uncertainty_source="see the calibration of the instrument",
    )

    def __init__(self, read: Callable[..., Any]) -> None:
        self._read = read

    def watts(self) -> float:
        """See `edge_emotion.profiling.energy.PowerMeter.watts`."""
        block = np.asarray(self._read(contiguous_duration=BLOCK_S), np.float64)
        if block.ndim != 2 or block.shape[1] != 2 or not np.isfinite(block).any():
            raise InputError(
                f"the Joulescope gave no samples (shape {block.shape}); check its cable and range"
            )
        return float(np.nanmean(block[:, 0] * block[:, 1]))


def open_joulescope() -> JoulescopeMeter:
    """The one that is attached.

    Raises
    ------
    InputError
        If the package is not installed, or no instrument answers.
    """
    try:
        package = importlib.import_module("joulescope")
    except ImportError:
        raise InputError(
            "the package joulescope is not installed: pip install joulescope; or record with its application "
            "and use --meter csv:FILE, which takes JLS too"
        ) from None
    try:
        device = package.scan_require_one(config="auto")
        device.open()
    except Exception as error:  # the driver's own errors share no base below Exception
        raise InputError(f"no Joulescope answers ({error}); attach one, or use --meter csv:FILE") from error
    return JoulescopeMeter(device.read)
