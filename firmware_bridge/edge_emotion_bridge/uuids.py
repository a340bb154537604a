"""UUIDs of every service and characteristic this project speaks, lower case, 128 bits.

Sources: Bluetooth SIG assigned numbers; Polar Measurement Data specification 1.0 (August 2024);
Movesense GATT SensorData Protocol; PROFILE.md for open EDA.
"""

from __future__ import annotations


def sig_uuid(short: int) -> str:
    """The 128-bit form of a 16-bit UUID assigned by the Bluetooth SIG."""
    return f"{short:08x}-0000-1000-8000-00805f9b34fb"


HEART_RATE_SERVICE = sig_uuid(0x180D)
HEART_RATE_MEASUREMENT = sig_uuid(0x2A37)

BATTERY_SERVICE = sig_uuid(0x180F)
BATTERY_LEVEL = sig_uuid(0x2A19)

DEVICE_INFORMATION_SERVICE = sig_uuid(0x180A)
SYSTEM_ID = sig_uuid(0x2A23)
MODEL_NUMBER = sig_uuid(0x2A24)
SERIAL_NUMBER = sig_uuid(0x2A25)
FIRMWARE_REVISION = sig_uuid(0x2A26)
HARDWARE_REVISION = sig_uuid(0x2A27)
SOFTWARE_REVISION = sig_uuid(0x2A28)
MANUFACTURER_NAME = sig_uuid(0x2A29)

PMD_SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
PMD_CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
PMD_DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

MOVESENSE_SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
MOVESENSE_COMMAND = "34800001-7185-4d5d-b431-630e7050e8f0"
MOVESENSE_NOTIFY = "34800002-7185-4d5d-b431-630e7050e8f0"

# The base was drawn once at random and never changes; the third and fourth byte count the attributes.
OPEN_EDA_SERVICE = "8d040001-fd4e-456c-8057-30995786957b"
OPEN_EDA_DATA = "8d040002-fd4e-456c-8057-30995786957b"
OPEN_EDA_INFO = "8d040003-fd4e-456c-8057-30995786957b"
OPEN_EDA_CONTROL = "8d040004-fd4e-456c-8057-30995786957b"
OPEN_EDA_COMBINED = "8d040005-fd4e-456c-8057-30995786957b"
