"""The C codec for firmware authors, built without a warning and bound to the same vectors as the Python one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edge_emotion_bridge as bridge
from edge_emotion_bridge import PacketError

FIRMWARE = Path(__file__).parents[2] / "firmware_bridge"
WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wconversion", "-Wshadow"]
CONTACT = {None: 0, False: 1, True: 2}
MISSING = -(1 << 23)

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
pytestmark = pytest.mark.skipif(
    not COMPILERS, reason="no C compiler here: install gcc or clang to test the C codec"
)


@pytest.fixture(scope="module", params=COMPILERS)
def codec(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that says what the C codec makes of a line; wild reads and overflows end it."""
    program = tmp_path_factory.mktemp("c") / "vectors"
    sources = [str(FIRMWARE / "c" / name) for name in ("open_eda.c", "vectors_main.c")]
    sanitisers = ["-O1", "-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]
    subprocess.run([request.param, *WARNINGS, *sanitisers, *sources, "-o", str(program)], check=True)
    return program


@pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None,
    reason="apt install gcc-arm-none-eabi to build for a microcontroller",
)
def test_it_builds_for_a_microcontroller_with_neither_data_nor_libraries(tmp_path: Path) -> None:
    out = tmp_path / "open_eda.o"
    flags = ["-Os", "-mcpu=cortex-m4", "-mthumb", "-ffreestanding", *WARNINGS]
    source = str(FIRMWARE / "c" / "open_eda.c")
    subprocess.run(["arm-none-eabi-gcc", *flags, "-c", source, "-o", str(out)], check=True)
    size = subprocess.run(["arm-none-eabi-size", str(out)], capture_output=True, text=True, check=True).stdout
    text, data, bss = map(int, size.splitlines()[1].split()[:3])
    assert (data, bss) == (0, 0)
    assert text < 1024


@pytest.mark.skipif(shutil.which("make") is None, reason="apt install make to test the Makefile")
@pytest.mark.parametrize("spoilt", [False, True])
def test_make_check_holds_it_against_the_vectors(tmp_path: Path, spoilt: bool) -> None:
    for part in ("c", "vectors"):
        shutil.copytree(FIRMWARE / part, tmp_path / part)
    if spoilt:
        source = tmp_path / "c" / "open_eda.c"
        text = source.read_text()
        source.write_text(
            text.replace("0x7F", "0x3F", 1) if "0x7F" in text else text.replace("<< 8", "<< 9", 1)
        )
    done = subprocess.run(
        ["make", "-C", str(tmp_path / "c"), "check", f"CC={COMPILERS[0]}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("differs" in done.stdout) == (done.returncode != 0) == spoilt


def answers(codec: Path, lines: list[str]) -> list[str]:
    done = subprocess.run(
        [str(codec)], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def vectors(name: str) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = json.loads((FIRMWARE / "vectors" / "open_eda.json").read_text())["vectors"]
    return [vector for vector in held if vector["codec"] == name]


def packet_line(packet: bridge.EdaPacket) -> str:
    fields = [packet.sequence, packet.first_sample_ms, packet.rate_tenth_hz, CONTACT[packet.contact]]
    samples = [MISSING if v is None else v for v in packet.conductance_tenth_ns]
    impedance = -1 if packet.impedance_100_ohm is None else packet.impedance_100_ohm
    words = [*fields, int(packet.saturated), int(packet.clock_restarted), impedance, *samples]
    return f"{' '.join(map(str, words))} | {bridge.encode_eda_packet(packet).hex()}"


def combined_line(packet: bridge.EdaEcgPacket) -> str:
    told = (packet.eda_contact, packet.ecg_contact, packet.saturated, packet.clock_restarted)
    samples = (*packet.conductance_tenth_ns, *packet.ecg_tenth_uv)
    words = [
        *(packet.sequence, packet.first_sample_ms, packet.eda_rate_tenth_hz, packet.ecg_rate_tenth_hz),
        *(map(int, told)),
        len(packet.conductance_tenth_ns),
        *(MISSING if v is None else v for v in samples),
    ]
    return f"{' '.join(map(str, words))} | {bridge.encode_eda_ecg_packet(packet).hex()}"


def python_says(kind: str, wire: bytes) -> str:
    try:
        if kind == "eda_packet":
            return packet_line(bridge.decode_eda_packet(wire))
        return combined_line(bridge.decode_eda_ecg_packet(wire))
    except PacketError:
        return "refused"


@pytest.mark.parametrize("kind", ["eda_packet", "eda_ecg_packet"])
def test_packets_of_the_vectors(codec: Path, kind: str) -> None:
    found = vectors(kind)
    expected = [python_says(kind, bytes.fromhex(v["hex"])) for v in found]
    assert answers(codec, [f"{kind} {v['hex']}" for v in found]) == expected
    assert [e == "refused" for e in expected] == ["packet" not in v for v in found]


@settings(max_examples=5, deadline=None)
@given(wires=st.lists(st.binary(max_size=60), min_size=50, max_size=200))
def test_any_bytes_are_taken_as_python_takes_them(codec: Path, wires: list[bytes]) -> None:
    wires += [b"\x01" + wire for wire in wires]
    for kind in ("eda_packet", "eda_ecg_packet"):
        assert answers(codec, [f"{kind} {w.hex()}" for w in wires]) == [python_says(kind, w) for w in wires]


def test_info_of_the_vectors(codec: Path) -> None:
    good = [v for v in vectors("eda_info") if "packet" in v and v.get("canonical", True)]
    lines = []
    for vector in good:
        info = bridge.decode_eda_info(bytes.fromhex(vector["hex"]))
        rates = " ".join(map(str, info.rates_tenth_hz))
        serial = info.serial.encode().hex() or "-"
        lines.append(f"info {int(info.excitation)} {info.range_tenth_ns} {serial} {rates}")
    assert answers(codec, lines) == [v["hex"] for v in good]


def test_info_without_a_rate_or_with_rate_zero_is_refused(codec: Path) -> None:
    assert answers(codec, ["info 0 1000 -", "info 0 1000 - 40 0"]) == ["refused", "refused"]


def test_requests_of_the_vectors(codec: Path) -> None:
    found = vectors("eda_request")
    expected = []
    for vector in found:
        packet = vector.get("packet")
        rate = None if packet is None else packet.get("rate_tenth_hz")
        expected.append("refused" if packet is None else "2 0" if rate is None else f"1 {rate}")
    assert answers(codec, [f"eda_request {v['hex']}" for v in found]) == expected


def test_responses_of_the_vectors(codec: Path) -> None:
    good = [v for v in vectors("eda_response") if "packet" in v]
    found = [bridge.decode_eda_response(bytes.fromhex(v["hex"])) for v in good]
    assert answers(codec, [f"response {r.opcode} {int(r.status)}" for r in found]) == [v["hex"] for v in good]
