"""The Bluetooth radio: is there one, is it on, is BlueZ new enough, does something disturb it."""

from __future__ import annotations

import re

from edge_emotion.cli.checks.check import Check, doubtful, fine
from edge_emotion.cli.checks.machine import Machine

OLDEST_BLUEZ = (5, 55)
"""What bleak asks for."""

PI_CONFIGURATIONS = ("boot/firmware/config.txt", "boot/config.txt")
NO_ADAPTER = (
    "needed for sensors only: plug in a USB adapter, or switch the built-in one on in the firmware's settings"
)
NO_PI_ADAPTER = (
    "a Raspberry Pi's own adapter did not start: sudo systemctl restart hciuart, or reboot; dmesg says why"
)
SWITCH_ON = "switch it on: rfkill unblock bluetooth; bluetoothctl power on"


def check_adapter(machine: Machine) -> Check:
    """Whether the kernel knows an adapter."""
    names = sorted(path.name for path in (machine.root / "sys/class/bluetooth").glob("hci*"))
    names = [name for name in names if ":" not in name]  # hci0:64 is a connection of hci0
    if names:
        return fine("bluetooth", ", ".join(names))
    for path in PI_CONFIGURATIONS:
        if re.search(r"^\s*dtoverlay=(pi3-)?disable-bt\b", machine.text(path), re.MULTILINE):
            advice = f"delete that line from /{path} and reboot"
            return doubtful("bluetooth", f"no adapter: /{path} says dtoverlay=disable-bt", advice)
    return doubtful("bluetooth", "no adapter", NO_PI_ADAPTER if machine.is_pi else NO_ADAPTER)


def check_rfkill(machine: Machine) -> Check | None:
    """Whether a switch keeps the radio silent; ``None`` where there is no switch."""
    switches = [
        path
        for path in sorted((machine.root / "sys/class/rfkill").glob("rfkill*"))
        if machine.text(f"sys/class/rfkill/{path.name}/type") == "bluetooth"
    ]
    for path in switches:
        folder = f"sys/class/rfkill/{path.name}"
        name = machine.text(f"{folder}/name") or path.name
        if machine.text(f"{folder}/hard") == "1":
            advice = "turn the machine's wireless switch or key on; no command can"
            return doubtful("rfkill", f"{name} is blocked by a switch", advice)
        if machine.text(f"{folder}/soft") == "1":
            return doubtful("rfkill", f"{name} is blocked", "sudo rfkill unblock bluetooth")
    return fine("rfkill", "not blocked") if switches else None


def check_bluez(machine: Machine) -> Check:
    """Whether BlueZ is there and new enough."""
    try:
        told = machine.ask("bluetoothctl", "--version")
    except OSError:
        return doubtful("bluez", "no bluetoothctl", "install BlueZ: sudo apt install bluez")
    found = re.search(r"(\d+)\.(\d+)", told or "")
    if found is None:
        return doubtful(
            "bluez", "bluetoothctl does not tell its version", "sudo apt install --reinstall bluez"
        )
    if (int(found[1]), int(found[2])) < OLDEST_BLUEZ:
        advice = "5.55 or newer is needed: upgrade the operating system (Debian 11, Ubuntu 22.04 or later)"
        return doubtful("bluez", found[0], advice)
    return fine("bluez", found[0])


def check_power(machine: Machine) -> Check:
    """Whether the daemon has the adapter and the adapter is on."""
    if not (machine.root / "run/dbus/system_bus_socket").exists():
        advice = "start it: sudo systemctl start dbus bluetooth; in a container: mount /run/dbus into it"
        return doubtful("bluetooth daemon", "no system D-Bus", advice)
    try:
        shown = machine.ask("bluetoothctl", "show")
    except OSError:
        return doubtful("bluetooth daemon", "not asked: no bluetoothctl", "sudo apt install bluez")
    restart = "sudo systemctl enable --now bluetooth; if it runs already: sudo systemctl restart bluetooth"
    if shown is None:
        return doubtful("bluetooth daemon", "bluetoothctl does not answer", restart)
    if "Powered: yes" in shown:
        return fine("bluetooth daemon", "adapter powered")
    if "Powered: no" in shown:
        return doubtful("bluetooth daemon", "adapter powered off", SWITCH_ON)
    return doubtful("bluetooth daemon", "it has no adapter, though the kernel has", restart)


def check_hotspot(machine: Machine) -> Check | None:
    """Whether a Raspberry Pi is a Wi-Fi hotspot too: both share one antenna, and links break (bleak issue 1673)."""
    if not machine.is_pi:
        return None
    shared = sorted(path.stem for path in (machine.root / "run").glob("nm-dnsmasq-wl*.pid"))
    access_point = any(
        machine.text(f"proc/{path.parent.name}/comm") == "hostapd"
        for path in (machine.root / "proc").glob("[0-9]*/comm")
    )
    if not shared and not access_point:
        return fine("wi-fi beside it", "no hotspot")
    advice = "switch the hotspot off, use 5 GHz for it, or plug a USB Bluetooth adapter in"
    return doubtful("wi-fi beside it", "this Pi is a Wi-Fi hotspot: Bluetooth links may break", advice)
