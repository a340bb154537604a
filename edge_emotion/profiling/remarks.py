"""What a reader must know before believing a result."""

from __future__ import annotations

import msgspec

from edge_emotion.profiling.result import Conditions, Context, Result, Throttling

BUSY_LOAD_SHARE = 0.5
INVALID = "invalid"
"""Remarks that begin so make the figures worthless."""


def remarks_on(context: Context) -> tuple[str, ...]:
    """What is to be said about where and when it was measured."""
    remarks = []
    limited = limits(context.before.throttling, context.after.throttling)
    if limited:
        remarks.append(f"{INVALID}: the board was limited during the run ({', '.join(limited)})")
    if context.emulated:
        remarks.append(f"{INVALID}: the processor is emulated, times mean nothing")
    if context.before.governor not in (None, "performance"):
        remarks.append(f"governor {context.before.governor}: times include the way up to full speed")
    load = context.before.load_1min
    if load is not None and load > BUSY_LOAD_SHARE * context.cpus:
        remarks.append(f"the machine was busy before the run began (load {load:g} on {context.cpus} CPUs)")
    return tuple(remarks)


def limits(before: Throttling | None, after: Throttling | None) -> tuple[str, ...]:
    """What limited the board at either end or between: the bits "since boot" that came in the meantime tell of the latter.

    A limit that was there since boot, came again and went is not seen: the firmware keeps no count.
    """
    known = set(before.since_boot) if before else set()
    # Without a reading before there is nothing that says when a limit since boot was.
    between = [name for name in after.since_boot if name not in known] if before and after else []
    ends = [name for told in (before, after) if told for name in told.now]
    return tuple(dict.fromkeys((*ends, *between)))


def is_valid(remarks: tuple[str, ...]) -> bool:
    """Whether none of them makes the figures worthless."""
    return not any(remark.startswith(INVALID) for remark in remarks)


def looked_again(result: Result, after: Conditions) -> Result:
    """The result after another pass, such as energy's: the end is now, and what was said of the first end stays."""
    context = msgspec.structs.replace(result.context, after=after)
    remarks = tuple(dict.fromkeys((*result.remarks, *remarks_on(context))))
    return msgspec.structs.replace(result, context=context, remarks=remarks, valid=is_valid(remarks))
