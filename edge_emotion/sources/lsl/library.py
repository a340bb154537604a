"""pylsl and the C library under it, loaded when they are needed."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

from edge_emotion.errors import DeviceError, DeviceReason, MissingExtraError

CONFIGURATIONS = (Path("lsl_api.cfg"), Path("~/lsl_api/lsl_api.cfg"), Path("/etc/lsl_api/lsl_api.cfg"))
QUIET = "[log]\nlevel = -2\n"
"""Errors alone; liblsl's notes of every connection would land between ours on stderr."""


def load_pylsl() -> ModuleType:
    """The module ``pylsl``.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    DeviceError
        If it is, and finds no liblsl.
    """
    try:
        import pylsl
    except ModuleNotFoundError:
        raise MissingExtraError("pylsl", "lsl") from None
    except RuntimeError as error:
        raise DeviceError(
            DeviceReason.NO_LIBRARY,
            f"pylsl is installed but its liblsl does not load ({str(error).splitlines()[0]}): install liblsl for this "
            "system (github.com/sccn/liblsl/releases), or name it in PYLSL_LIB",
        ) from error
    configured = "LSLAPICFG" in os.environ or any(path.expanduser().exists() for path in CONFIGURATIONS)
    if not configured:  # what an owner has set up stays as it is
        pylsl.set_config_content(QUIET)
    module: ModuleType = pylsl
    return module


def clock_offset_ns(pylsl: ModuleType, monotonic_ns: int) -> int:
    """What to add to a stamp of LSL's local clock to have it on the host's clock, which shows ``monotonic_ns`` now."""
    return monotonic_ns - round(float(pylsl.local_clock()) * 1e9)
