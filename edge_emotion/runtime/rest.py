"""Was it rest? Judged from the windows of the minutes that are to become the wearer's reference.

A reference that was taken while the person walked, talked or worried makes everything after it look calm. This judge refuses what
it can see to be no rest and says why; it cannot see everything, and `docs/decisions/036-was-it-rest.md` says how much it misses.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import NormalisationSpec
from edge_emotion.signals.features import CARDIAC_FEATURES, EDA_FEATURES
from edge_emotion.types import NS_PER_S, QualityReason, Role, Window

LONGEST_WINDOWS = 4096
"""Of a rest that is prolonged for ever only so many last windows are kept."""

TREND_S = 100.0
"""Over less than this between first and last window end neither a slope nor a wander is told."""

_HEART_RATE = CARDIAC_FEATURES.index("mean_heart_rate_bpm")
_LOG_LEVEL = EDA_FEATURES.index("log_mean_level_us")
_SCR_RATE = EDA_FEATURES.index("scr_per_min")

Doubles = NDArray[np.float64]


class RestReason(StrEnum):
    """Why some minutes are no reference."""

    TOO_SHORT = "too_short"
    """They did not last as long as the reference must."""
    POOR_SIGNAL = "poor_signal"
    """Too few windows of a signal are good."""
    MOVING = "moving"
    """Too few windows of a signal are good, and movement is why."""
    RISING_AROUSAL = "rising_arousal"
    """Heart rate or skin conductance climbed from beginning to end."""
    UNSTEADY = "unsteady"
    """The heart rate wandered more than it does at rest."""
    AROUSED = "aroused"
    """More skin-conductance responses than at rest."""
    IMPLAUSIBLE = "implausible"
    """A figure that no resting person has: a sensor that is not worn right, or somebody running."""


ABOUT_THE_SIGNAL = (RestReason.TOO_SHORT, RestReason.POOR_SIGNAL, RestReason.MOVING)
"""Reasons that spoil one signal's reference; the others are about the person and spoil all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestLimits:
    """What rest stays below; see `REST_LIMITS` for where the figures come from.

    Parameters
    ----------
    heart_rate_slope_bpm_per_min, level_slope_per_min
        Least-squares slope of the windows' mean heart rate, and of the logarithm of their mean skin conductance.
    heart_rate_wander_bpm
        Standard deviation of the windows' mean heart rates.
    scr_per_min
        Mean rate of responses.
    heart_rate_bpm, level_us
        Plausible range of the means, ends included.
    """

    heart_rate_slope_bpm_per_min: float
    heart_rate_wander_bpm: float
    level_slope_per_min: float
    scr_per_min: float
    heart_rate_bpm: tuple[float, float] = (35.0, 120.0)
    level_us: tuple[float, float] = (0.02, 60.0)


REST_LIMITS = RestLimits(
    heart_rate_slope_bpm_per_min=2.5,
    heart_rate_wander_bpm=3.0,
    level_slope_per_min=0.2,
    scr_per_min=6.5,
)
"""The 95th percentiles of the training people of Stress-Predict in their first five minutes, rounded (`benchmarks/rest.py`).
The plausible ranges are physiology and not from data: a resting adult outside of them is a sensor that is not worn right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestMeasures:
    """What the judge saw; nan where too little is known.

    Parameters
    ----------
    lasted_s
        From the start of the first to the end of the last whole window.
    good_share
        Good windows by role, as a share of those that the reference needs to see; at most 1.
    moving_share
        By role: of the windows that were not good, those with movement among the reasons.
    """

    lasted_s: float
    good_share: Mapping[Role, float]
    moving_share: Mapping[Role, float]
    heart_rate_bpm: float
    heart_rate_slope_bpm_per_min: float
    heart_rate_wander_bpm: float
    level_us: float
    level_slope_per_min: float
    scr_per_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RestFinding:
    """One reason, the signal that gave it, what was measured and what is allowed."""

    reason: RestReason
    role: Role
    measure: str
    value: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RestVerdict:
    """Everything that speaks against these minutes."""

    findings: tuple[RestFinding, ...]
    measures: RestMeasures

    @property
    def reasons(self) -> tuple[RestReason, ...]:
        """Each reason once, in the order of `RestReason`."""
        found = {f.reason for f in self.findings}
        return tuple(r for r in RestReason if r in found)

    def about(self, roles: Sequence[Role]) -> RestVerdict:
        """The same without what is said about signals that nobody declared."""
        kept = tuple(f for f in self.findings if f.role in roles)
        return RestVerdict(findings=kept, measures=self.measures)

    def allows(self, role: Role) -> bool:
        """Whether this signal may be compared with these minutes from now on."""
        against = (f for f in self.findings if f.role is role or f.reason not in ABOUT_THE_SIGNAL)
        return not any(against)


@dataclass(frozen=True, slots=True)
class _Seen:
    end_ns: int
    good: tuple[bool, ...]
    moving: tuple[bool, ...]
    heart_rate_bpm: float
    log_level: float
    scr_per_min: float


class RestJudge:
    """Sees the windows of a rest one after the other, of any packetisation; pure, and small whatever the rest lasts.

    Parameters
    ----------
    spec
        How long a reference is and which share of its windows must be good.
    minimum_quality
        A role's window is good from this quality on.
    """

    def __init__(
        self, spec: NormalisationSpec, minimum_quality: float, limits: RestLimits = REST_LIMITS
    ) -> None:
        self._spec = spec
        self._minimum_quality = minimum_quality
        self._limits = limits
        self._first_ns: int | None = None
        self._needed = 0
        self._seen: deque[_Seen] = deque(maxlen=LONGEST_WINDOWS)

    def push(self, window: Window) -> None:
        """Take the next window; one that is not complete yet is passed over."""
        if not window.complete:
            return
        if self._first_ns is None:
            self._first_ns = window.start_ns
        if window.end_ns - self._first_ns <= self._spec.reference_s * NS_PER_S:
            self._needed += 1
        quality = {q.role: q for q in window.quality}
        good = tuple(quality[role].index >= self._minimum_quality for role in Role)
        cardiac, eda = window.tensors["cardiac_features"], window.tensors["eda_features"]
        row = _Seen(
            end_ns=window.end_ns,
            good=good,
            moving=tuple(QualityReason.MOTION in quality[role].reasons for role in Role),
            heart_rate_bpm=float(cardiac[_HEART_RATE]) if good[0] else math.nan,
            log_level=float(eda[_LOG_LEVEL]) if good[1] else math.nan,
            scr_per_min=float(eda[_SCR_RATE]) if good[1] else math.nan,
        )
        self._seen.append(row)

    def measures(self) -> RestMeasures:
        """What is known by now."""
        rows = self._seen
        minutes = np.array([r.end_ns for r in rows], np.float64) / (60 * NS_PER_S)
        rate_bpm = np.array([r.heart_rate_bpm for r in rows], np.float64)
        log_level = np.array([r.log_level for r in rows], np.float64)
        first_ns = self._first_ns if self._first_ns is not None else 0
        return RestMeasures(
            lasted_s=(rows[-1].end_ns - first_ns) / NS_PER_S if rows else 0.0,
            good_share={role: self._good_share(i) for i, role in enumerate(Role)},
            moving_share={role: self._moving_share(i) for i, role in enumerate(Role)},
            heart_rate_bpm=_mean(rate_bpm),
            heart_rate_slope_bpm_per_min=_slope(minutes, rate_bpm),
            heart_rate_wander_bpm=_wander(minutes, rate_bpm),
            level_us=math.exp(_mean(log_level)),
            level_slope_per_min=_slope(minutes, log_level),
            scr_per_min=_mean(np.array([r.scr_per_min for r in rows], np.float64)),
        )

    def verdict(self) -> RestVerdict:
        """What speaks against taking the minutes so far as the wearer's rest."""
        seen, limits = self.measures(), self._limits
        findings = [finding for role in Role for finding in self._about_signal(seen, role)]
        for reason, role, name in (
            (RestReason.RISING_AROUSAL, Role.CARDIAC, "heart_rate_slope_bpm_per_min"),
            (RestReason.RISING_AROUSAL, Role.EDA, "level_slope_per_min"),
            (RestReason.UNSTEADY, Role.CARDIAC, "heart_rate_wander_bpm"),
            (RestReason.AROUSED, Role.EDA, "scr_per_min"),
        ):
            value, limit = getattr(seen, name), getattr(limits, name)
            if value > limit:
                findings.append(RestFinding(reason=reason, role=role, measure=name, value=value, limit=limit))
        for role, name in ((Role.CARDIAC, "heart_rate_bpm"), (Role.EDA, "level_us")):
            value, (low, high) = getattr(seen, name), getattr(limits, name)
            if value < low or value > high:
                limit = low if value < low else high
                implausible = RestFinding(
                    reason=RestReason.IMPLAUSIBLE, role=role, measure=name, value=value, limit=limit
                )
                findings.append(implausible)
        return RestVerdict(findings=tuple(findings), measures=seen)

    def _about_signal(self, seen: RestMeasures, role: Role) -> list[RestFinding]:
        found = []
        if seen.lasted_s < self._spec.reference_s:
            short = RestFinding(
                reason=RestReason.TOO_SHORT,
                role=role,
                measure="lasted_s",
                value=seen.lasted_s,
                limit=self._spec.reference_s,
            )
            found.append(short)
        share = seen.good_share[role]
        if share < self._spec.minimum_good_share or share == 0:
            moving = seen.moving_share[role] >= 0.5
            poor = RestFinding(
                reason=RestReason.MOVING if moving else RestReason.POOR_SIGNAL,
                role=role,
                measure="good_share",
                value=share,
                limit=self._spec.minimum_good_share,
            )
            found.append(poor)
        return found

    def _good_share(self, column: int) -> float:
        return min(1.0, sum(r.good[column] for r in self._seen) / max(1, self._needed))

    def _moving_share(self, column: int) -> float:
        bad = [r.moving[column] for r in self._seen if not r.good[column]]
        return sum(bad) / len(bad) if bad else 0.0


def _known(values: Doubles) -> NDArray[np.bool_]:
    return ~np.isnan(values)


def _mean(values: Doubles) -> float:
    known = values[_known(values)]
    return float(known.mean()) if len(known) else math.nan


def _spans_enough(minutes: Doubles, values: Doubles) -> bool:
    known = minutes[_known(values)]
    return len(known) >= 3 and float(known[-1] - known[0]) * 60 >= TREND_S


def _slope(minutes: Doubles, values: Doubles) -> float:
    """Least-squares slope per minute over the windows that are known."""
    if not _spans_enough(minutes, values):
        return math.nan
    x, y = minutes[_known(values)], values[_known(values)]
    centred = x - x.mean()
    return float((centred * y).sum() / (centred * centred).sum())


def _wander(minutes: Doubles, values: Doubles) -> float:
    if not _spans_enough(minutes, values):
        return math.nan
    return float(values[_known(values)].std())
