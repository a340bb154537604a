"""Many wearers on one gateway: each has a session of its own, begun anew when it breaks; none of them sees another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edge_emotion.clock import Clock
from edge_emotion.errors import InputError, MissingExtraError, UsageError
from edge_emotion.runtime.session import Session, SessionSummary

PERMANENT = (UsageError, MissingExtraError, InputError)
"""What only a person can put right: wrong settings, a file that is damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """Pauses before a broken session is begun anew: doubled each time, up to a cap, for ever."""

    first_s: float = 5.0
    cap_s: float = 300.0

    def pause_s(self, failures: int) -> float:
        """Before the next attempt; ``failures`` in a row, at least 1."""
        return min(self.cap_s, self.first_s * 2.0 ** min(failures - 1, 16))


@dataclass(slots=True, kw_only=True)
class WearerResult:
    """What became of one wearer.

    Attributes
    ----------
    summary
        Of the last session that ended in good order.
    failures
        What broke a session, in order; the last few.
    restarts
        How often a session was begun anew.
    """

    summary: SessionSummary | None = None
    failures: list[str] = field(default_factory=list)
    restarts: int = 0


MakeSession = Callable[[], Session]
Tell = Callable[[str, str], None]
KEPT_FAILURES = 5


class Fleet:
    """Runs all wearers in one loop until each has ended or `stop` is called.

    Parameters
    ----------
    wearers
        Makes a fresh session, by the wearer's name.
    clock
        For the pauses.
    tell
        Called with a wearer's name and a line when its session broke.
    """

    def __init__(
        self,
        wearers: Mapping[str, MakeSession],
        clock: Clock,
        tell: Tell,
        policy: RestartPolicy | None = None,
    ) -> None:
        self._wearers = wearers
        self._clock = clock
        self._tell = tell
        self._policy = policy or RestartPolicy()
        self._running: dict[str, Session] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self.results = {name: WearerResult() for name in wearers}

    async def run(self) -> Mapping[str, WearerResult]:
        """Run; a wearer that cannot be helped ends, the others go on."""
        self._tasks = [
            asyncio.create_task(self._keep_running(name, make), name=f"wearer {name}")
            for name, make in self._wearers.items()
        ]
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return self.results

    def stop(self) -> None:
        """End all sessions in good order."""
        self._stopping = True
        for name, task in zip(self._wearers, self._tasks, strict=True):
            if name in self._running:
                self._running[name].stop()
            else:
                task.cancel()

    async def _keep_running(self, name: str, make: MakeSession) -> None:
        result, failures = self.results[name], 0
        while not self._stopping:
            session = None
            try:
                session = self._running[name] = make()
                result.summary = await session.run()
                return
            except Exception as error:  # whatever one wearer's session broke on must not reach the others
                failures = failures + 1 if session is None or not session.had_reports else 1
                result.failures = [*result.failures, f"{type(error).__name__}: {error}"][-KEPT_FAILURES:]
                if isinstance(error, PERMANENT):
                    self._tell(name, f"{error}; this wearer is left out")
                    return
                pause_s = self._policy.pause_s(failures)
                self._tell(name, f"{error or type(error).__name__}; again in {pause_s:g} s")
            finally:
                self._running.pop(name, None)
            await self._clock.sleep(pause_s)
            result.restarts += 1
