"""Bundles: one file that holds everything a model needs on the device."""

from __future__ import annotations

from pathlib import Path

from edge_emotion.errors import BundleError

__all__ = ["default_bundle_path"]

_SHIPPED = Path(__file__).parent.parent / "bundles"


def default_bundle_path() -> Path:
    """The bundle that ships with this package.

    Raises
    ------
    BundleError
        If this installation holds none.
    """
    found = sorted(_SHIPPED.glob("*.emo"))
    if not found:
        raise BundleError(
            f"no bundle ships in {_SHIPPED}; give one with --bundle, or make one with 'edge-emotion train' "
            "and 'edge-emotion export'"
        )
    return found[-1]
