"""bleak's scanner on a bumble host."""

from __future__ import annotations

import asyncio
from typing import Any

from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.uuids import normalize_uuid_str
from bumble.core import UUID, AdvertisingData

LISTS_OF_SERVICES = (
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


def uuid_text(uuid: UUID) -> str:
    """A bumble UUID as bleak writes it."""
    return normalize_uuid_str(uuid.to_hex_str("-"))


class BumbleScanner(BaseBleakScanner):
    """Hears what the virtual wearables advertise.

    Parameters
    ----------
    host
        A powered bumble device.
    """

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        *,
        host: Any,
        **_others: object,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._host = host
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        """Begin to listen."""
        self.seen_devices = {}
        self._host.on("advertisement", self._heard)
        # Shielded: the host's commands neither survive nor reliably pass on a cancellation.
        start = self._host.start_scanning(active=self._active, filter_duplicates=False)
        await asyncio.shield(start)

    async def stop(self) -> None:
        """Stop listening."""
        self._host.remove_listener("advertisement", self._heard)
        await asyncio.shield(self._host.stop_scanning())

    def _heard(self, advertisement: Any) -> None:
        data = advertisement.data
        name = data.get(AdvertisingData.COMPLETE_LOCAL_NAME)
        services = [uuid_text(u) for kind in LISTS_OF_SERVICES for uuids in data.get_all(kind) for u in uuids]
        heard = AdvertisementData(
            local_name=name,
            manufacturer_data={},
            service_data={},
            service_uuids=services,
            tx_power=None,
            rssi=advertisement.rssi,
            platform_data=(advertisement,),
        )
        if self.is_allowed_uuid(services):
            address = advertisement.address.to_string(False)
            device = self.create_or_update_device(address, address, name, advertisement.address, heard)
            self.call_detection_callbacks(device, heard)
