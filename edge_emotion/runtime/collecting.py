"""Collecting one signal's rest, and what to compare with when there is none."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from edge_emotion.bundle.manifest import ChannelScaling, NormalisationSpec
from edge_emotion.runtime.reference import Doubles, Moments, RoleReference, trust
from edge_emotion.runtime.rest import RestVerdict
from edge_emotion.types import NS_PER_S, Calibration, Modality, Role, Window

PATIENCE = 2.0
"""A bundle that can do without a reference waits for good windows for so many times its length, then gives up."""


class RestState(StrEnum):
    """How far one signal's rest is."""

    COLLECTING = "collecting"
    ENOUGH = "enough"
    """Complete; its verdict is due."""
    SETTLED = "settled"
    """Taken or given up: nothing changes any more."""


class RoleRest:
    """The rest of one role: collects, then is settled once and for all."""

    def __init__(self, role: Role, spec: NormalisationSpec, scalings: list[ChannelScaling]) -> None:
        self.role = role
        self.moments = {s.tensor: Moments(s, spec.prior_windows) for s in scalings}
        self.state = RestState.COLLECTING
        self.calibration = Calibration.COLLECTING
        self._spec = spec
        self._first_ns: int | None = None
        self._seen = 0
        self._good = 0
        if spec.reference_s <= 0:  # switched off: both views are the population's
            self._settle(Calibration.UNCALIBRATED)

    @property
    def unknown(self) -> bool:
        """Whether the reference view must be all zeros."""
        return self._spec.without_reference == "population" and self.calibration is Calibration.UNCALIBRATED

    def restore(self, stored: RoleReference) -> None:
        """Be settled with what was stored; ``stored`` has been checked against the normalisation."""
        believed = trust(stored.rest_s, self._spec.reference_s)
        for moments in stored.moments:
            self.moments[moments.tensor].restore(moments, stored.windows, believed)
        self._good = stored.windows
        self._settle(Calibration.STORED)

    def give_up(self) -> None:
        """No reference will come: a bundle that can do without goes on, another keeps collecting."""
        if self.state is not RestState.SETTLED and self._spec.without_reference == "population":
            self._settle(Calibration.UNCALIBRATED)

    def collect(self, window: Window, tensors: Mapping[str, Doubles], good: bool) -> None:
        """Take one complete window, its tensors compressed; tells by ``state`` when it was long enough and good enough."""
        if self._first_ns is None:
            self._first_ns = window.start_ns
        lasted_s = (window.end_ns - self._first_ns) / NS_PER_S
        if lasted_s <= self._spec.reference_s:
            self._seen += 1
        if good:
            self._good += 1
            for name, moments in self.moments.items():
                moments.add(tensors[name])
        enough = self._good >= max(1.0, self._spec.minimum_good_share * self._seen)
        if lasted_s >= self._spec.reference_s and enough:
            self.state = RestState.ENOUGH
        elif lasted_s >= PATIENCE * self._spec.reference_s:
            self.give_up()

    def decide(self, verdict: RestVerdict) -> None:
        """Take the collected rest, or do without it."""
        if verdict.allows(self.role):
            self._settle(Calibration.SESSION)
        elif self._spec.without_reference == "population":
            self._settle(Calibration.UNCALIBRATED)
        else:
            self._settle(Calibration.DOUBTFUL)

    def stored(self, modality: Modality) -> RoleReference:
        """What was collected, as it is written."""
        return RoleReference(
            role=self.role,
            modality=modality,
            rest_s=self._spec.reference_s,
            windows=self._good,
            moments=tuple(m.stored() for m in self.moments.values()),
        )

    def _settle(self, calibration: Calibration) -> None:
        self.state = RestState.SETTLED
        self.calibration = calibration
