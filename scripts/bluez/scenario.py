"""bleak's own BlueZ backend against the real kernel and bluetoothd in a small virtual machine, with virtual wearables on the air.

What runs where: the wearables and the air are bumble, in this process; the machine's kernel sees a controller over HCI; its D-Bus
is reached over TCP, so that the SDK and bleak run here unchanged. Prints one JSON object a round; a deviation is an error.

    python scripts/bluez/scenario.py FOLDER [--times 20] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from machine import NotReadyError, PublicAir, machine

from edge_emotion.clock import Clock, SystemClock
from edge_emotion.simulation.radio import RecordedSignals, VirtualEdaSensor, VirtualPolarStrap, World
from edge_emotion.simulation.radio.antenna import on_air
from edge_emotion.sources import SensorEvent, SensorEventKind, SourceItem
from edge_emotion.sources.ble import BleSource, Radio
from edge_emotion.sources.ble.scan import NearSensor, scan
from edge_emotion.types import Gap, GapCause, Modality, Samples
from edge_emotion_bridge import EdaStop, PmdStop

ECG_HZ, EDA_HZ = 130, 15
STEPS_PER_UNIT = {Modality.ECG: 1000, Modality.EDA: 10_000}  # sample i is i steps of the wire's resolution
SCANS, SCAN_S = 5, 4.0
ROUND_S = 300.0
LENGTH_S = 600
LEAVE_S = 3.0


class Listening:
    """A source that is read, and what it has given."""

    def __init__(self, source: BleSource) -> None:
        self.items: list[SourceItem] = []
        self._stream = aiter(source)

    async def until(self, enough: Callable[[], bool]) -> None:
        while not enough():
            self.items.append(await anext(self._stream))

    def streams(self) -> int:
        kinds = [i.kind for i in self.items if isinstance(i, SensorEvent)]
        return kinds.count(SensorEventKind.STREAMING)

    def gaps(self) -> list[Gap]:
        return [i for i in self.items if isinstance(i, Gap)]

    def indices(self, modality: Modality) -> list[int]:
        """What the samples tell of their own number."""
        values = [i.values for i in self.items if isinstance(i, Samples) and i.modality is modality]
        return np.rint(np.concatenate([np.empty(0), *values]) * STEPS_PER_UNIT[modality]).astype(int).tolist()


async def hear(names: tuple[str, ...], clock: Clock) -> dict[str, NearSensor]:
    """What a scan tells of each, with its battery; on a starved host links break, and it may need several."""
    for _ in range(SCANS):
        heard = await scan(Radio(), clock, SCAN_S, batteries=True)
        near = {sensor.name: sensor for sensor in heard if sensor.battery_percent is not None}
        if near.keys() >= set(names):
            return near
    sys.exit(f"{SCANS} scans did not hear all of {names}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wearables:
    """Two virtual sensors of one wearer, whose samples tell their own number."""

    strap: VirtualPolarStrap
    eda: VirtualEdaSensor

    @classmethod
    async def on(cls, air: PublicAir, clock: Clock) -> Wearables:
        """Switched on."""
        signals = RecordedSignals(
            ecg=np.arange(LENGTH_S * ECG_HZ, dtype=np.float32) / np.float32(1000),
            ecg_rate_hz=float(ECG_HZ),
            eda=np.arange(LENGTH_S * EDA_HZ, dtype=np.float32) / np.float32(10_000),
            eda_rate_hz=float(EDA_HZ),
            beats_s=np.arange(0, LENGTH_S, 0.8125),
        )
        world = World(clock=clock, signals=signals, origin_ns=clock.monotonic_ns())
        made = cls(strap=VirtualPolarStrap(world), eda=VirtualEdaSensor(world))
        for wearable in (made.strap, made.eda):
            await wearable.power_on(on_air(air, wearable.name))
        return made

    async def left(self, seconds: float) -> None:
        """Wait until both know that they were disconnected: the news takes the air's time after the host has it."""
        end_s = time.monotonic() + seconds
        while connected := [w.name for w in (self.strap, self.eda) if w.connected]:
            if time.monotonic() > end_s:
                sys.exit(f"still connected {seconds:g} s after the source was closed: {connected}")
            await asyncio.sleep(0.05)


async def scenario(folder: Path, seconds: float) -> dict[str, float | int]:
    """Scan, connect two devices, PMD, ``seconds`` without loss, a drop, a reconnection, streams stopped."""
    began_s = time.monotonic()
    clock, air = SystemClock(), PublicAir()
    async with machine(folder, air):
        ready_s = time.monotonic()
        worn = await Wearables.on(air, clock)
        near = await hear((worn.strap.name, worn.eda.name), clock)
        assert near[worn.strap.name].battery_percent == 87, near
        assert near[worn.eda.name].battery_percent == 64, near
        source = BleSource.from_names(ecg="polar-h10", eda="open-eda", clock=clock)
        heard = Listening(source)
        try:
            await heard.until(lambda: heard.streams() == 2)
            streaming_s = time.monotonic()
            counts = await without_loss(heard, seconds)
            reconnect_s = await back_after_a_drop(heard, worn.strap)
        finally:
            stopping_s = time.monotonic()
            await source.aclose()
            stop_s = time.monotonic() - stopping_s
        assert isinstance(worn.strap.requests[-1], PmdStop)
        assert isinstance(worn.eda.requests[-1], EdaStop)
        await worn.left(LEAVE_S)
    return {
        "machine_s": round(ready_s - began_s, 1),
        "connected_s": round(streaming_s - ready_s, 1),
        "ecg_samples": counts[Modality.ECG],
        "eda_samples": counts[Modality.EDA],
        "lost_samples": 0,
        "reconnect_s": round(reconnect_s, 2),
        "stop_s": round(stop_s, 2),
        "round_s": round(time.monotonic() - began_s, 1),
    }


async def without_loss(heard: Listening, seconds: float) -> dict[Modality, int]:
    """Number of samples once ``seconds`` of ECG are there, every one of them."""
    await heard.until(lambda: len(heard.indices(Modality.ECG)) >= seconds * ECG_HZ)
    assert heard.gaps() == []
    found = {modality: heard.indices(modality) for modality in (Modality.ECG, Modality.EDA)}
    for modality, indices in found.items():
        assert indices == list(range(indices[0], indices[0] + len(indices))), f"{modality} was lost"
    return {modality: len(indices) for modality, indices in found.items()}


async def back_after_a_drop(heard: Listening, strap: VirtualPolarStrap) -> float:
    """Seconds from a cut link to the next sample; the cut is told as one."""
    before = len(heard.indices(Modality.ECG))
    await strap.drop()
    dropped_s = time.monotonic()
    await heard.until(lambda: heard.streams() == 3 and len(heard.indices(Modality.ECG)) > before)
    took_s = time.monotonic() - dropped_s
    await heard.until(lambda: len(heard.indices(Modality.ECG)) >= before + 3 * ECG_HZ)
    assert {gap.cause for gap in heard.gaps()} == {GapCause.DISCONNECTED}
    return took_s


def one_round(folder: Path, seconds: float) -> dict[str, float | int]:
    """One scenario; a machine that did not start gets a second chance, which is told."""
    for starts in (1, 2):
        try:
            return {"starts": starts, **asyncio.run(asyncio.wait_for(scenario(folder, seconds), ROUND_S))}
        except NotReadyError as error:
            sys.stderr.write(f"{error}\n")
    sys.exit("the machine did not start twice in a row")


def main() -> None:
    """Rounds, one after another."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where image.py wrote its files")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0, help="of ECG that must come without loss")
    args = parser.parse_args()
    for number in range(1, args.times + 1):
        told = {"round": number, **one_round(args.folder.resolve(), args.seconds)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
