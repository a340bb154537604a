"""Packets that overtake others: in place if they come in a while, a told gap if not, and nothing waits without need."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edge_emotion.simulation.radio import VirtualMovesense
from edge_emotion.sources import SourceItem
from edge_emotion.sources.ble.device_stream import DeviceStream
from edge_emotion.sources.ble.in_order import PACKETS, WAIT_NS
from edge_emotion.sources.ble.packet import Block, Packet
from edge_emotion.sources.live.tracks import Tracks
from edge_emotion.types import FloatArray, Gap, GapCause, Modality, Samples
from edge_emotion_bridge.uuids import MOVESENSE_NOTIFY, OPEN_EDA_DATA, PMD_DATA

RATE_HZ = 100.0
COUNT = 50
SPAN_NS = 500_000_000


class Sent:
    """Packets 1, 2, 3... of a device, in any order; sample i has the value i."""

    def __init__(self, numbered: bool) -> None:
        self.out: list[SourceItem] = []
        self.tracks = Tracks((Modality.ECG,), self.out.append)
        self.stream = DeviceStream(self.tracks)
        self._numbered = numbered

    def send(self, *numbers: int, every_ns: int = SPAN_NS, began_anew: int = 0) -> None:
        """Each arrives ``every_ns`` after the one before it, from the time of the first on."""
        for at, number in enumerate(numbers):
            self.stream.add(
                Packet(
                    leading=Block(modality=Modality.ECG, rate_hz=RATE_HZ, values=_counted(number * COUNT)),
                    last_sample_ns=(number - began_anew) * SPAN_NS,
                    arrival_ns=numbers[0] * SPAN_NS + at * every_ns,
                    sequence=number if self._numbered else None,
                    clock_restarted=number == began_anew,
                )
            )

    @property
    def story(self) -> list[int | str]:
        """Numbers of packets that came out, whole; how many packets a gap is long."""
        return [
            int(item.values[0]) // COUNT if isinstance(item, Samples) else _told(item)
            for item in self.out
            if isinstance(item, Samples | Gap)
        ]


def _counted(first: int) -> FloatArray:
    return np.arange(first, first + COUNT, dtype=np.float32)


def _told(gap: Gap) -> str:
    return f"{gap.cause.value} {round((gap.end_ns - gap.start_ns) / SPAN_NS)}"


@pytest.fixture(params=[True, False], ids=["numbered", "timed"])
def sent(request: pytest.FixtureRequest) -> Sent:
    return Sent(request.param)


@pytest.mark.parametrize(
    ("arrival", "story"),
    [
        ((1, 2, 3, 5, 4, 6, 7, 8), [1, 2, 3, 4, 5, 6, 7, 8]),
        ((1, 4, 3, 2, 5), [1, 2, 3, 4, 5]),
        ((1, 3, 3, 2, 2, 3, 4), [1, 2, 3, 4]),
        ((1, 2, 4, 5, 6, 7), [1, 2, "lost 1", 4, 5, 6, 7]),
        ((1, 2, 4, 5, 6, 3, 3, 7, 8), [1, 2, "lost 1", 4, 5, 6, 7, 8]),
        ((1, 3, 6, 5, 4, 7), [1, "lost 1", 3, 4, 5, 6, 7]),
        ((2, 1, 3, 4, 5, 6, 7), [2, 3, 4, 5, 6, 7]),
    ],
)
def test_what_comes_out(sent: Sent, arrival: tuple[int, ...], story: list[int | str]) -> None:
    sent.send(*arrival, every_ns=SPAN_NS // 4)
    assert sent.story == story


def test_packets_that_come_in_order_are_not_held(sent: Sent) -> None:
    for number in (1, 2, 3):
        sent.send(number)
        assert sent.story[-1] == number


def test_a_long_hole_is_not_waited_for(sent: Sent) -> None:
    sent.send(1, 2)
    sent.send(15)
    assert sent.story == [1, 2, "lost 12", 15]


def test_a_lost_packet_is_waited_for_a_little(sent: Sent) -> None:
    sent.send(1, 2)
    sent.send(4)
    sent.tracks.expire(4 * SPAN_NS + WAIT_NS - 1)
    assert sent.story == [1, 2]
    sent.tracks.expire(4 * SPAN_NS + WAIT_NS)
    assert sent.story == [1, 2, "lost 1", 4]


def test_a_burst_is_waited_for_in_packets(sent: Sent) -> None:
    sent.send(1, *range(3, 3 + PACKETS), every_ns=0)
    assert sent.story == [1, "lost 1", 3, 4, 5]


@pytest.mark.parametrize("end", ["cut", "silent"])
def test_what_waits_is_put_out_before_the_link_is_spoken_of(sent: Sent, end: str) -> None:
    sent.send(1, 2, 4)
    if end == "cut":
        sent.tracks.cut(GapCause.DISCONNECTED)
    else:
        sent.tracks.silent(6 * SPAN_NS, GapCause.STALLED)
    assert sent.story[:4] == [1, 2, "lost 1", 4]


def test_what_comes_after_a_cut_is_not_held(sent: Sent) -> None:
    sent.send(1, 2)
    sent.tracks.cut(GapCause.DISCONNECTED)
    sent.send(4)
    assert sent.story == [1, 2, "disconnected 1", 4]


def test_a_clock_that_began_anew_in_an_overtaken_packet() -> None:
    sent = Sent(numbered=True)
    sent.send(1, 2, 3)
    sent.send(5, 4, 6, began_anew=4, every_ns=1)
    assert [part for part in sent.story if isinstance(part, int)] == [1, 2, 3, 4, 5, 6]
    assert {gap.cause for gap in sent.out if isinstance(gap, Gap)} == {GapCause.CLOCK_RESTART}


def pairs_swapped() -> Callable[[bytes], list[bytes]]:
    """From the fifth packet on, every packet is overtaken by the next or overtakes one."""
    kept: list[bytes] = []
    sent = iter(range(10**9))

    def swap(packet: bytes) -> list[bytes]:
        if next(sent) < 4:
            return [packet]
        if kept:
            return [packet, kept.pop()]
        kept.append(packet)
        return []

    return swap


@pytest.mark.parametrize("sensor", ["strap", "movesense", "eda"])
async def test_overtaken_packets_on_each_sensors_wire(bench: Any, sensor: str) -> None:
    wearable, names, modality, characteristic = of_kind(bench, sensor)
    wearable.disturb(characteristic, pairs_swapped())
    async with bench.reading(wearable, **names) as heard:
        await heard.seconds(modality, 20)
    indices = heard.indices(modality)
    assert indices == list(range(indices[0], indices[0] + len(indices)))
    assert heard.gaps(modality) == []


def of_kind(bench: Any, sensor: str) -> tuple[Any, dict[str, str], Modality, str]:
    if sensor == "strap":
        return bench.strap, {"ecg": "polar-h10"}, Modality.ECG, PMD_DATA
    if sensor == "eda":
        return bench.eda, {"eda": "open-eda"}, Modality.EDA, OPEN_EDA_DATA
    signals = dataclasses.replace(bench.signals, ecg_rate_hz=200.0)
    movesense = VirtualMovesense(dataclasses.replace(bench.world, signals=signals))
    return movesense, {"ecg": "movesense"}, Modality.ECG, MOVESENSE_NOTIFY
