"""Edge-emotion: ECG and EDA from a wearable to a live, calibrated emotion report on a small board."""

from __future__ import annotations

__version__ = "0.1.0"
