"""The Bluetooth source: several sensors, one stream of items."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping

from edge_emotion.clock import Clock
from edge_emotion.errors import UsageError
from edge_emotion.sources import RawPacket, SourceItem
from edge_emotion.sources.ble.context import SensorContext
from edge_emotion.sources.ble.drivers import DriverFactory
from edge_emotion.sources.ble.drivers.heart_rate import HeartRateDriver
from edge_emotion.sources.ble.drivers.movesense import MovesenseDriver
from edge_emotion.sources.ble.drivers.open_eda import OpenEdaDriver
from edge_emotion.sources.ble.drivers.polar import PolarDriver
from edge_emotion.sources.ble.finder import Finder
from edge_emotion.sources.ble.policy import LinkPolicy
from edge_emotion.sources.ble.radio import Radio
from edge_emotion.sources.ble.request import SensorKind, SensorRequest
from edge_emotion.sources.ble.supervisor import Supervisor
from edge_emotion.sources.live.outbox import Outbox
from edge_emotion.sources.live.reporter import Reporter
from edge_emotion.sources.live.tracks import Tracks
from edge_emotion.types import ROLE_OF, Modality, Role

DRIVERS: Mapping[SensorKind, DriverFactory] = {
    SensorKind.POLAR_H10: PolarDriver,
    SensorKind.MOVESENSE: MovesenseDriver,
    SensorKind.HEART_RATE: HeartRateDriver,
    SensorKind.OPEN_EDA: OpenEdaDriver,
}

DEFAULT_RADIO = Radio()
DEFAULT_POLICY = LinkPolicy()


class BleSource:
    """Sensors over Bluetooth LE, supervised for as long as the source is iterated.

    Parameters
    ----------
    sensors
        At most one per role: a cardiac sensor, a skin-conductance sensor, or one that is both.
    clock
        Time of all samples and of all waiting.
    radio
        The machine's own Bluetooth, unless a virtual one is handed in.
    policy
        Waiting times.
    turn
        Shared by sources that use the same radio: only one of them scans or connects.

    Raises
    ------
    UsageError
        If no sensor is named, or two play the same role.
    """

    def __init__(
        self,
        sensors: tuple[SensorRequest, ...],
        clock: Clock,
        radio: Radio = DEFAULT_RADIO,
        policy: LinkPolicy = DEFAULT_POLICY,
        turn: asyncio.Lock | None = None,
    ) -> None:
        roles = [ROLE_OF[modality] for s in sensors for modality in s.modalities]
        if not roles or len(set(roles)) != len(roles):
            given = ", ".join(map(str, sensors)) or "none"
            raise UsageError(
                f"sensors given: {given}; allowed: one cardiac sensor (polar-h10, movesense or heart-rate), "
                "open-eda, or both"
            )
        self._sensors = sensors
        self._clock = clock
        self._radio = radio
        self._policy = policy
        self._turn = turn
        self._outbox = Outbox()
        self._tasks: list[asyncio.Task[None]] = []
        self._packet: Callable[[RawPacket], None] | None = None

    @classmethod
    def from_names(
        cls,
        *,
        clock: Clock,
        ecg: str | None = None,
        eda: str | None = None,
        radio: Radio = DEFAULT_RADIO,
        policy: LinkPolicy = DEFAULT_POLICY,
        turn: asyncio.Lock | None = None,
    ) -> BleSource:
        """Sensors as a command line names them: ``polar-h10``, ``heart-rate=TICKR 1234``, ``open-eda=C0:00:00:00:00:20``.

        A device that measures both is named twice, in the same words.

        Raises
        ------
        UsageError
            If a kind is unknown or names do not fit together.
        """
        roles_of: defaultdict[str, tuple[Role, ...]] = defaultdict(tuple)
        for text, role in ((ecg, Role.CARDIAC), (eda, Role.EDA)):
            if text is not None:
                roles_of[text] += (role,)
        requests = tuple(SensorRequest.parse(text, roles) for text, roles in roles_of.items())
        return cls(requests, clock, radio, policy, turn)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What will be delivered: ECG or RR, EDA."""
        return tuple(modality for s in self._sensors for modality in s.modalities)

    @property
    def dropped_items(self) -> int:
        """Items lost because the consumer was more than two minutes behind."""
        return self._outbox.dropped

    def listen(self, packet: Callable[[RawPacket], None]) -> None:
        """Call ``packet`` with every notification of every sensor, as it came."""
        self._packet = packet

    def _heard(self, sensor: str, characteristic: str, data: bytes) -> None:
        if self._packet is not None:
            now_ns = self._clock.monotonic_ns()
            self._packet(RawPacket(time_ns=now_ns, sensor=sensor, characteristic=characteristic, data=data))

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        """Items until `aclose`.

        Raises
        ------
        DeviceError
            If a sensor cannot be used at the start.
        """
        finder = Finder(self._radio, self._clock, self._turn)
        self._tasks = [
            asyncio.create_task(self._supervise(request, finder), name=f"ble {request}")
            for request in self._sensors
        ]
        try:
            while (item := await self._outbox.get()) is not None:
                yield item
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Stop the streams on the sensors, disconnect, end the iteration."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._outbox.close()

    async def _supervise(self, request: SensorRequest, finder: Finder) -> None:
        tracks = Tracks(request.modalities, self._outbox.put)
        report = Reporter(str(request), self._clock, self._outbox.put)
        context = SensorContext(
            request=request,
            tracks=tracks,
            report=report,
            clock=self._clock,
            policy=self._policy,
            heard=self._heard,
        )
        supervisor = Supervisor(context, DRIVERS[request.kind](context), self._radio, finder)
        try:
            await supervisor.run()
        except Exception as error:  # a task has no caller: hand everything to the one who iterates
            self._outbox.fail(error)
