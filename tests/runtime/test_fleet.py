"""Several wearers in one loop: what breaks one of them reaches nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np

from edge_emotion.errors import DeviceError, DeviceReason, RecordingError
from edge_emotion.runtime.fleet import Fleet, RestartPolicy
from edge_emotion.runtime.session import Session
from edge_emotion.simulation.virtual_time import VirtualClock, VirtualTimeLoop
from edge_emotion.sources import SourceItem
from edge_emotion.types import NS_PER_S, Event, Gap, Modality, Samples

POLICY = RestartPolicy(first_s=5.0, cap_s=40.0)


class Steady:
    """A signal for a minute of the loop's time, which may break on the way."""

    modalities = (Modality.EDA,)

    def __init__(self, error: BaseException | None = None, after_s: int = 0) -> None:
        self._error, self._after_s = error, after_s

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        for second in range(60):
            if self._error is not None and second == self._after_s:
                raise self._error
            await asyncio.sleep(1)
            values = np.zeros(4, np.float32)
            yield Samples(modality=Modality.EDA, time_ns=second * NS_PER_S, rate_hz=4.0, values=values)

    async def aclose(self) -> None:
        pass


class Silent:
    def push(self, item: Samples | Gap) -> list[Event]:
        return []


def session(*errors: BaseException) -> Callable[[], Session]:
    """Breaks once with each error, then runs through."""
    left = list(errors)
    return lambda: Session(Steady(left.pop(0) if left else None, 10), Silent(), [], VirtualClock())


def run(**wearers: Callable[[], Session]) -> tuple[Fleet, list[str], float]:
    told: list[str] = []
    fleet = Fleet(wearers, VirtualClock(), lambda name, line: told.append(f"{name}: {line}"), POLICY)

    async def timed() -> float:
        await fleet.run()
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return fleet, told, runner.run(timed())


def test_a_broken_session_begins_anew_and_nobody_else_notices():
    broken = session(DeviceError(DeviceReason.NOT_FOUND, "no belt"), ZeroDivisionError("a bug"))
    fleet, told, took_s = run(anna=session(), ben=broken, cleo=session())
    samples = {name: r.summary.samples[Modality.EDA] for name, r in fleet.results.items() if r.summary}
    assert samples == {"anna": 240, "ben": 240, "cleo": 240}
    assert [r.restarts for r in fleet.results.values()] == [0, 2, 0]
    assert told == ["ben: no belt; again in 5 s", "ben: a bug; again in 10 s"]
    assert took_s == 10 + 5 + 10 + 10 + 60


def test_what_only_a_person_can_mend_is_left_out():
    fleet, told, took_s = run(anna=session(RecordingError("cut short")), ben=session())
    assert fleet.results["anna"].summary is None
    assert fleet.results["anna"].failures == ["RecordingError: cut short"]
    assert told == ["anna: cut short; this wearer is left out"]
    assert (fleet.results["ben"].summary is not None, took_s) == (True, 60)


def test_a_session_that_cannot_even_be_made_is_tried_again():
    calls = []

    def make() -> Session:
        calls.append(0)
        if len(calls) < 3:
            raise OSError("no adapter")
        return session()()

    fleet, _, _ = run(anna=make)
    assert (fleet.results["anna"].restarts, fleet.results["anna"].summary is not None) == (2, True)


def test_pauses_grow_to_a_cap():
    assert [POLICY.pause_s(n) for n in (1, 2, 3, 4, 5, 1000)] == [5, 10, 20, 40, 40, 40]


def test_stop_ends_running_and_waiting_wearers():
    fleet = Fleet(
        {"anna": session(), "ben": session(OSError("x"), OSError("x"))},
        VirtualClock(),
        lambda n, t: None,
        POLICY,
    )

    async def stopped() -> None:
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(12)  # anna runs, ben waits for his second attempt
        fleet.stop()
        await running

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(stopped())
    assert fleet.results["anna"].summary is not None
    assert fleet.results["anna"].summary.stopped
    assert fleet.results["ben"].summary is None
