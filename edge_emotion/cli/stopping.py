"""Ending in good order on Ctrl-C and SIGTERM, and telling systemd meanwhile that this process is alive."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from edge_emotion.service.notify import Notifier

T = TypeVar("T")


@contextmanager
def on_stop_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` in the running loop when the process is asked to end; afterwards signals mean what they did before."""
    loop = asyncio.get_running_loop()
    handled = []
    for number in (signal.SIGINT, signal.SIGTERM):
        # no handlers on Windows, none outside of the main thread
        with suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, stop)
            handled.append(number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


async def until_stopped(work: Awaitable[T], stop: Callable[[], None]) -> T:
    """Await ``work``; a signal calls ``stop``, after which it should end."""
    with on_stop_signal(stop):
        async with Notifier().serving():
            return await work
