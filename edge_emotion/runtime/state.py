"""What a session is doing, in a word that a person can act on. Pure: a function of what passed, by the data's own clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from edge_emotion.sources import SensorEvent
from edge_emotion.types import NS_PER_S, Abstention, Event, Gap, GapCause, Modality, Report, Samples


class SessionState(StrEnum):
    """The word; what is wrong comes before what is said."""

    CONNECTING = "connecting"
    """A signal has not begun yet."""
    WARMING_UP = "warming_up"
    """All signals flow; less than a window, or the wearer's reference, is there."""
    RUNNING = "running"
    """The last report has a label."""
    ABSTAINING = "abstaining"
    """The last report says nothing, for a reason of the signals or the model."""
    STALLED = "stalled"
    """A sensor is connected and silent."""
    RECONNECTING = "reconnecting"
    """A sensor's link is down and is being made anew."""
    ENDED = "ended"
    """Nothing more comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A session's state from ``time_ns`` of the data's clock on.

    Parameters
    ----------
    reasons
        Modalities that are waited for, or the value of the `Abstention`; empty while running.
    """

    time_ns: int
    state: SessionState
    reasons: tuple[str, ...] = ()


_WARMING = (Abstention.WARMING_UP, Abstention.COLLECTING_REFERENCE)
_DOWN = {GapCause.STALLED: SessionState.STALLED, GapCause.DISCONNECTED: SessionState.RECONNECTING}


class StateTracker:
    """Follows one session.

    Parameters
    ----------
    modalities
        What the source will deliver.
    """

    def __init__(self, modalities: Iterable[Modality]) -> None:
        self._modalities = tuple(modalities)
        self._awaited = set(self._modalities)
        self._down: dict[Modality, SessionState] = {}
        self._ended: set[Modality] = set()
        self._verdict: Report | None = None
        self._told: tuple[SessionState, tuple[str, ...]] | None = None
        self._since_ns = self._now_ns = 0
        self._spent_ns: dict[SessionState, int] = {}

    @property
    def spent_s(self) -> Mapping[SessionState, float]:
        """Seconds of data time in each state so far."""
        spent = dict(self._spent_ns)
        if self._told is not None:
            state = self._told[0]
            spent[state] = spent.get(state, 0) + max(0, self._now_ns - self._since_ns)
        return {state: time_ns / NS_PER_S for state, time_ns in spent.items()}

    def push(self, item: Samples | SensorEvent | Event) -> StateChange | None:
        """The new state, where this item changed it."""
        match item:
            case Samples():
                self._now_ns = max(self._now_ns, item.time_ns)
                self._awaited.discard(item.modality)
                self._down.pop(item.modality, None)
            case Gap():
                self._now_ns = max(self._now_ns, item.end_ns)
                self._take_gap(item)
            case Report():
                self._verdict = item
            case SensorEvent():
                self._now_ns = max(self._now_ns, item.time_ns)
            case _:
                return None
        return self._changed()

    def _take_gap(self, gap: Gap) -> None:
        if gap.cause in _DOWN:
            self._down[gap.modality] = _DOWN[gap.cause]
        elif gap.cause is GapCause.END:
            self._awaited.discard(gap.modality)
            self._down.pop(gap.modality, None)
            self._ended.add(gap.modality)

    def _changed(self) -> StateChange | None:
        now = self._state()
        if now == self._told:
            return None
        if self._told is not None:
            spent_ns = max(0, self._now_ns - self._since_ns)
            self._spent_ns[self._told[0]] = self._spent_ns.get(self._told[0], 0) + spent_ns
        self._told, self._since_ns = now, self._now_ns
        return StateChange(time_ns=self._now_ns, state=now[0], reasons=now[1])

    def _state(self) -> tuple[SessionState, tuple[str, ...]]:
        if self._awaited:
            return SessionState.CONNECTING, tuple(m for m in self._modalities if m in self._awaited)
        for state in (SessionState.RECONNECTING, SessionState.STALLED):
            if found := tuple(m for m in self._modalities if self._down.get(m) is state):
                return state, found
        if self._ended.issuperset(self._modalities):
            return SessionState.ENDED, ()
        if self._verdict is None:
            return SessionState.WARMING_UP, (Abstention.WARMING_UP,)
        if self._verdict.abstention is None:
            return SessionState.RUNNING, ()
        state = SessionState.WARMING_UP if self._verdict.abstention in _WARMING else SessionState.ABSTAINING
        return state, (self._verdict.abstention,)
