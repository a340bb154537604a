"""What systemd is told: ready, alive, the session's state, stopping. Without systemd nothing happens.

References
----------
sd_notify(3), systemd.service(5) ``Type=notify`` and ``WatchdogSec=``: https://www.freedesktop.org/software/systemd/man/
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from edge_emotion.runtime.state import StateChange
from edge_emotion.sinks import SinkItem
from edge_emotion.sinks.wording import state_text


class Notifier:
    """Sends datagrams to the socket that systemd named; a lost one harms nobody.

    Parameters
    ----------
    environment
        Of the process.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        meant_for = environment.get("WATCHDOG_PID", "")
        watched = not meant_for or meant_for == str(os.getpid())
        self._watchdog_us = int(environment.get("WATCHDOG_USEC", "0") or 0) if watched else 0

    @property
    def pulse_s(self) -> float | None:
        """How often to say that the process is alive: twice in systemd's patience; ``None``: nobody asks."""
        return self._watchdog_us / 2e6 if self._address and self._watchdog_us else None

    def tell(self, text: str) -> None:
        """Lines of ``NAME=value``."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.setblocking(False)
            link.sendto(text.encode(), self._address)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Ready now, alive for as long as this loop turns, stopping after."""
        self.tell("READY=1")
        pulse = asyncio.create_task(self._beat()) if self.pulse_s else None
        try:
            yield
        finally:
            self.tell("STOPPING=1")
            if pulse is not None:
                pulse.cancel()
                await asyncio.gather(pulse, return_exceptions=True)

    async def _beat(self) -> None:
        # From the session's own loop: a loop that hangs is killed and started anew.
        while self.pulse_s:
            self.tell("WATCHDOG=1")
            await asyncio.sleep(self.pulse_s)


class NotifySink:
    """Shows a session's state in ``systemctl status``.

    Parameters
    ----------
    status
        What systemd is told of all wearers.
    wearer
        Whose session it is; empty where there is one alone.
    """

    def __init__(self, status: Status, wearer: str = "") -> None:
        self._status = status
        self._wearer = wearer

    def open(self) -> None:
        """Nothing to prepare."""

    def write(self, item: SinkItem) -> None:
        if isinstance(item, StateChange):
            self._status.tell(self._wearer, state_text(item))

    def close(self) -> None:
        self._status.tell(self._wearer, "ended")


class Status:
    """One line for systemd about all wearers, such as ``anna: running; ben: stalled (eda)``.

    Parameters
    ----------
    notifier
        Who is told.
    """

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._states: dict[str, str] = {}

    def tell(self, wearer: str, text: str) -> None:
        """What a wearer's session is doing now."""
        self._states[wearer] = text
        words = (f"{name}: {said}" if name else said for name, said in self._states.items())
        self._notifier.tell(f"STATUS={'; '.join(words)}")
