"""May this user talk to the Bluetooth daemon: the D-Bus policy decides."""

from __future__ import annotations

from xml.etree import ElementTree

from edge_emotion.cli.checks.check import Check, doubtful, fine
from edge_emotion.cli.checks.machine import Machine

DAEMON = "org.bluez"
POLICIES = ("usr/share/dbus-1/system.d/bluetooth.conf", "etc/dbus-1/system.d/bluetooth.conf")
ORDER = ("default", "group", "user", "mandatory")
"""Rules of later kinds overrule earlier ones, and later rules of one kind earlier ones (dbus-daemon(1))."""


def check_permission(machine: Machine) -> Check | None:
    """Whether messages to BlueZ are let through; ``None`` where BlueZ brought no policy."""
    texts = [text for text in map(machine.text, POLICIES) if text]
    if not texts:
        return None
    try:
        policies = [policy for text in texts for policy in ElementTree.fromstring(text).iter("policy")]
    except ElementTree.ParseError as error:
        advice = "sudo apt install --reinstall bluez"
        return doubtful("permissions", f"the D-Bus policy of BlueZ is no XML ({error})", advice)
    if _allowed(policies, machine):
        return fine("permissions", f"{machine.user} may use Bluetooth")
    advice = f"sudo usermod -aG bluetooth {machine.user}, then log in again"
    return doubtful("permissions", f"{machine.user} may not talk to the Bluetooth daemon", advice)


def _allowed(policies: list[ElementTree.Element], machine: Machine) -> bool:
    allowed = False  # what the system bus says of everything
    applying = [(kind, policy) for policy in policies if (kind := _kind(policy, machine)) is not None]
    for _, policy in sorted(applying, key=lambda pair: ORDER.index(pair[0])):
        for rule in policy:
            if rule.get("send_destination") in (DAEMON, "*"):
                allowed = rule.tag == "allow"
    return allowed


def _kind(policy: ElementTree.Element, machine: Machine) -> str | None:
    """The kind of a policy that is about this user; ``None`` if it is about others, or only about who sits at the machine."""
    if (context := policy.get("context")) in ORDER:
        return context
    if policy.get("group") in machine.groups:
        return "group"
    return "user" if policy.get("user") == machine.user else None
