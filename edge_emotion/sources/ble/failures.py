"""What bleak, BlueZ and D-Bus say when something fails, and what a person can do about it.

Names of errors: the D-Bus interfaces of BlueZ and of D-Bus; texts: bleak issues 361, 666, 694, 971, 993, 1036, 1673, 1943.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError

from edge_emotion.errors import DeviceError, DeviceReason

CONNECTION_ERRORS = (BleakError, OSError, EOFError, TimeoutError)
"""What bleak and the D-Bus connection under it raise when a link cannot be made or is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Whose fault it is, and the next step."""

    reason: DeviceReason
    advice: str


OFF = Remedy(
    reason=DeviceReason.BLUETOOTH_OFF,
    advice="switch Bluetooth on (Linux: rfkill unblock bluetooth; bluetoothctl power on) or plug an adapter in",
)
NO_DAEMON = Remedy(
    reason=DeviceReason.BLUETOOTH_OFF,
    advice="the Bluetooth daemon does not answer: sudo systemctl enable --now bluetooth, then switch Bluetooth on; "
    "in a container: mount /run/dbus into it",
)
DENIED = Remedy(
    reason=DeviceReason.DENIED,
    advice="this user may not use Bluetooth: sudo usermod -aG bluetooth $USER, then log in again; "
    "edge-emotion doctor tells more",
)
BUSY = Remedy(
    reason=DeviceReason.BUSY,
    advice="another program is scanning or connecting with this adapter: end it (bluetoothctl, a home automation, "
    "a second edge-emotion), or sudo systemctl restart bluetooth",
)
STALE_BOND = Remedy(
    reason=DeviceReason.NOT_PAIRED,
    advice="the sensor no longer knows this machine: bluetoothctl remove ADDRESS, then bluetoothctl pair ADDRESS "
    "(edge-emotion scan shows the address)",
)
NOT_PAIRED = Remedy(
    reason=DeviceReason.NOT_PAIRED,
    advice="the sensor wants to be paired first: bluetoothctl pair ADDRESS (edge-emotion scan shows the address)",
)
ABORTED = Remedy(
    reason=DeviceReason.CONNECT_FAILED,
    advice="bring it closer, make sure that no phone or other program is connected to it, and try again; "
    "on a Raspberry Pi that is also a Wi-Fi hotspot, switch the hotspot off",
)
HANGING = Remedy(
    reason=DeviceReason.CONNECT_FAILED,
    advice="bring it closer and try again; if it stays so: sudo systemctl restart bluetooth",
)
FORGOTTEN = Remedy(
    reason=DeviceReason.CONNECT_FAILED,
    advice="the operating system forgot the sensor meanwhile: make sure that it still advertises, and try again",
)

RULES: tuple[tuple[tuple[str, ...], Remedy], ...] = (
    (("accessdenied", "access denied"), DENIED),
    (("error.notready", "not ready", "resource not ready", "not powered"), OFF),
    (("serviceunknown", "namehasnoowner", "disconnected from d-bus"), NO_DAEMON),
    (("inprogress", "already in progress", "operation already"), BUSY),
    (
        ("authenticationfailed", "authenticationcanceled", "authenticationrejected", "authenticationtimeout"),
        STALE_BOND,
    ),
    (
        (
            "insufficient authentication",
            "insufficient encryption",
            "insufficient authorization",
            "notauthorized",
        ),
        NOT_PAIRED,
    ),
    (("le-connection-abort-by-local", "software caused connection abort", "connection-aborted"), ABORTED),
    (("unknownobject", "unknownmethod", "doesnotexist", "not found"), FORGOTTEN),
    (("noreply", "error.timeout", "timed out"), HANGING),
)
"""What to look for in an error's text, in lower case, and what then; the first that fits counts."""

NOT_AVAILABLE: Mapping[BleakBluetoothNotAvailableReason, Remedy] = {
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: DENIED,
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: DENIED,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: DENIED,
}


def remedy_of(error: Exception, otherwise: Remedy) -> Remedy:
    """What to do about ``error``; ``otherwise`` where it says nothing that is known."""
    if isinstance(error, BleakBluetoothNotAvailableError):
        return NOT_AVAILABLE.get(error.reason, OFF)
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):  # of the D-Bus socket
        return NO_DAEMON
    text = str(error).lower()
    return next((remedy for marks, remedy in RULES if any(mark in text for mark in marks)), otherwise)


def device_error(what: str, error: Exception, otherwise: Remedy) -> DeviceError:
    """``error`` in the user's terms; ``what`` says what was tried, for ``what (the error): the next step``."""
    remedy = remedy_of(error, otherwise)
    told = str(error) or type(error).__name__
    return DeviceError(remedy.reason, f"{what} ({told}): {remedy.advice}")
