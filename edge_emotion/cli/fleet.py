"""``run`` with several wearers: their settings, one shared model, one line a wearer at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from edge_emotion.cli.common import say, show
from edge_emotion.cli.run_config import RunConfig, WearerConfig
from edge_emotion.cli.stopping import until_stopped
from edge_emotion.cli.wearer import Prepared, Shared, prepare
from edge_emotion.clock import SystemClock
from edge_emotion.errors import UsageError
from edge_emotion.runtime.fleet import Fleet, WearerResult
from edge_emotion.runtime.session import Session
from edge_emotion.service.notify import Notifier, NotifySink, Status
from edge_emotion.sinks import Sink

PLACE = "{wearer}"
_ON_DISK = ("jsonl:", "csv:", "influx:")


def wearers_of(config: RunConfig) -> dict[str, RunConfig]:
    """Each wearer's own settings.

    Raises
    ------
    UsageError
        If a name comes twice, or two wearers would write to the same place.
    """
    found: dict[str, RunConfig] = {}
    for wearer in config.wearer:
        if wearer.name in found:
            raise UsageError(f"two wearers are called {wearer.name!r}; give each a name of its own")
        found[wearer.name] = _own(config, wearer)
    # Recordings get a folder each by themselves, see `_own`.
    files = (sink for sink in config.sink if sink.startswith(_ON_DISK) and "://" not in sink)
    for place in (*files, config.picture):
        if place and PLACE not in place:
            raise UsageError(
                f"{place}: several wearers cannot share it; write {PLACE} where the name belongs"
            )
    return found


def run_fleet(config: RunConfig, shared: Shared, common_sinks: Sequence[Sink]) -> int:
    """Run all wearers; 0 also where one had to be left out, because the others ran.

    Parameters
    ----------
    common_sinks
        Get the events of every wearer; opened and closed with each of their sessions.
    """
    wearers = wearers_of(config)

    made: dict[str, Prepared] = {}
    status = Status(Notifier())

    def maker(own: RunConfig) -> Session:
        name = own.wearer_name
        if broken := made.pop(name, None):  # what it left behind is said before the next one begins
            _tell_closing(name, broken, say)
        made[name] = prepare(own, shared, [*common_sinks, NotifySink(status, name)])
        return made[name].session

    fleet = Fleet(
        {name: partial(maker, own) for name, own in wearers.items()},
        SystemClock(),
        lambda name, line: say(f"edge-emotion: {name}: {line}"),
    )
    results = asyncio.run(until_stopped(fleet.run(), fleet.stop))
    tell = say if config.json else show
    for name, result in results.items():
        tell(f"{name}: {_line(result)}")
        if name in made:
            _tell_closing(name, made[name], tell)
    if all(r.summary is None for r in results.values()):
        raise UsageError("no wearer's session could be run; see above")
    return 0


def _own(config: RunConfig, wearer: WearerConfig) -> RunConfig:
    changed = {
        field: value
        for field in WearerConfig.__struct_fields__
        if field != "name" and (value := getattr(wearer, field)) is not None
    }
    own = msgspec.structs.replace(config, **changed, wearer=(), wearer_name=wearer.name)
    record = f"{own.record}/{wearer.name}" if own.record and PLACE not in own.record else own.record
    return msgspec.structs.replace(
        own,
        sink=tuple(sink.replace(PLACE, wearer.name) for sink in own.sink),
        picture=own.picture.replace(PLACE, wearer.name) if own.picture else None,
        record=record.replace(PLACE, wearer.name) if record else None,
    )


def _tell_closing(name: str, prepared: Prepared, tell: Callable[[str], None]) -> None:
    for line in prepared.closing_lines():
        tell(f"{name}: {line}")


def _line(result: WearerResult) -> str:
    again = f", begun anew {result.restarts} times" if result.restarts else ""
    if result.summary is None:
        return f"no session ended well{again}: {result.failures[-1] if result.failures else 'stopped'}"
    verdicts = ", ".join(f"{name} {count}" for name, count in sorted(result.summary.verdicts.items()))
    return f"{result.summary.reports} reports ({verdicts or 'none'}){again}"
