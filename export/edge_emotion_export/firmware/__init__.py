"""A bundle as C for a device that computes at the sensor: filters, standardisation, the int8 network as tables.

`write_firmware` writes ``edge_model.h`` and three tables beside ``edge_chain.h`` and ``edge_chain.c``, which hold the arithmetic.
"""

from __future__ import annotations

from edge_emotion_export.firmware.writing import write_firmware

__all__ = ["write_firmware"]
