"""What stops people on a Pi is found, and the next step is told. Files are as the systems named have them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_emotion.cli import checks
from edge_emotion.cli.checks import Machine, State, bluetooth_checks, parts
from edge_emotion.cli.checks.machine import check_python, check_system
from edge_emotion.cli.checks.parts import check_engine, check_extra
from edge_emotion.cli.checks.permission import check_permission
from edge_emotion.cli.checks.radio import (
    check_adapter,
    check_bluez,
    check_hotspot,
    check_power,
    check_rfkill,
)
from edge_emotion.cli.doctor import report

DEBIAN_POLICY = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <policy user="root"><allow own="org.bluez"/><allow send_destination="org.bluez"/></policy>
  <policy group="bluetooth"><allow send_destination="org.bluez"/></policy>
  <policy context="default"><{default} send_destination="org.bluez"/></policy>
</busconfig>
"""
SHOWN = "Controller DC:A6:32:00:00:01 (public)\n\tName: pi\n\tPowered: {}\n\tDiscovering: no\n"


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str], None]:
    """Write a file of the machine under test."""

    def write(path: str, text: str) -> None:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        if path.startswith("usr/bin/"):
            target.chmod(0o755)

    return write


@pytest.fixture
def pi(tmp_path: Path, put: Callable[[str, str], None]) -> Machine:
    """A Raspberry Pi 4 on which all is well."""
    put("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
    put("sys/class/bluetooth/hci0/uevent", "DEVTYPE=host\n")
    for name, text in {"name": "hci0", "type": "bluetooth", "hard": "0", "soft": "0"}.items():
        put(f"sys/class/rfkill/rfkill1/{name}", text + "\n")
    put("sys/class/rfkill/rfkill0/type", "wlan\n")
    put("sys/class/rfkill/rfkill0/soft", "1\n")
    put("etc/dbus-1/system.d/bluetooth.conf", DEBIAN_POLICY.format(default="allow"))
    put("run/dbus/system_bus_socket", "")
    bluetoothctl = (
        f"case $1 in --version) echo 'bluetoothctl: 5.66';; *) printf '{SHOWN.format('yes')}';; esac"
    )
    put("usr/bin/bluetoothctl", f"#!/bin/sh\n{bluetoothctl}\n")
    return Machine(
        root=tmp_path,
        python=(3, 11, 2),
        python_bits=64,
        system="Linux",
        release="6.6.31+rpt-rpi-v8",
        architecture="aarch64",
        user="pi",
        groups=frozenset({"pi", "sudo"}),
        path=f"{tmp_path / 'usr/bin'}{os.pathsep}{os.defpath}",
        answer_s=60.0,  # a busy machine is no fault
    )


def test_a_pi_on_which_all_is_well(pi: Machine) -> None:
    found = [check_python(pi), check_system(pi), *bluetooth_checks(pi)]
    assert {c.state for c in found} == {State.OK}
    assert [c.name for c in found[2:]] == [
        *("bluetooth", "rfkill", "bluez", "permissions", "bluetooth daemon", "wi-fi beside it")
    ]
    assert "Raspberry Pi 4 Model B" in found[1].found


def test_32_bit_programs_on_a_64_bit_kernel(pi: Machine) -> None:
    check = check_python(replace(pi, python_bits=32))
    assert (check.state, check.found) == (State.FAILED, "3.11.2, 32 bit")
    assert "64-bit image" in check.advice


def test_a_board_that_cannot_do_64_bit(pi: Machine, put) -> None:
    put("proc/device-tree/model", "Raspberry Pi Zero W Rev 1.1\0")
    check = check_python(replace(pi, python_bits=32, architecture="armv6l"))
    assert "Zero 2 W" in check.advice


def test_a_python_that_nobody_tested(pi: Machine) -> None:
    check = check_python(replace(pi, python=(3, 15, 0)))
    assert (check.state, "python3.13" in check.advice) == (State.WARNING, True)


def test_a_python_that_is_too_old_is_told_before_anything_fails() -> None:
    code = "import sys; sys.version_info = (3, 9, 2, 'final', 0); import edge_emotion.cli"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, this is 3.9" in done.stderr
    assert "Traceback" not in done.stderr


def test_other_systems_are_told_to_be_untested(pi: Machine) -> None:
    assert check_system(replace(pi, system="Plan9")).state is State.WARNING


def test_no_adapter(pi: Machine) -> None:
    (pi.root / "sys/class/bluetooth/hci0").rename(pi.root / "sys/class/bluetooth/hci0:64")  # a connection
    assert check_adapter(pi).found == "no adapter"
    assert "hciuart" in check_adapter(pi).advice
    assert [c.name for c in bluetooth_checks(pi)] == ["bluetooth", "rfkill", "bluez", "permissions"]


def test_an_adapter_that_the_pi_was_told_not_to_use(pi: Machine, put) -> None:
    (pi.root / "sys/class/bluetooth/hci0/uevent").unlink()
    (pi.root / "sys/class/bluetooth/hci0").rmdir()
    put("boot/firmware/config.txt", "[all]\ndtparam=audio=on\ndtoverlay=disable-bt\n")
    assert check_adapter(pi).advice == "delete that line from /boot/firmware/config.txt and reboot"
    put("boot/firmware/config.txt", "[all]\n# dtoverlay=disable-bt\n")
    assert check_adapter(pi).found == "no adapter"


@pytest.mark.parametrize(
    ("kind", "advice"), [("soft", "sudo rfkill unblock bluetooth"), ("hard", "switch or key")]
)
def test_a_blocked_radio(pi: Machine, put, kind: str, advice: str) -> None:
    put(f"sys/class/rfkill/rfkill1/{kind}", "1\n")
    check = check_rfkill(pi)
    assert check is not None
    assert check.found.startswith("hci0 is blocked")
    assert advice in check.advice


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("bluetoothctl: 5.50", "5.50"),
        ("bluetoothctl: 5.9", "5.9"),
        ("Segmentation fault", "does not tell its version"),
    ],
)
def test_a_wrong_bluez(pi: Machine, put, printed: str, found: str) -> None:
    put("usr/bin/bluetoothctl", f"#!/bin/sh\necho '{printed}'\n")
    check = check_bluez(pi)
    assert check.state is State.WARNING
    assert found in check.found


def test_no_bluez(pi: Machine) -> None:
    (pi.root / "usr/bin/bluetoothctl").unlink()
    alone = replace(pi, path=str(pi.root / "usr/bin"))
    assert "apt install bluez" in check_bluez(alone).advice
    assert "apt install bluez" in check_power(alone).advice


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (f"printf '{SHOWN.format('no')}'", "adapter powered off"),
        ("echo 'No default controller available'", "it has no adapter"),
    ],
)
def test_states_of_the_daemon(pi: Machine, put, script: str, found: str) -> None:
    put("usr/bin/bluetoothctl", f"#!/bin/sh\n{script}\n")
    assert found in check_power(pi).found


def test_a_daemon_that_does_not_answer(pi: Machine, put) -> None:
    put("usr/bin/bluetoothctl", "#!/bin/sh\nexec sleep 60\n")
    assert "does not answer" in check_power(replace(pi, answer_s=0.5)).found


def test_a_container_without_the_system_bus(pi: Machine) -> None:
    (pi.root / "run/dbus/system_bus_socket").unlink()
    assert "mount /run/dbus" in check_power(pi).advice


@pytest.mark.parametrize(
    ("user", "groups", "state"),
    [
        ("pi", {"pi", "sudo"}, State.WARNING),
        ("pi", {"pi", "bluetooth"}, State.OK),
        ("root", {"root"}, State.OK),
    ],
)
def test_who_may_talk_to_bluez_where_not_everybody_may(pi: Machine, put, user, groups, state) -> None:
    put("etc/dbus-1/system.d/bluetooth.conf", DEBIAN_POLICY.format(default="deny"))
    check = check_permission(replace(pi, user=user, groups=frozenset(groups)))
    assert check is not None
    assert check.state is state
    assert check.advice == ("" if state is State.OK else "sudo usermod -aG bluetooth pi, then log in again")


def test_a_damaged_policy(pi: Machine, put) -> None:
    put("etc/dbus-1/system.d/bluetooth.conf", "<busconfig>")
    check = check_permission(pi)
    assert check is not None
    assert "reinstall bluez" in check.advice


@pytest.mark.parametrize(
    ("path", "text"), [("run/nm-dnsmasq-wlan0.pid", "812\n"), ("proc/812/comm", "hostapd\n")]
)
def test_a_pi_that_is_a_hotspot_too(pi: Machine, put, path: str, text: str) -> None:
    put(path, text)
    check = check_hotspot(pi)
    assert check is not None
    assert "hotspot off" in check.advice


def test_this_machine_is_looked_at_without_harm() -> None:
    machine = Machine.here()
    assert check_python(machine).state is not State.FAILED
    assert {c.state for c in bluetooth_checks(machine)} <= {State.OK, State.WARNING}


def test_doctor_is_one_object_with_a_step_for_each_problem(cli, monkeypatch, bundle: Path) -> None:
    monkeypatch.setattr(parts, "default_bundle_path", lambda: bundle.with_name("absent.emo"))
    outcome = cli("doctor", "--json")
    facts = json.loads(outcome.out)
    assert (outcome.code, facts["ready"]) == (5, False)
    assert {c["name"] for c in facts["checks"]} >= {
        "python",
        "system",
        "ai-edge-litert",
        "bundle",
        "bluetooth",
    }
    assert all(c["advice"] for c in facts["checks"] if c["state"] != "ok")


def test_engines_are_tried_in_a_child(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    (tmp_path / "stale.py").write_text("import a_part_that_nobody_has")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    told = {"dies": ("dies", "x"), "stale": ("stale.part", "y"), "absent": ("no_such_engine", "z")}
    monkeypatch.setattr(parts, "ENGINES", told)
    assert check_engine("dies").found == "import was killed by signal 4"
    assert "a_part_that_nobody_has" in check_engine("stale").found
    absent = check_engine("absent")
    assert (absent.state, absent.found, absent.advice) == (State.WARNING, "not installed", "z")


def test_an_engine_that_dies_does_not_take_the_doctor_along(tmp_path: Path) -> None:
    """The whole command, beside a LiteRT that was built for another CPU."""
    package = tmp_path / "ai_edge_litert"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "interpreter.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    done = subprocess.run(
        [sys.executable, "-m", "edge_emotion", "doctor", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])},
    )
    assert done.returncode == 5
    checks = {c["name"]: c for c in json.loads(done.stdout)["checks"]}
    assert checks["ai-edge-litert"]["found"] == "import was killed by signal 4"
    assert checks["bundle"]["found"] == "opening it: was killed by signal 4"
    assert "--engine onnxruntime" in checks["bundle"]["advice"]


@pytest.mark.parametrize(
    ("module", "told"),
    [("numpy", {"numpy": State.OK}), ("no_such_engine", {"numpy": State.FAILED, "other": State.FAILED})],
)
def test_one_engine_is_enough(monkeypatch, module: str, told: dict[str, State]) -> None:
    two = {"numpy": (module, "x"), "other": ("no_such_engine", "y")}
    monkeypatch.setattr(checks, "ENGINES", two)
    monkeypatch.setattr(parts, "ENGINES", two)
    assert {c.name: c.state for c in checks.engine_checks()} == told


def test_optional_parts(monkeypatch, pi: Machine) -> None:
    lacking = {name: ("no_such_package", purpose) for name, (_, purpose) in parts.EXTRAS.items()}
    monkeypatch.setattr(parts, "EXTRAS", lacking)
    on_a_pi = {name: check_extra(name, pi) for name in lacking}
    for name in ("mqtt", "dashboard", "parquet", "keyring"):
        assert on_a_pi[name].state is State.WARNING
        assert f"in the clone: pip install '.[{name}]'" in on_a_pi[name].advice
    assert (on_a_pi["train"].state, on_a_pi["export"].state) == (State.OK, State.OK)
    assert "workstation" in on_a_pi["train"].found
    (pi.root / "proc/device-tree/model").unlink()
    assert check_extra("train", pi).state is State.WARNING


def test_extras_are_those_that_can_be_installed() -> None:
    """By the names of pyproject.toml; what only developers or other extras need is not asked about."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    known = set(project["optional-dependencies"])
    assert known - set(parts.EXTRAS) == {"dev", "ray", "tflm", "litert", "onnxruntime"}
    assert set(parts.EXTRAS) <= known


def test_the_table_ends_in_next_steps(pi: Machine) -> None:
    (pi.root / "sys/class/bluetooth/hci0/uevent").unlink()
    (pi.root / "sys/class/bluetooth/hci0").rmdir()
    assert "next steps\n  bluetooth: a Raspberry Pi's own" in report([check_python(pi), check_adapter(pi)])
