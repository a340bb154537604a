"""Waiting with a limit on the injected clock."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from edge_emotion.clock import Clock

T = TypeVar("T")

SLICES = 10
"""The limit is slept in this many slices: a pause of the whole process (suspend, a starved board) uses up one of them, not
the sensor's whole chance to answer."""


async def within(clock: Clock, seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``; it is cancelled when it takes longer than ``seconds``.

    Raises
    ------
    TimeoutError
        If it takes longer.
    """
    task = asyncio.ensure_future(work)
    try:
        for _ in range(SLICES):
            timer = asyncio.ensure_future(clock.sleep(seconds / SLICES))
            try:
                await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                timer.cancel()
            if task.done():
                return task.result()
        raise TimeoutError(f"nothing within {seconds:g} s")
    finally:
        task.cancel()
        await asyncio.gather(task, timer, return_exceptions=True)
