"""Every error this project raises on purpose.

::

    EdgeEmotionError            exit code   who can fix it
    ├── UsageError              2           the caller: flags or configuration make no sense
    ├── MissingExtraError       3           the installer: an optional package is absent
    ├── InputError              4           whoever made the file: recording, bundle, checkpoint
    │   ├── RecordingError      4           a recording cannot be read or lacks a signal
    │   └── BundleError         4           a bundle is damaged, too new, or not a bundle
    ├── DeviceError             4           the sensor, the radio, or its owner (carries a `DeviceReason`)
    ├── EngineError             4           the inference engine refused the model
    ├── WorkerError             4           a task in another process broke, or its process died
    └── GateError               5           a measured gate failed: accuracy, fidelity, speed

A packet that cannot be decoded raises `edge_emotion_bridge.PacketError`, the only exception of the ground floor; the
Bluetooth source counts it and goes on.

A message says what was given, what is allowed, and what to do next.
"""

from __future__ import annotations

from enum import StrEnum


class EdgeEmotionError(Exception):
    """Base of all errors raised on purpose; ``exit_code`` is what the command line returns for it."""

    exit_code: int = 4


class UsageError(EdgeEmotionError):
    """Flags or configuration that make no sense together."""

    exit_code = 2


class MissingExtraError(EdgeEmotionError):
    """An optional dependency is needed and absent.

    Parameters
    ----------
    package
        The PyPI name of what could not be imported.
    extra
        The extra of this project that brings it.
    needed_by
        What asks for it, where the command alone does not tell.
    """

    exit_code = 3

    def __init__(self, package: str, extra: str, needed_by: str = "") -> None:
        self.package = package
        self.extra = extra
        needs = f"{needed_by} needs {package}, which" if needed_by else package
        super().__init__(f"{needs} is not installed; run: pip install 'edge-emotion[{extra}]'")


class InputError(EdgeEmotionError):
    """Something that was read from outside is not usable."""


class RecordingError(InputError):
    """A recording cannot be read, or lacks a signal that the bundle needs."""


class BundleError(InputError):
    """A bundle is damaged, of an unknown schema, or not a bundle at all."""


class EngineError(EdgeEmotionError):
    """The inference engine refused the model or is not usable on this machine."""


class WorkerError(EdgeEmotionError):
    """A task that was handed to another process or machine did not come back with a result."""


class GateError(EdgeEmotionError):
    """A measured gate failed, so nothing was written."""

    exit_code = 5


class DeviceReason(StrEnum):
    """Why a sensor cannot be used; `edge-emotion doctor` knows the remedy for each."""

    BLUETOOTH_OFF = "bluetooth_off"
    """No powered Bluetooth adapter on this machine."""
    NOT_FOUND = "not_found"
    """No advertisement of a matching sensor was heard in time."""
    CONNECT_FAILED = "connect_failed"
    """The sensor was heard but every connection attempt failed."""
    MISSING_SERVICE = "missing_service"
    """The sensor is connected but lacks the service that carries the signal."""
    REFUSED = "refused"
    """The sensor answered a command with an error code."""
    NO_ANSWER = "no_answer"
    """The sensor did not answer a command in time."""
    BUSY = "busy"
    """Another program holds the adapter just now."""
    DENIED = "denied"
    """This user may not use Bluetooth."""
    NOT_PAIRED = "not_paired"
    """The sensor wants a bond that it or this machine does not have."""
    OTHER_SENSOR = "other_sensor"
    """A sensor of the wanted kind, but not the wanted one."""
    NO_LIBRARY = "no_library"
    """A library of the operating system that reaches the sensor is missing."""


class DeviceError(EdgeEmotionError):
    """A sensor or the radio failed; ``reason`` is machine-readable."""

    def __init__(self, reason: DeviceReason, message: str) -> None:
        self.reason = reason
        super().__init__(message)
