"""The firmware examples, built for the host: what they send is what the profile says."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

import edge_emotion_bridge as bridge

C = Path(__file__).parents[2] / "firmware_bridge" / "c"
WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-Wshadow", f"-I{C}", f"-I{C / 'examples' / 'host'}"]

pytestmark = pytest.mark.skipif(
    not (shutil.which("gcc") and shutil.which("g++")),
    reason="gcc and g++ build the firmware examples: install them to test these",
)


def build(tmp_path: Path, *steps: list[str]) -> list[tuple[str, bytes]]:
    """What the built program sends, as (characteristic, bytes)."""
    for step in steps:
        subprocess.run(step, check=True, cwd=tmp_path)
    done = subprocess.run([tmp_path / "example"], capture_output=True, text=True, check=True)
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    return [(what, bytes.fromhex(hexadecimal)) for what, hexadecimal in lines if what != "advertised"]


@pytest.fixture(params=["zephyr", "arduino"])
def sent(request: pytest.FixtureRequest, tmp_path: Path) -> list[tuple[str, bytes]]:
    codec = ["gcc", "-std=c99", *WARNINGS, "-c", str(C / "open_eda.c"), "-o", "codec.o"]
    examples = C / "examples"
    if request.param == "zephyr":
        sources = [str(examples / "zephyr" / "main.c"), str(examples / "host" / "zephyr_main.c")]
        compiler = ["gcc", "-std=c99", "-D_POSIX_C_SOURCE=200809L"]
    else:
        sources = [str(examples / "host" / "arduino_main.cpp")]
        compiler = ["g++", "-std=c++11"]
    return build(tmp_path, codec, [*compiler, *WARNINGS, *sources, "codec.o", "-o", "example"])


def test_it_tells_what_it_offers(sent: list[tuple[str, bytes]]) -> None:
    (info,) = [bridge.decode_eda_info(data) for what, data in sent if what == "info"]
    assert info.rates_tenth_hz == (40,)
    assert info.serial == "0001"


def test_it_answers_start_and_stop(sent: list[tuple[str, bytes]]) -> None:
    answers = [bridge.decode_eda_response(data) for what, data in sent if what == "response"]
    assert [a.opcode for a in answers] == [bridge.EdaOpcode.START, bridge.EdaOpcode.STOP]
    assert {a.status for a in answers} == {bridge.EdaStatus.SUCCESS}


def test_it_streams_without_a_hole_while_started(sent: list[tuple[str, bytes]]) -> None:
    packets = [bridge.decode_eda_packet(data) for what, data in sent if what == "data"]
    assert [p.sequence for p in packets] == list(range(6))
    assert [p.clock_restarted for p in packets] == [True] + [False] * 5
    assert {b.first_sample_ms - a.first_sample_ms for a, b in pairwise(packets)} == {500}
    assert all(0 < v < 2 for p in packets for v in p.conductance_us)
