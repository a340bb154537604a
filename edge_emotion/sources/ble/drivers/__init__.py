"""How each kind of sensor is started, stopped and understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge_emotion.sources.ble.context import SensorContext
from edge_emotion.sources.ble.link import Link


class Driver(Protocol):
    """Reads one kind of sensor; lives as long as the source, over all of the sensor's connections."""

    async def start(self, link: Link) -> None:
        """Subscribe to all that is needed, then start the stream; in this order, or the first packets are missed.

        Raises
        ------
        DeviceError
            If the sensor lacks something, refuses, or does not answer.
        """
        ...

    async def stop(self, link: Link) -> None:
        """Stop the stream, so that the sensor can go to sleep.

        Raises
        ------
        DeviceError
            If the link is lost or the sensor does not answer.
        """
        ...


DriverFactory = Callable[[SensorContext], Driver]
