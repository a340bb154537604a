"""Edge-emotion: ECG and EDA from a wearable to a live, calibrated emotion report on a small board."""

from __future__ import annotations

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036, from a checkout nothing else says it
    sys.exit(
        "edge-emotion needs Python 3.11 or newer, this is {}.{} ({}): use the one of Raspberry Pi OS bookworm or later, "
        "or make an environment with python3.11 -m venv".format(*sys.version_info[:2], sys.executable)
    )

# onnxruntime 1.29 and later keeps an identifier of the device in the home folder and sends events to its maker, unless this is
# set before its first import. It counts for child processes too; an owner who wants it sets it to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
