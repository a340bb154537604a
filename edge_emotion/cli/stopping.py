"""Ending in good order on Ctrl-C and SIGTERM, and telling systemd meanwhile that this process is alive."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from edge_emotion.service.notify import Notifier

T = TypeVar("T")


async def until_stopped(work: Awaitable[T], stop: Callable[[], None]) -> T:
    """Await ``work``; a signal calls ``stop``, after which it should end."""
    loop = asyncio.get_running_loop()
    handled = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(
            NotImplementedError, RuntimeError
        ):  # no handlers on Windows, none outside of the main thread
            loop.add_signal_handler(number, stop)
            handled.append(number)
    try:
        async with Notifier().serving():
            return await work
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
