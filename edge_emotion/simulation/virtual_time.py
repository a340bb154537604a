"""Time that passes only while nobody has anything to do: an hour of Bluetooth in seconds, the same on a busy machine.

Everything that runs on a `VirtualTimeLoop` sees one axis of time, which begins at zero. When no callback is ready and no file
is, the loop jumps to the next timer instead of waiting for it. Work of other threads is waited for in real time, while the
virtual time stands still.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any

from edge_emotion.types import NS_PER_S

Event = tuple[selectors.SelectorKey, int]


class _JumpingSelector(selectors.BaseSelector):
    """Looks at the real files without waiting, and adds up what it was asked to wait."""

    def __init__(self) -> None:
        self.waited_s = 0.0
        self._real = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[Event]:
        if timeout is None:  # no timer at all: only a file or another thread can go on
            return self._real.select(None)
        ready = self._real.select(0)
        if not ready:
            self.waited_s += max(0.0, timeout)
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop of which `time` jumps; hand it to `asyncio.Runner` as ``loop_factory``."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._jumping.waited_s


class VirtualClock:
    """The running `VirtualTimeLoop`'s time; any loop's, really."""

    def monotonic_ns(self) -> int:
        """Nanoseconds of the loop's time."""
        return round(asyncio.get_running_loop().time() * NS_PER_S)

    async def sleep(self, seconds: float) -> None:
        """Wait, which takes no time."""
        await asyncio.sleep(seconds)
