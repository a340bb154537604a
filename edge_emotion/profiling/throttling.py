"""``vcgencmd get_throttled``: bits as the Raspberry Pi documentation (computers/os.html, get_throttled) names them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from edge_emotion.profiling.result import Throttling
from edge_emotion.profiling.vcgencmd import ask

BITS: Mapping[int, str] = {
    0: "under-voltage",
    1: "frequency capped",
    2: "throttled",
    3: "soft temperature limit",
}
SINCE_BOOT = 16


def throttling() -> Throttling | None:
    """What this board says; ``None`` where there is nobody to ask."""
    told = ask("get_throttled")
    return None if told is None else decode_throttled(told)


def decode_throttled(told: str) -> Throttling | None:
    """Decode a line such as ``throttled=0x50005``; ``None`` if it is no such line."""
    found = re.search(r"throttled=(0x[0-9a-fA-F]+|\d+)", told)
    if found is None:
        return None
    bits = int(found[1], 0)
    return Throttling(
        raw=found[1],
        now=tuple(name for bit, name in BITS.items() if bits >> bit & 1),
        since_boot=tuple(name for bit, name in BITS.items() if bits >> (bit + SINCE_BOOT) & 1),
    )
