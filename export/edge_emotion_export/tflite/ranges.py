"""How far the values of each tensor of a TFLite model reach, measured on calibration windows.

By true minimum and maximum: ai-edge-quantizer's own ``calibrate`` keeps a moving average (0.95) of each window's range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edge_emotion_export.artefact import Row

NARROWEST = 0.01
"""A range under this is widened to it.

A unit that is silent on all calibration windows would get a scale of 4e-12, and the step from a layer's sums to its
output would be multiplied by a million. XNNPACK knows factors below 256 only; LiteRT 2.3.0 then frees memory twice and
ends the process (docs/decisions/057). Values of these networks are of the order of 1.
"""

_SIGNATURE = "serving_default"
Ranges = dict[str, dict[str, Any]]


def measured_ranges(path: str, job: Any, rows: Sequence[Row]) -> Ranges:
    """Run the float model at ``path`` on ``rows``; ranges by tensor name, as ``job.quantize`` takes them.

    Parameters
    ----------
    job
        An ``ai_edge_quantizer.quantizer.Quantizer`` whose recipe is loaded.
    """
    from ai_edge_quantizer import calibrator
    from ai_edge_quantizer.utils import qsv_utils

    ranges = calibrator.Calibrator(path, num_threads=1, qsv_update_func=qsv_utils.min_max_update)
    # The recipe manager is private; the package's version is pinned for it and a test covers it.
    ranges.calibrate({_SIGNATURE: [dict(row) for row in rows]}, job._recipe_manager)
    return {name: dict(widened(found)) for name, found in ranges.get_model_qsvs().items()}


def widened(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """``min`` and ``max`` as they are, or with more room above where they and zero lie closer than `NARROWEST`."""
    low, high = np.minimum(found["min"], 0), np.maximum(found["max"], 0)
    if np.max(high) - np.min(low) >= NARROWEST:
        return found
    return {**found, "max": np.full_like(found["max"], np.min(low) + NARROWEST)}
