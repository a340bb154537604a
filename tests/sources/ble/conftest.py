"""A wearer whose samples tell their own index, wearables on a virtual radio, and virtual time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from edge_emotion.simulation.radio import (
    RecordedSignals,
    VirtualEdaSensor,
    VirtualPeripheral,
    VirtualPolarStrap,
    World,
    virtual_radio,
)
from edge_emotion.simulation.virtual_time import VirtualClock, VirtualTimeLoop
from edge_emotion.sources import SensorEvent, SensorEventKind, SourceItem
from edge_emotion.sources.ble import BleSource, LinkPolicy
from edge_emotion.types import NS_PER_S, FloatArray, Gap, Modality, Samples

LENGTH_S = 400
PATIENCE_S = 3600.0
ECG_HZ, EDA_HZ = 130, 15
RR_S = 0.8125  # 832/1024 s: exact on the wire
STEPS_PER_UNIT = {Modality.ECG: 1000, Modality.EDA: 10_000}  # sample i is i steps of the wire's resolution
DEFAULT_POLICY = LinkPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a source gives, as far as it has been asked for."""

    items: list[SourceItem]
    source: BleSource
    stream: AsyncIterator[SourceItem]

    async def until(self, enough: Callable[[Heard], bool]) -> None:
        """Go on listening; what has been heard before may be enough. What does not come in an hour of virtual time never will."""
        async with asyncio.timeout(PATIENCE_S):
            while not enough(self):
                self.items.append(await anext(self.stream))

    async def seconds(self, modality: Modality, seconds: float) -> None:
        """Go on until so much more of a signal is there."""
        before = len(self.items)
        await self.until(lambda h: _seconds(h.items[before:], modality) >= seconds)

    async def count(self, kind: SensorEventKind, times: int) -> None:
        """Go on until an event came so many times in all."""
        await self.until(lambda h: h.kinds().count(kind) >= times)

    def samples(self, modality: Modality) -> list[Samples]:
        return [i for i in self.items if isinstance(i, Samples) and i.modality is modality]

    def gaps(self, modality: Modality) -> list[Gap]:
        return [i for i in self.items if isinstance(i, Gap) and i.modality is modality]

    def kinds(self) -> list[SensorEventKind]:
        return [i.kind for i in self.items if isinstance(i, SensorEvent)]

    def values(self, modality: Modality) -> FloatArray:
        return np.concatenate([s.values for s in self.samples(modality)])

    def indices(self, modality: Modality) -> list[int]:
        """Indices that the samples tell of themselves."""
        steps = self.values(modality) * STEPS_PER_UNIT[modality]
        return [int(step) for step in np.rint(steps)]

    def assert_whole(self, modality: Modality, rate_hz: float) -> None:
        """Samples and gaps follow each other: no overlap, no hole that no gap tells."""
        end_ns = None
        for item in self.items:
            if isinstance(item, SensorEvent) or item.modality is not modality:
                continue
            start_ns = item.start_ns if isinstance(item, Gap) else item.time_ns
            if end_ns is not None:
                assert abs(start_ns - end_ns) <= 2 * NS_PER_S / rate_hz
            length_ns = round(len(item.values) * NS_PER_S / rate_hz) if isinstance(item, Samples) else 0
            end_ns = item.end_ns if isinstance(item, Gap) else item.time_ns + length_ns


def _seconds(items: list[SourceItem], modality: Modality) -> float:
    return sum(
        len(i.values) / i.rate_hz
        for i in items
        if isinstance(i, Samples) and i.modality is modality and i.rate_hz
    )


class Bench:
    """One wearer with a strap and a skin-conductance sensor."""

    def __init__(self, length_s: int = LENGTH_S) -> None:
        self.clock = VirtualClock()
        self.signals = RecordedSignals(
            ecg=np.arange(length_s * ECG_HZ, dtype=np.float32) / np.float32(1000),
            ecg_rate_hz=float(ECG_HZ),
            eda=np.arange(length_s * EDA_HZ, dtype=np.float32) / np.float32(10_000),
            eda_rate_hz=float(EDA_HZ),
            beats_s=np.arange(0, length_s, RR_S),
        )
        self.world = World(clock=self.clock, signals=self.signals, origin_ns=0)
        self.strap = VirtualPolarStrap(self.world)
        self.eda = VirtualEdaSensor(self.world)

    @asynccontextmanager
    async def reading(
        self,
        *wearables: VirtualPeripheral,
        ecg: str | None = None,
        eda: str | None = None,
        policy: LinkPolicy = DEFAULT_POLICY,
    ) -> AsyncIterator[Heard]:
        """Sensors on the air and a source that reads them."""
        async with virtual_radio(*wearables) as radio:
            source = BleSource.from_names(clock=self.clock, ecg=ecg, eda=eda, radio=radio, policy=policy)
            try:
                yield Heard(items=[], source=source, stream=aiter(source))
            finally:
                await source.aclose()


@pytest.fixture
def new_bench() -> type[Bench]:
    """For a bench that is not the usual one."""
    return Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine tests, and see that none leaves a task behind."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(_without_leaks(pyfuncitem.obj(**arguments)))
    return True


async def _without_leaks(test: Coroutine[Any, Any, None]) -> None:
    await test
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"leaked tasks: {left}"
