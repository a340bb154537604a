"""``edge-emotion scan``: which sensors are near, and which of them can be read."""

from __future__ import annotations

import argparse
import asyncio

import msgspec

from edge_emotion.cli.common import add_json, say, show, table, write_json
from edge_emotion.clock import SystemClock
from edge_emotion.errors import UsageError
from edge_emotion.sources.ble import Radio, SensorKind
from edge_emotion.sources.ble.scan import NearSensor, scan

EPILOG = """\
example:
  edge-emotion scan
  edge-emotion scan --seconds 30 --json

A strap is heard only while it is worn, and a sensor that is connected to a phone is not heard at all.
"""
FLAG_OF = {
    SensorKind.POLAR_H10: "--ecg",
    SensorKind.MOVESENSE: "--ecg",
    SensorKind.HEART_RATE: "--ecg",
    SensorKind.OPEN_EDA: "--eda",
}
STRENGTHS_DBM = ((-65, "strong"), (-80, "good"), (-90, "weak"))
FAINT = "faint: bring it closer"
NOTHING = (
    "nothing was heard. Put the strap on with moist electrodes, close every phone app that may be connected to it, "
    "switch the skin-conductance sensor on, and try again; edge-emotion doctor checks the adapter"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to listen (default: 10)")
    parser.add_argument(
        "--adapter", metavar="NAME", help="Bluetooth adapter, such as hci1 (default: the first)"
    )
    parser.add_argument(
        "--no-battery", action="store_true", help="do not connect to the readable sensors to ask for it"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Listen, then tell."""
    if not 0 < args.seconds <= 600:
        raise UsageError(f"--seconds {args.seconds:g}: allowed are more than 0 and at most 600")
    say(f"listening for {args.seconds:g} s ...")
    sensors = asyncio.run(
        scan(Radio(adapter=args.adapter), SystemClock(), args.seconds, batteries=not args.no_battery)
    )
    if args.json:
        write_json({"sensors": msgspec.to_builtins(sensors)})
    else:
        show(report(sensors))
    return 0


def report(sensors: tuple[NearSensor, ...]) -> str:
    """A table of all that was heard, and under it how to read what can be read."""
    if not sensors:
        return NOTHING
    heard = table([("name", "address", "signal", "battery", "read as"), *map(_row, sensors)])
    readable = [s for s in sensors if s.kinds]
    if not readable:
        return f"{heard}\n\nnone of these can be read. {NOTHING[len('nothing was heard. ') :]}"
    commands = (
        f'  edge-emotion run --source ble {FLAG_OF[s.kinds[0]]} "{s.kinds[0]}={s.name or s.address}"'
        for s in readable
    )
    return f"{heard}\n\nread one with\n" + "\n".join(commands)


def _row(sensor: NearSensor) -> tuple[str, ...]:
    strength = next((word for least, word in STRENGTHS_DBM if sensor.rssi_dbm >= least), FAINT)
    battery = "" if sensor.battery_percent is None else f"{sensor.battery_percent} %"
    return (
        sensor.name or "(no name)",
        sensor.address,
        f"{sensor.rssi_dbm} dBm, {strength}",
        battery,
        ", ".join(sensor.kinds) or "cannot be read",
    )
