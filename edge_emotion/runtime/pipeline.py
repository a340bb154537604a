"""Samples in, reports out: chain, normalisation, inference and decision in one pure object."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from edge_emotion.bundle.manifest import Manifest
from edge_emotion.clock import Clock
from edge_emotion.engines import Engine
from edge_emotion.engines.streaming import own_state
from edge_emotion.runtime.decision import Decider, refuse_before_inference
from edge_emotion.runtime.normalise import NormalisedWindow, Normaliser
from edge_emotion.runtime.own_threshold import OwnThreshold
from edge_emotion.runtime.reference import RoleReference
from edge_emotion.runtime.rest import RestVerdict
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.features import CARDIAC_FEATURES, EDA_FEATURES
from edge_emotion.types import Abstention, Event, FloatArray, Gap, Modality, Report, Role, Samples, Window

_HEART_RATE = CARDIAC_FEATURES.index("mean_heart_rate_bpm")
_LOG_RMSSD = CARDIAC_FEATURES.index("log_rmssd_ms")
_SCR_RATE = EDA_FEATURES.index("scr_per_min")

Timer = Callable[[], int]


class Pipeline:
    """One wearer's session.

    Parameters
    ----------
    manifest
        Of the bundle whose model ``engine`` runs.
    engine
        The loaded model; several pipelines may share it.
    modalities
        What will be pushed: at most one per role.
    clock
        Tells the age of the data at emission; without it ``data_age_ms`` is nan (replay has no age).
    timer
        Nanosecond counter for the latency of the stages; no decision depends on it.
    reference
        What `edge-emotion calibrate` stored about the wearer (`StoredReference.roles`); empty: the session's first minutes.
    rest_logits
        What this network said of that stored rest, if it was asked (`StoredReference.rest_logits_for`).
    """

    def __init__(
        self,
        manifest: Manifest,
        engine: Engine,
        modalities: tuple[Modality, ...],
        clock: Clock | None = None,
        timer: Timer = time.perf_counter_ns,
        reference: Sequence[RoleReference] = (),
        rest_logits: Sequence[float] = (),
    ) -> None:
        self.manifest = manifest
        self._engine = own_state(engine)
        self._clock = clock
        self._timer = timer
        self._chain = Chain(manifest.signals, modalities)
        minimum_quality = manifest.decision.minimum_quality
        self._normaliser = Normaliser(manifest.normalisation, minimum_quality, reference)
        self._threshold = OwnThreshold(manifest.decision, bool(reference), rest_logits)
        self._decider = Decider(manifest.decision, manifest.labels)

    def reset(self) -> None:
        """Become as new: another session, and another wearer unless a stored reference says whose it is."""
        self._chain.reset()
        self._normaliser.reset()
        self._threshold.reset()
        self._decider.reset()

    @property
    def reference_verdicts(self) -> Mapping[Role, RestVerdict]:
        """What was said about this session's first minutes, by role, once they were over."""
        return self._normaliser.reference_verdicts

    def push(self, item: Samples | Gap) -> list[Event]:
        """Events that this item completes; each `Window` is followed by its `Report`.

        Raises
        ------
        RecordingError
            If the bundle has no filter for the sampling rate.
        EngineError
            If the engine fails.
        """
        events: list[Event] = []
        for event in self._chain.push(item):
            events.append(event)
            if isinstance(event, Window):
                events.append(self._report(event))
        return events

    def _report(self, window: Window) -> Report:
        began_ns = self._timer()
        normalised = self._normaliser.push(window)
        normalised_ns = self._timer()
        self._threshold.watch(window, normalised.reference_ready, self._normaliser, self._engine)
        abstention = refuse_before_inference(window, normalised, self.manifest.decision)
        if abstention is not None:
            self._decider.reset()
            latency = {"normalise": (normalised_ns - began_ns) / 1e6}
            return self._filled(window, normalised, None, abstention, {}, {}, latency)
        outputs = self._engine.run({name: values[np.newaxis] for name, values in normalised.inputs.items()})
        inferred_ns = self._timer()
        decision = self._decider.push(self._threshold.applied(outputs["logits"][0]))
        latency = {
            "normalise": (normalised_ns - began_ns) / 1e6,
            "inference": (inferred_ns - normalised_ns) / 1e6,
            "decide": (self._timer() - inferred_ns) / 1e6,
        }
        probabilities = dict(zip(self.manifest.labels, decision.probabilities, strict=True))
        shares = dict(zip(self.manifest.roles, outputs["contributions"][0].tolist(), strict=True))
        label, abstained = decision.label, decision.abstention
        return self._filled(window, normalised, label, abstained, probabilities, shares, latency)

    def _filled(
        self,
        window: Window,
        normalised: NormalisedWindow,
        label: str | None,
        abstention: Abstention | None,
        probabilities: dict[str, float],
        contributions: dict[str, float],
        latency_ms: dict[str, float],
    ) -> Report:
        usable = {q.role: q.index > 0 for q in window.quality}
        cardiac = window.tensors["cardiac_features"] if usable[Role.CARDIAC] else None
        if cardiac is not None and cardiac[_HEART_RATE] == 0:
            cardiac = None  # too few beats to describe: the features are zeros
        eda = window.tensors["eda_features"] if usable[Role.EDA] else None
        age_ns = math.nan if self._clock is None else self._clock.monotonic_ns() - window.end_ns
        return Report(
            start_ns=window.start_ns,
            end_ns=window.end_ns,
            label=label,
            abstention=abstention,
            probabilities=probabilities,
            contributions=contributions,
            quality=window.quality,
            heart_rate_bpm=math.nan if cardiac is None else float(cardiac[_HEART_RATE]),
            rmssd_ms=math.nan if cardiac is None else float(np.exp(cardiac[_LOG_RMSSD]) - 1),
            eda_us=math.nan if eda is None else _mean(window.tensors["eda"][0]),
            scr_per_min=math.nan if eda is None else float(eda[_SCR_RATE]),
            data_age_ms=age_ns / 1e6,
            latency_ms=latency_ms,
            calibration=normalised.calibration,
        )


def _mean(values: FloatArray) -> float:
    """In float32, as numpy's own, which takes five times as long to begin."""
    return float(np.add.reduce(values) / np.float32(len(values)))
