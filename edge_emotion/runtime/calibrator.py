"""Samples in, a person's reference out: the pure part of ``edge-emotion calibrate``."""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

from edge_emotion.bundle.manifest import Manifest
from edge_emotion.engines import Engine
from edge_emotion.runtime.normalise import Normaliser
from edge_emotion.runtime.own_threshold import RestWindows
from edge_emotion.runtime.reference import RoleReference
from edge_emotion.runtime.rest import RestJudge, RestVerdict
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.features import CARDIAC_FEATURES, EDA_FEATURES
from edge_emotion.types import NS_PER_S, ROLE_OF, Gap, Modality, Quality, Role, Samples, Window

_HEART_RATE = CARDIAC_FEATURES.index("mean_heart_rate_bpm")
_SCR_RATE = EDA_FEATURES.index("scr_per_min")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestProgress:
    """One window of the rest, for whoever watches; figures are nan where the signal is of no use.

    Parameters
    ----------
    elapsed_s, wanted_s
        How long the rest has lasted, by the data's clock, and how long it is to last.
    """

    elapsed_s: float
    wanted_s: float
    heart_rate_bpm: float
    eda_us: float
    scr_per_min: float
    quality: tuple[Quality, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationOutcome:
    """The verdict on the declared signals and, if they were rest, the reference; else ``roles`` is empty.

    ``rest_logits`` is what the network says of the rest, one a class; empty where it was none, or the bundle does not ask.
    """

    verdict: RestVerdict
    roles: tuple[RoleReference, ...]
    rest_logits: tuple[float, ...] = ()


class Calibrator:
    """One guided rest.

    Parameters
    ----------
    manifest
        Of the bundle that the reference is for.
    modalities
        What will be pushed: at most one per role.
    rest_s
        How long the rest is to last; one window at least is waited for.
    engine
        The bundle's model, for a threshold of the wearer's own; ``None`` where the bundle does not ask for one.
    """

    def __init__(
        self,
        manifest: Manifest,
        modalities: tuple[Modality, ...],
        rest_s: float,
        engine: Engine | None = None,
    ) -> None:
        # A guided rest is repeated when it was bad, so it must be judged on its own length, and never prolonged.
        spec = msgspec.structs.replace(manifest.normalisation, reference_s=rest_s)
        quality = manifest.decision.minimum_quality
        self._rest_s = rest_s
        self._modalities = modalities
        self._roles = tuple(ROLE_OF[m] for m in modalities if m in ROLE_OF)
        self._chain = Chain(manifest.signals, modalities)
        self._normaliser = Normaliser(spec, quality)
        self._judge = RestJudge(spec, quality)
        self._engine = engine
        self._rest = RestWindows()
        self._first_ns: int | None = None
        self.done = False

    def push(self, item: Samples | Gap) -> list[RestProgress]:
        """What this item adds; after the rest is over nothing does."""
        if self.done:
            return []
        windows = [event for event in self._chain.push(item) if isinstance(event, Window)]
        # A long packet may reach beyond the end of the rest: what lies there is not part of it.
        return [self._take(window) for window in windows if not self.done]

    def outcome(self) -> CalibrationOutcome:
        """The judgement on what was seen so far; raises `EngineError` if the model fails on it."""
        verdict = self._judge.verdict().about(self._roles)
        if verdict.findings:
            return CalibrationOutcome(verdict=verdict, roles=())
        roles = self._normaliser.references(self._modalities)
        said = () if self._engine is None else self._rest.logits(self._normaliser, self._engine)
        return CalibrationOutcome(verdict=verdict, roles=roles, rest_logits=said)

    def _take(self, window: Window) -> RestProgress:
        self._normaliser.push(window)
        self._judge.push(window)
        if self._engine is not None:
            self._rest.keep(window)
        if self._first_ns is None:
            self._first_ns = window.start_ns if window.complete else window.end_ns
        elif window.complete:
            self._first_ns = min(self._first_ns, window.start_ns)
        elapsed_s = (window.end_ns - self._first_ns) / NS_PER_S
        self.done = window.complete and self._judge.measures().lasted_s >= self._rest_s
        return self._progress(window, elapsed_s)

    def _progress(self, window: Window, elapsed_s: float) -> RestProgress:
        usable = {q.role: q.index > 0 for q in window.quality}
        rate_bpm = float(window.tensors["cardiac_features"][_HEART_RATE])
        heart = usable[Role.CARDIAC] and rate_bpm > 0
        skin = usable[Role.EDA]
        return RestProgress(
            elapsed_s=elapsed_s,
            wanted_s=self._rest_s,
            heart_rate_bpm=rate_bpm if heart else math.nan,
            eda_us=float(window.tensors["eda"][0].mean()) if skin else math.nan,
            scr_per_min=float(window.tensors["eda_features"][_SCR_RATE]) if skin else math.nan,
            quality=tuple(q for q in window.quality if q.role in self._roles),
        )
