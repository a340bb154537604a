"""What ``doctor`` looks at. Every check answers in bounded time and changes nothing."""

from __future__ import annotations

from edge_emotion.cli.checks.check import Check, State
from edge_emotion.cli.checks.machine import Machine, check_python, check_system
from edge_emotion.cli.checks.parts import ABSENT, ENGINES, EXTRAS, check_bundle, check_engine, check_extra
from edge_emotion.cli.checks.permission import check_permission
from edge_emotion.cli.checks.radio import check_adapter, check_bluez, check_hotspot, check_power, check_rfkill

__all__ = ["Check", "Machine", "State", "all_checks"]


def all_checks(machine: Machine) -> list[Check]:
    """Everything, in the order in which one would look."""
    return [
        check_python(machine),
        check_system(machine),
        *engine_checks(),
        check_bundle(),
        *bluetooth_checks(machine),
        *(check_extra(name, machine) for name in EXTRAS),
    ]


def engine_checks() -> list[Check]:
    """One engine is enough: where one works, another that is absent is worth no word, and one that is broken a warning."""
    checks = [check_engine(name) for name in ENGINES]
    if any(c.state is State.OK for c in checks):
        return [c for c in checks if c.found != ABSENT]
    return [Check(name=c.name, state=State.FAILED, found=c.found, advice=c.advice) for c in checks]


def bluetooth_checks(machine: Machine) -> list[Check]:
    """From the adapter to the right to use it. Sensors need all of this, recordings none, so nothing here is a failure."""
    adapter = check_adapter(machine)
    asked = (check_rfkill, check_bluez, check_permission)
    more = [check(machine) for check in asked]
    if adapter.state is State.OK:
        more += [check_power(machine), check_hotspot(machine)]
    return [adapter, *(check for check in more if check is not None)]
