"""What is said about the machine, from made-up trees of files."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.profiling.context import (
    board,
    cpu_features,
    cpu_name,
    emulated,
    take_conditions,
    take_context,
)
from edge_emotion.profiling.installed import install_mb
from edge_emotion.profiling.process import memory, voluntary_switches
from edge_emotion.profiling.remarks import limits, looked_again, remarks_on
from edge_emotion.profiling.throttling import decode_throttled

PI5 = """\
processor	: 0
BogoMIPS	: 108.00
Features	: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp
CPU implementer	: 0x41
CPU part	: 0xd0b
"""
SERVER = "model name	: Some Xeon\nflags		: fpu sse4_1 avx avx2 fma avx512f avx512_vnni\n"


def put(root: Path, path: str, content: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(content)


@pytest.fixture
def pi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Raspberry Pi 5 that was under-voltage at some time, with its own vcgencmd."""
    put(tmp_path, "proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    put(tmp_path, "proc/cpuinfo", PI5)
    put(tmp_path, "proc/loadavg", "0.10 0.05 0.01 1/123 456\n")
    put(tmp_path, "proc/meminfo", "MemTotal:        8258560 kB\n")
    put(tmp_path, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "ondemand\n")
    put(tmp_path, "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "2400000\n")
    put(tmp_path, "sys/class/thermal/thermal_zone0/type", "cpu-thermal\n")
    put(tmp_path, "sys/class/thermal/thermal_zone0/temp", "48300\n")
    tool = tmp_path / "bin/vcgencmd"
    put(tmp_path, "bin/vcgencmd", '#!/bin/sh\n[ "$1" = get_throttled ] && echo throttled=0x50004\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_a_pi(pi: Path, bundle_path: Path):
    now = take_conditions(pi)
    context = take_context(load_bundle(bundle_path), now, now, pi)
    assert context.board == "Raspberry Pi 5 Model B Rev 1.0"
    assert (context.cpu, context.dot_product) == ("Cortex-A76", True)
    assert (now.governor, now.frequency_mhz, now.temperature_c) == ("ondemand", 2400.0, 48.3)
    assert now.throttling is not None
    assert now.throttling.now == ("throttled",)
    assert now.throttling.since_boot == ("under-voltage", "throttled")


def test_a_throttled_run_is_not_valid(pi: Path, bundle_path: Path):
    now = take_conditions(pi)
    remarks = remarks_on(take_context(load_bundle(bundle_path), now, now, pi))
    assert remarks[0].startswith("invalid: the board was limited")
    assert any("governor ondemand" in r for r in remarks)


@pytest.mark.parametrize(
    ("before", "after", "limited"),
    [
        ("0x0", "0x0", ()),
        ("0x0", "0x50000", ("under-voltage", "throttled")),  # in between, and over again
        ("0x50000", "0x50000", ()),  # before the run
        ("0x10000", "0x50000", ("throttled",)),
        ("0x40004", "0x40000", ("throttled",)),  # when it began
        ("0x0", "0x40004", ("throttled",)),
        (None, "0x40000", ()),
        (None, "0x40004", ("throttled",)),
        ("0x0", None, ()),
    ],
)
def test_what_limited_the_board_between_two_looks(before, after, limited):
    told = [None if bits is None else decode_throttled(f"throttled={bits}") for bits in (before, after)]
    assert limits(*told) == limited


def test_what_a_later_pass_finds_is_added(make_result):
    cool = make_result()
    hot = msgspec.structs.replace(cool.context.after, throttling=decode_throttled("throttled=0x40004"))
    cool = msgspec.structs.replace(
        cool,
        context=msgspec.structs.replace(cool.context, before=msgspec.structs.replace(hot, throttling=None)),
    )
    spoiled = looked_again(cool, hot)
    assert not spoiled.valid
    assert "throttled" in spoiled.remarks[0]
    again = looked_again(spoiled, cool.context.after)
    assert (again.valid, again.remarks) == (False, spoiled.remarks)


def test_a_machine_that_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    now = take_conditions(tmp_path)
    assert (now.governor, now.temperature_c, now.throttling, now.load_1min) == (None, None, None, None)
    assert board(tmp_path) is None


def test_an_arm_python_on_an_x86_processor_is_emulated():
    assert emulated(SERVER, "aarch64")
    assert not emulated(SERVER, "x86_64")
    assert not emulated(PI5, "aarch64")


def test_features_and_names():
    assert cpu_features(SERVER) == ("sse4_1", "avx", "avx2", "fma", "avx512f", "avx512_vnni")
    assert cpu_name(SERVER) == "Some Xeon"
    assert cpu_name("CPU part	: 0xd04\n") == "Arm part 0xd04"
    assert cpu_features("") == ()


@pytest.mark.parametrize(
    ("told", "now", "since_boot"),
    [
        ("throttled=0x0", (), ()),
        ("throttled=0x50005\n", ("under-voltage", "throttled"), ("under-voltage", "throttled")),
        (
            "throttled=0xe0008",
            ("soft temperature limit",),
            ("frequency capped", "throttled", "soft temperature limit"),
        ),
    ],
)
def test_bits_in_words(told, now, since_boot):
    decoded = decode_throttled(told)
    assert decoded is not None
    assert (decoded.now, decoded.since_boot) == (now, since_boot)


def test_no_bits():
    assert decode_throttled("error=1") is None


def test_memory_and_wakeups_of_a_process(tmp_path: Path):
    put(tmp_path, "status", "VmHWM:\t   60000 kB\nVmRSS:\t   50000 kB\n")
    put(tmp_path, "task/1/status", "voluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t900\n")
    put(tmp_path, "task/2/status", "voluntary_ctxt_switches:\t5\n")
    held = memory(tmp_path)
    assert (held.peak_mb, held.now_mb) == (61.44, 51.2)
    assert voluntary_switches(tmp_path) == 12
    assert voluntary_switches(tmp_path / "absent") is None


def test_the_installation_is_this_package_and_what_it_needs():
    sizes = install_mb()
    assert {"edge-emotion", "numpy", "onnxruntime", "msgspec"} <= set(sizes)
    assert "torch" not in sizes
    assert list(sizes.values()) == sorted(sizes.values(), reverse=True)
