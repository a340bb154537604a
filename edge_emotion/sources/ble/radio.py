"""Which radio bleak uses: the machine's own, or one that a test or the simulator brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bleak import BleakClient, BleakScanner
from bleak.args.bluez import BlueZClientArgs, BlueZScannerArgs
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner


@dataclass(frozen=True, slots=True, kw_only=True)
class Radio:
    """Makes bleak's scanners and clients.

    Parameters
    ----------
    adapter
        BlueZ name of the adapter, such as ``hci1``; ``None`` for the default one.
    scanner_backend, client_backend
        Backend classes for bleak; ``None`` for the platform's own.
    backend_options
        Keywords for the constructors of these classes; what they take is the backend's business.
    connect_timeout_s
        Host seconds that bleak may spend on one connection.
    """

    adapter: str | None = None
    scanner_backend: type[BaseBleakScanner] | None = None
    client_backend: type[BaseBleakClient] | None = None
    backend_options: Mapping[str, Any] = field(default_factory=dict)
    connect_timeout_s: float = 30.0

    def scanner(self, heard: Callable[[BLEDevice, AdvertisementData], None]) -> BleakScanner:
        """A scanner that calls ``heard`` for every advertisement."""
        bluez = BlueZScannerArgs(adapter=self.adapter) if self.adapter else BlueZScannerArgs()
        return BleakScanner(heard, bluez=bluez, backend=self.scanner_backend, **self.backend_options)

    def client(self, device: BLEDevice, lost: Callable[[BleakClient], None]) -> BleakClient:
        """A client for ``device`` that calls ``lost`` when the link goes down."""
        bluez = BlueZClientArgs(adapter=self.adapter) if self.adapter else BlueZClientArgs()
        return BleakClient(
            device,
            lost,
            timeout=self.connect_timeout_s,
            bluez=bluez,
            backend=self.client_backend,
            **self.backend_options,
        )
