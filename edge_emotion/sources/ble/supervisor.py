"""Keeps one sensor streaming: finds, connects, starts, watches, and begins again for ever."""

from __future__ import annotations

import asyncio
import platform
import random
from contextlib import AsyncExitStack, suppress

from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources import SensorEventKind
from edge_emotion.sources.ble.context import SensorContext
from edge_emotion.sources.ble.drivers import Driver
from edge_emotion.sources.ble.finder import Finder
from edge_emotion.sources.ble.identity import Identity
from edge_emotion.sources.ble.link import Link, connected
from edge_emotion.sources.ble.radio import Radio
from edge_emotion.types import NS_PER_S, GapCause

TRANSIENT = (DeviceReason.CONNECT_FAILED, DeviceReason.NO_ANSWER, DeviceReason.BUSY)
"""What a second attempt may cure (bleak issues 666, 1036, 1673); the rest needs a person."""


class Supervisor:
    """Owns one sensor for the life of the source."""

    def __init__(self, context: SensorContext, driver: Driver, radio: Radio, finder: Finder) -> None:
        self._request = context.request
        self._tracks = context.tracks
        self._report = context.report
        self._clock = context.clock
        self._policy = context.policy
        self._heard = context.heard
        self._driver = driver
        self._radio = radio
        self._finder = finder
        self._streaming = False
        self._random = random.Random(
            f"{platform.node()} {context.request}"
        )  # of this machine and sensor, the same every time
        self._identity = Identity(context.request.serial)

    async def run(self) -> None:
        """Supervise until cancelled.

        Raises
        ------
        DeviceError
            If the sensor cannot be used at the start; once it has streamed, every failure is retried.
        """
        watch = asyncio.create_task(self._tell_disconnection())
        try:
            await self._reconnect_for_ever()
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _reconnect_for_ever(self) -> None:
        failures = 0
        while True:
            received = self._tracks.received
            try:
                await self._one_connection()
            except DeviceError as error:
                if error.reason is DeviceReason.OTHER_SENSOR:
                    continue  # it is not looked at again, so this ends
                if self._tracks.received == 0 and failures + 1 >= self._attempts(error.reason):
                    raise
            failures = 0 if self._tracks.received > received else failures + 1
            pause_s = min(self._policy.backoff_s * 2.0 ** min(failures, 16), self._policy.backoff_cap_s)
            jitter = self._policy.jitter
            await self._clock.sleep(pause_s * self._random.uniform(1 - jitter, 1 + jitter))

    def _attempts(self, reason: DeviceReason) -> int:
        """How often to try at the start; a missing service twice, as what the system remembered of it was forgotten."""
        if reason in TRANSIENT:
            return self._policy.first_attempts
        return 2 if reason is DeviceReason.MISSING_SERVICE else 1

    async def _one_connection(self) -> None:
        """From the search to the loss of the link."""
        patience_s = self._policy.rescan_s if self._tracks.received else self._policy.scan_s
        async with AsyncExitStack() as stack:
            async with self._finder.turn:
                found = await self._finder.find(self._request, patience_s, self._identity.others)
                self._report.sensor = found.name
                self._report.event(SensorEventKind.FOUND, found.rssi_dbm)
                link = await stack.enter_async_context(
                    connected(self._radio, found.device, found.name, self._heard)
                )
            _be_cancelled_if_asked()
            await self._identity.require(link, found.device.address)
            self._report.event(SensorEventKind.CONNECTED)
            stack.callback(self._report.event, SensorEventKind.DISCONNECTED)
            stack.callback(self._tracks.cut, GapCause.DISCONNECTED)
            await self._stream(link)

    async def _stream(self, link: Link) -> None:
        """Start, watch until the link or the stream is lost, stop."""
        try:
            await self._driver.start(link)
            self._streaming = True
            self._report.event(SensorEventKind.STREAMING)
            await self._watch(link)
        except DeviceError as error:
            if error.reason is DeviceReason.MISSING_SERVICE:
                link.forget()
            raise
        finally:
            self._streaming = False
            if not link.lost.is_set():
                with suppress(DeviceError):  # it is being left anyway, and the reason to leave it counts
                    await self._driver.stop(link)

    async def _watch(self, link: Link) -> None:
        """Return when the link is lost or no sample came for long; meanwhile tell a stall.

        Some stacks never say that a link is gone (polar-ble-sdk issue 383): only samples prove that it is there.
        """
        silent_ticks = 0
        lost = asyncio.ensure_future(link.lost.wait())
        try:
            while silent_ticks < self._policy.reconnect_ticks:
                received = self._tracks.received
                tick = asyncio.ensure_future(self._clock.sleep(self._policy.tick_s))
                try:
                    await asyncio.wait({lost, tick}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    tick.cancel()
                if lost.done():
                    return
                self._tracks.expire(self._clock.monotonic_ns())
                silent_ticks = 0 if self._tracks.received > received else silent_ticks + 1
                if silent_ticks >= self._policy.stalled_ticks:
                    self._tell_gap(GapCause.STALLED)
        finally:
            lost.cancel()

    async def _tell_disconnection(self) -> None:
        """While there is no stream, let its gap grow, so that windows of the other modality go on."""
        while True:
            await self._clock.sleep(self._policy.tick_s)
            if not self._streaming:
                self._tell_gap(GapCause.DISCONNECTED)

    def _tell_gap(self, cause: GapCause) -> None:
        lag_ns = round(self._policy.lag_s * NS_PER_S)
        self._tracks.silent(self._clock.monotonic_ns() - lag_ns, cause)


def _be_cancelled_if_asked() -> None:
    """Python 3.11's `asyncio.wait_for`, which Bluetooth stacks use, can swallow a cancellation (python/cpython issue 86296)."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
