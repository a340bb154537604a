"""Bluetooth without hardware: the SDK's own code over a virtual radio in virtual time, its clocks, and its decoders under fire.

``lost_samples``: samples that two virtual sensors sent in an hour and that neither came nor were told as a gap. ``reconnect``:
virtual seconds from a cut link to the first sample of the next one, over ``--drops`` cuts, which strap and skin sensor share;
``gap_error_samples`` is, for each signal, the largest difference between a told gap and the samples that are missing; tasks
and open files are counted before and after. ``alignment_ms``: largest disagreement of two sensors' clocks, worst and median of
many pairs, after the first minute and after a day (benchmarks/alignment.py). ``injected``: packets lost, doubled and overtaken
with each probability; ``unexplained_samples`` is the largest difference between a told gap and what is missing there,
``missing_not_injected`` counts samples that did not come though nobody lost them. ``decode_p99_ms``: CPU time from a
notification's bytes to `Samples` of an H10's frame. ``frames_fuzzed``: over all decoders, in turn random bytes, random bytes
behind a plausible head, and vectors with some bytes changed; ``exceptions`` counts anything but a packet or the one packet error
(benchmarks/fuzz.py throws more, guided by coverage).

    python benchmarks/ble.py [--minutes 60] [--drops 200] [--frames 1000000] [--save]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import common
import numpy as np
from alignment import alignment_ms
from decoders import DECODERS

import edge_emotion_bridge as bridge
from edge_emotion.clock import SystemClock
from edge_emotion.simulation.radio import (
    Disturbance,
    RecordedSignals,
    VirtualEdaSensor,
    VirtualPeripheral,
    VirtualPolarStrap,
    World,
    virtual_radio,
)
from edge_emotion.simulation.virtual_time import VirtualClock, VirtualTimeLoop
from edge_emotion.sources import SourceItem
from edge_emotion.sources.ble import BleSource, SensorRequest
from edge_emotion.sources.ble.context import SensorContext
from edge_emotion.sources.ble.drivers.polar import PolarDriver
from edge_emotion.sources.ble.policy import LinkPolicy
from edge_emotion.sources.live.reporter import Reporter
from edge_emotion.sources.live.tracks import Tracks
from edge_emotion.types import NS_PER_S, Gap, Modality, Samples
from edge_emotion_bridge.uuids import OPEN_EDA_DATA, PMD_DATA

ECG_HZ, EDA_HZ = 130.0, 15.0
RATE_OF = {Modality.ECG: ECG_HZ, Modality.EDA: EDA_HZ}
STEP_OF = {Modality.ECG: 1e-3, Modality.EDA: 1e-4}
"""Sample i has the value of i steps of the wire's resolution, modulo what 24 bits hold."""
WRAP = 1 << 22
BETWEEN_DROPS_S = 10.0
SHARES = (0.001, 0.01, 0.05, 0.2)
INJECTED_S = 600.0
FRAMES_TIMED = 20_000
PAIRS, PAIRS_OF_A_DAY = 100, 5
SIGNALS = (Modality.ECG, Modality.EDA)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60, help="length of the undisturbed session")
    parser.add_argument("--drops", type=int, default=200, help="how often a link is cut")
    parser.add_argument("--frames", type=int, default=1_000_000, help="frames thrown at the decoders")
    common.add_arguments(parser)
    args = parser.parse_args()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        hour = runner.run(undisturbed(args.minutes * 60))
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        drops = runner.run(with_drops(args.drops))
    injected = []
    for share in SHARES:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            injected.append(runner.run(with_injected(share)))
    exceptions = fuzz(args.frames)
    result = {
        **hour,
        **drops,
        "injected": injected,
        "alignment_ms": {
            "minute": alignment_ms(60, 600, PAIRS),
            "day": alignment_ms(23.9 * 3600, 24 * 3600, PAIRS_OF_A_DAY),
        },
        "decode_p99_ms": decode_p99_ms(),
        "frames_fuzzed": args.frames,
        "exceptions": exceptions,
    }
    common.finish("ble", result, args)


@dataclass(slots=True)
class Session:
    """A source that is read, and what it has given so far."""

    stream: AsyncIterator[SourceItem]
    items: list[SourceItem]
    clock: VirtualClock

    async def until(self, enough: Callable[[SourceItem], bool]) -> None:
        while True:
            self.items.append(item := await anext(self.stream))
            if enough(item):
                return


def counting(count: int, modality: Modality) -> np.ndarray:
    """Samples that tell their own index."""
    return (np.arange(count) % WRAP * STEP_OF[modality]).astype(np.float32)


@asynccontextmanager
async def session(length_s: float) -> AsyncIterator[tuple[Session, VirtualPolarStrap, VirtualEdaSensor]]:
    clock = VirtualClock()
    signals = RecordedSignals(
        ecg=counting(round(length_s * ECG_HZ), Modality.ECG),
        ecg_rate_hz=ECG_HZ,
        eda=counting(round(length_s * EDA_HZ), Modality.EDA),
        eda_rate_hz=EDA_HZ,
        beats_s=np.arange(0, length_s, 0.8125),
    )
    world = World(clock=clock, signals=signals, origin_ns=0)
    strap, eda = VirtualPolarStrap(world), VirtualEdaSensor(world)
    wearables: tuple[VirtualPeripheral, ...] = (strap, eda)
    async with virtual_radio(*wearables) as radio:
        source = BleSource.from_names(clock=clock, ecg="polar-h10", eda="open-eda", radio=radio)
        try:
            yield Session(stream=aiter(source), items=[], clock=clock), strap, eda
        finally:
            await source.aclose()


async def undisturbed(length_s: float) -> dict[str, object]:
    """An hour of both sensors: what was sent and did not come."""
    files_before, began_s = open_files(), time.perf_counter()
    async with session(length_s + 60) as (heard, _, _):
        await heard.until(lambda i: isinstance(i, Samples) and i.time_ns > length_s * NS_PER_S)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    lost = {str(m): missing(heard.items, m) for m in SIGNALS}
    return {
        "minutes": length_s / 60,
        "samples": {str(m): len(indices(heard.items, m)) for m in SIGNALS},
        "lost_samples": sum(lost.values()),
        "times_real_time": length_s / (time.perf_counter() - began_s),
        "leaked_tasks": len(left),
        "leaked_files": open_files() - files_before,
    }


async def with_drops(drops: int) -> dict[str, object]:
    """Links that are cut again and again: how long until the next sample, and whether the gap says what is missing."""
    files_before = open_files()
    took_s: list[float] = []
    async with session((drops + 2) * (BETWEEN_DROPS_S + 10)) as (heard, strap, eda):
        for modality in SIGNALS:
            await heard.until(_samples_of(modality, 0))
        for drop in range(drops):
            modality, wearable = ((Modality.ECG, strap), (Modality.EDA, eda))[drop % 2]
            later_ns = heard.clock.monotonic_ns() + round(BETWEEN_DROPS_S * NS_PER_S)
            await heard.until(_samples_of(modality, later_ns))
            await wearable.drop()
            cut_ns = heard.clock.monotonic_ns()
            await heard.until(_samples_of(modality, cut_ns))
            took_s.append((heard.clock.monotonic_ns() - cut_ns) / NS_PER_S)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    return {
        "drops": drops,
        "reconnect_p50_s": float(np.percentile(took_s, 50)),
        "reconnect_p95_s": float(np.percentile(took_s, 95)),
        "gap_error_samples": {str(m): gap_error(heard.items, m) for m in SIGNALS},
        "leaked_tasks_after_drops": len(left),
        "leaked_files_after_drops": open_files() - files_before,
    }


async def with_injected(share: float) -> dict[str, object]:
    """Ten minutes of both sensors whose packets are lost, doubled and overtaken."""
    on_strap = Disturbance(share, overtaking=share, seed=1)
    on_eda = Disturbance(share, overtaking=share, seed=2)
    async with session(INJECTED_S + 60) as (heard, strap, eda):
        strap.disturb(PMD_DATA, on_strap)
        eda.disturb(OPEN_EDA_DATA, on_eda)
        await heard.until(lambda i: isinstance(i, Samples) and i.time_ns > INJECTED_S * NS_PER_S)
    errors = [gap_error(heard.items, m) for m in SIGNALS]
    unasked = not_injected(heard.items, Modality.ECG, ecg_indices(on_strap.lost))
    unasked += not_injected(heard.items, Modality.EDA, eda_indices(on_eda.lost))
    return {
        "share": share,
        "lost": len(on_strap.lost) + len(on_eda.lost),
        "doubled": len(on_strap.doubled) + len(on_eda.doubled),
        "overtaken": len(on_strap.overtaken) + len(on_eda.overtaken),
        "unexplained_samples": max(errors),
        "missing_not_injected": unasked,
        "repeated_samples": sum(repeated(heard.items, m) for m in SIGNALS),
    }


def repeated(items: list[SourceItem], modality: Modality) -> int:
    """Samples that came twice or out of order."""
    return int((np.diff(indices(items, modality)) < 1).sum())


def not_injected(items: list[SourceItem], modality: Modality, injected: set[int]) -> int:
    """Samples between the first and the last that came which did not, though no packet of theirs was lost on purpose."""
    found = indices(items, modality)
    return len(set(range(int(found[0]), int(found[-1]))) - set(found.tolist()) - injected)


def ecg_indices(packets: list[bytes]) -> set[int]:
    frames = [bridge.decode_pmd_frame(packet) for packet in packets]
    return {value for frame in frames if isinstance(frame, bridge.EcgFrame) for value in frame.ecg_uv}


def eda_indices(packets: list[bytes]) -> set[int]:
    values = [bridge.decode_eda_packet(packet).conductance_tenth_ns for packet in packets]
    return {value for packet in values for value in packet if value is not None}


def _samples_of(modality: Modality, after_ns: int) -> Callable[[SourceItem], bool]:
    return lambda i: isinstance(i, Samples) and i.modality is modality and i.time_ns > after_ns


def indices(items: list[SourceItem], modality: Modality) -> np.ndarray:
    """Indices that the samples tell of themselves, unwrapped."""
    values = [i.values for i in items if isinstance(i, Samples) and i.modality is modality]
    found = np.rint(np.concatenate(values).astype(np.float64) / STEP_OF[modality]).astype(np.int64)
    return found + np.cumsum(np.diff(found, prepend=found[0]) < -WRAP // 2) * WRAP


def missing(items: list[SourceItem], modality: Modality) -> int:
    """Samples between the first and the last that came which neither came nor lie in a told gap; repeats count too."""
    steps = np.diff(indices(items, modality))
    return int(np.abs(steps - 1).sum())


def gap_error(items: list[SourceItem], modality: Modality) -> float:
    """Largest difference, in samples, between what a run of gaps tells and what is missing."""
    told, worst, last = 0.0, 0.0, None
    for item in items:
        if isinstance(item, Gap) and item.modality is modality:
            told += (item.end_ns - item.start_ns) / NS_PER_S * RATE_OF[modality]
        elif isinstance(item, Samples) and item.modality is modality:
            found = indices([item], modality)
            if last is not None:
                worst = max(worst, abs(float(found[0]) - last - 1 - told))
            told, last = 0.0, float(found[-1])
    return worst


def decode_p99_ms() -> float:
    """From a notification of 73 ECG samples to `Samples`, CPU time of the driver's own callback."""
    taken: list[SourceItem] = []
    request, clock = SensorRequest.parse("polar-h10"), SystemClock()
    report = Reporter("bench", clock, taken.append)
    context = SensorContext(
        request=request,
        tracks=Tracks(request.modalities, taken.append),
        report=report,
        clock=clock,
        policy=LinkPolicy(),
    )
    driver = PolarDriver(context)
    driver._rate_hz = ECG_HZ  # as after the strap's answer to the start
    rng = random.Random(0)
    took_ms = []
    for frame in range(FRAMES_TIMED):
        packet = bridge.EcgFrame(
            last_sample_ns=round(frame * 73 / ECG_HZ * NS_PER_S),
            ecg_uv=tuple(rng.randrange(-3000, 3000) for _ in range(73)),
        )
        wire = bridge.encode_pmd_frame(packet)
        began_ns = time.thread_time_ns()
        driver._frame(wire)
        took_ms.append((time.thread_time_ns() - began_ns) / 1e6)
        taken.clear()
    return float(np.percentile(took_ms, 99))


def fuzz(frames: int) -> int:
    """Random bytes, bytes behind a plausible head, mutated vectors: in turn at each decoder; how many did what they must not."""
    rng, exceptions = random.Random(1), 0
    heads = [bytes([first]) for first in range(16)] + [b"\xf0\x02", b"\x0f", b"\x01\x03\x00\x00", b"\x02\x45"]
    heads += [bytes([kind]) + bytes(8) + bytes([frame]) for kind in (0, 1, 2) for frame in (0, 1, 0x80, 0x81)]
    decoders, held = list(DECODERS.items()), vectors()
    for at in range(frames):
        name, decode = decoders[at % len(decoders)]
        match at // len(decoders) % 3:
            case 0:
                data = rng.randbytes(rng.randrange(0, 80))
            case 1:
                data = rng.choice(heads) + rng.randbytes(rng.randrange(0, 80))
            case _:
                data = mutated(rng.choice(held[name]), rng)
        try:
            decode(data)
        except bridge.PacketError:
            pass
        except Exception:  # the very thing that is counted
            exceptions += 1
    return exceptions


def vectors() -> dict[str, list[bytes]]:
    """The bytes of the shared vectors by the name of their decoder."""
    held: dict[str, list[bytes]] = {}
    for path in sorted((Path(__file__).parents[1] / "firmware_bridge" / "vectors").glob("*.json")):
        for vector in json.loads(path.read_text())["vectors"]:
            held.setdefault(vector["codec"], []).append(bytes.fromhex(vector["hex"]))
    return held


def mutated(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one to four bytes changed, put in or taken out."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(out) + 1)
        out[at : at + rng.randint(0, 1)] = rng.randbytes(rng.randint(0, 1))
    return bytes(out)


def open_files() -> int:
    """File descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


if __name__ == "__main__":
    main()
