"""What the header of a power trace says: where time, current, voltage and power stand, and in which units.

Known from their makers' or writers' code:

- Power Profiler Kit II: ``Timestamp(ms),Current(uA)``, then ``,Bits``, ``,D0-D7`` or ``,D0,D1,...,D7`` or nothing, by what was
  ticked in its export (NordicSemiconductor/pc-nrfconnect-ppk, src/components/SaveExport).
- Joulescope UI before version 1, samples: ``#time (s),current (A),voltage (V)``, and none where "add header" is off; statistics:
  ``#time,current,voltage,power,charge,energy`` in SI units, each row the mean of the interval that ends at its time
  (jetperch/pyjoulescope_ui, exporter.py and statistics_record.py; jetperch/pyjoulescope_examples, bin/downsample_logging.py).
- FNIRSI FNB48, FNB58, C1: ``timestamp sample_in_packet voltage_V current_A ...``, spaces between, Unix time in seconds
  (baryluk/fnirsi-usb-power-data-logger, fnirsi_logger.py).
- RuiDeng UM and TC: ``Time,Voltage (V),Current (A),Power (W),...,Unix time,...`` (kolinger/rd-usb, utils/formatting.py).
- WITRN: ``time (HH:MM:SS:MS),voltage (mV),current (mA),...`` (didim99/usbmeter-utils, wtm2csv.py).
- USB-C analysers: ``Timestamp(us),Vbus(V),Ibus(A),Power(W)``.
- Monsoon: ``Time(ms),Main(mA),Main Voltage(V)`` with seconds under ``ms`` (msoon/PyMonsoon, sampleEngine.py), so refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from edge_emotion.errors import InputError

Quantity = Literal["time", "current", "voltage", "power"]

_NAMES: Mapping[Quantity, tuple[str, ...]] = {
    "time": ("time", "timestamp", "elapsed", "t", "seconds", "unix_time", "monotonic"),
    "current": ("current", "i", "amps", "amperage", "ibus", "main"),
    "voltage": ("voltage", "v", "volts", "bus_voltage", "vbus", "main_voltage"),
    "power": ("power", "p", "watts", "power_instant"),
}
_SCALES: Mapping[Quantity, Mapping[str, float]] = {
    "time": {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9},
    "current": {"a": 1.0, "ma": 1e-3, "ua": 1e-6, "na": 1e-9},
    "voltage": {"v": 1.0, "mv": 1e-3},
    "power": {"w": 1.0, "mw": 1e-3, "uw": 1e-6},
}
_SI_BY_NAME = frozenset({"seconds", "unix_time", "amps", "volts", "watts"})
"""Names that are units themselves."""
_JOULESCOPE_MEANS = ("time", "current", "voltage", "power", "charge", "energy")
_FNIRSI = ("timestamp", "sample_in_packet")
_MONSOON = "main"
_CELL = re.compile(r"#?\s*([^(\[#]+?)\s*(?:[(\[]\s*([^)\]]*?)\s*[)\]])?")
_SUFFIX = re.compile(r"(.+)_([a-z]{1,2})")
_CLOCK_UNIT = re.compile(r"hh:mm:ss([:.]\w+)?")
SPACES = " "
DELIMITERS = (",", ";", "\t", SPACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where a quantity stands, and what brings it to SI units; ``None``: no unit is told, so only clocks and dates will do."""

    index: int
    name: str
    scale: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What to read of each line.

    Parameters
    ----------
    columns
        Time, and power or current with voltage where the file has it.
    means
        A reading is the mean since the one before, not the value of a moment.
    """

    columns: Mapping[Quantity, Column]
    delimiter: str
    means: bool = False


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line."""
    return line.split() if delimiter == SPACES else next(csv.reader([line], delimiter=delimiter), [])


def header_of(line: str, path: object) -> Header | None:
    """What a line names, ``None`` where it names no time and power.

    Raises
    ------
    InputError
        If it names them without units, or is known to name the wrong one; ``path`` is for the message.
    """
    for delimiter in DELIMITERS:
        named = [_name_and_unit(cell) for cell in cells_of(line.strip(), delimiter)]
        names = tuple(name for name, _ in named)
        si = names[: len(_JOULESCOPE_MEANS)] == _JOULESCOPE_MEANS
        found = _quantities(named, si=si, fnirsi=names[: len(_FNIRSI)] == _FNIRSI)
        if "time" in found and ("power" in found or "current" in found):
            _refuse_monsoon(named, path)
            return Header(columns=_wanted(found, path), delimiter=delimiter, means=si)
    return None


def _name_and_unit(cell: str) -> tuple[str, str]:
    """In lower case, with underscores; the unit is empty where none stands in brackets."""
    match = _CELL.fullmatch(cell.strip())
    if match is None:
        return "", ""
    unit = (match[2] or "").lower().replace("µ", "u").replace("μ", "u")
    return match[1].strip().lower().replace(" ", "_"), unit


def _quantities(named: Sequence[tuple[str, str]], *, si: bool, fnirsi: bool) -> dict[Quantity, Column]:
    """Columns by quantity; one that says its unit comes before one that does not, else the first of two counts."""
    found: dict[Quantity, Column] = {}
    for index, (whole, told) in enumerate(named):
        name, unit = whole, told
        if not unit and (suffix := _SUFFIX.fullmatch(name)) and _known(suffix[1], suffix[2]):
            name, unit = suffix[1], suffix[2]
        for quantity, names in _NAMES.items():
            if name not in names:
                continue
            scale = _SCALES[quantity].get(unit)
            if unit and scale is None and not (quantity == "time" and _CLOCK_UNIT.fullmatch(unit)):
                continue  # an angle or a share with the name of a current
            if not unit and (si or name in _SI_BY_NAME or (fnirsi and quantity == "time")):
                scale = 1.0
            known = found.get(quantity)
            if known is None or (known.scale is None and scale is not None):
                found[quantity] = Column(index=index, name=whole, scale=scale)
    return found


def _known(name: str, unit: str) -> bool:
    return any(name in names and unit in _SCALES[quantity] for quantity, names in _NAMES.items())


def _wanted(found: Mapping[Quantity, Column], path: object) -> dict[Quantity, Column]:
    """Time, and power if it has a unit, else current and voltage."""
    told: tuple[Quantity, ...] = ("power",)
    if "power" not in found or (found["power"].scale is None and "current" in found):
        told = ("current", "voltage") if "voltage" in found else ("current",)
    for quantity in told:
        if found[quantity].scale is None:
            raise no_unit(found[quantity].name, quantity, path)
    return {"time": found["time"], **{q: found[q] for q in told}}


def no_unit(name: str, quantity: Quantity, path: object) -> InputError:
    """What to say of a column whose unit nobody knows."""
    allowed = ", ".join(f"{name} ({unit})" for unit in ("s", "ms", "us")) if quantity == "time" else None
    units = {"current": ("A", "mA", "uA"), "voltage": ("V", "mV"), "power": ("W", "mW")}
    allowed = allowed or ", ".join(f"{name} ({unit})" for unit in units[quantity])
    return InputError(
        f"{path}: its header gives {name!r} no unit, and a wrong guess is wrong a thousandfold; "
        f"write the unit into the header: {allowed}"
    )


def _refuse_monsoon(named: Sequence[tuple[str, str]], path: object) -> None:
    units = dict(named)
    if _MONSOON in units and units.get("time") == "ms":
        raise InputError(
            f"{path}: Monsoon's tool writes seconds into a column that it calls Time(ms); "
            "look at its last time, and write Time(s) into the header if it is seconds, timestamp(ms) if not"
        )
