"""From a window in physical units to model inputs, causally: statistics of the training people and of the wearer's own rest.

Each channel or feature enters twice. The *population view* tells how it compares with other people, the *reference view*
how it compares with the wearer at rest. The reference is frozen once it is complete: a mean that went on growing would tell
the model how long the session has lasted, and in a scripted protocol that is the label.

Where there is no reference, or what was collected was no rest, a bundle that has learned to do without gets a reference view of
all zeros: "unknown". An older bundle waits for ever, and takes any rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge_emotion.bundle.manifest import NormalisationSpec
from edge_emotion.runtime.collecting import RestState, RoleRest
from edge_emotion.runtime.reference import Doubles, RoleReference
from edge_emotion.runtime.rest import RestJudge, RestVerdict
from edge_emotion.runtime.views import TensorViews, compressed
from edge_emotion.types import ROLE_OF, Calibration, FloatArray, Modality, Role, Window

PRESENT = "present"
"""Name of the input that tells which roles take part: shape (roles,), 1 or 0."""

OWN_REST = (Calibration.SESSION, Calibration.DOUBTFUL)
"""A rest that was taken in this session, good or not."""

WORST_FIRST = (
    Calibration.COLLECTING,
    Calibration.UNCALIBRATED,
    Calibration.DOUBTFUL,
    Calibration.SESSION,
    Calibration.STORED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalisedWindow:
    """Model inputs of one window.

    Parameters
    ----------
    inputs
        By the manifest's names, without the batch axis: a series of c channels becomes (2 c, steps), a vector of n
        features (2 n,); population view first. ``present`` has shape (roles,).
    reference_ready
        Whether for every role that takes part it is settled what it is compared with.
    clipped_share
        Share of the participating population-view values that lie at the clipping limit.
    calibration
        What that is; of several roles the worst.
    """

    inputs: Mapping[str, FloatArray]
    reference_ready: bool
    clipped_share: float
    calibration: Calibration = Calibration.UNCALIBRATED


class Normaliser:
    """Turns windows into model inputs; holds the wearer's reference.

    Parameters
    ----------
    spec
        Statistics of the training people and the length of the reference.
    minimum_quality
        A role under it is absent from the inputs and adds nothing to the reference.
    reference
        What was stored earlier about this wearer, checked by `edge_emotion.runtime.reference.check_roles`; a session that has it
        collects nothing.
    """

    def __init__(
        self, spec: NormalisationSpec, minimum_quality: float, reference: Sequence[RoleReference] = ()
    ) -> None:
        self._spec = spec
        self._minimum_quality = minimum_quality
        self._scaling = {s.tensor: s for s in spec.scaling}
        self._stored = {r.role: r for r in reference}
        self.reset()

    def reset(self) -> None:
        """Be as new: what this session has seen is forgotten, a stored reference is not."""
        self._judge = RestJudge(self._spec, self._minimum_quality)
        self._verdicts: dict[Role, RestVerdict] = {}
        self._rests = {
            role: RoleRest(role, self._spec, [s for n, s in self._scaling.items() if role_of(n) is role])
            for role in Role
        }
        self._views = {
            name: (role_of(name), TensorViews(scaling, self._spec.limit, self._rests[role_of(name)]))
            for name, scaling in self._scaling.items()
        }
        for role, rest in self._rests.items():
            if role in self._stored:
                rest.restore(self._stored[role])
            elif self._stored:
                rest.give_up()

    @property
    def reference_verdicts(self) -> Mapping[Role, RestVerdict]:
        """What the judge said when a role's rest was complete; a role that is still collecting, or was stored, has none."""
        return self._verdicts

    def references(
        self, modalities: Sequence[Modality], kinds: Sequence[Calibration] = (Calibration.SESSION,)
    ) -> tuple[RoleReference, ...]:
        """What was collected in this session for the roles that ``modalities`` play: of ``kinds``, by default what was rest."""
        return tuple(
            self._rests[ROLE_OF[m]].stored(m)
            for m in modalities
            if m in ROLE_OF and self._rests[ROLE_OF[m]].calibration in kinds
        )

    def push(self, window: Window) -> NormalisedWindow:
        """Model inputs of the next window."""
        present = self._present(window)
        tensors = self._compressed(window)
        if window.complete:
            self._collect(window, tensors, present)
        inputs, clipped_share = self._inputs(tensors, present)
        taking_part = [self._rests[role] for role in Role if present[role]]
        return NormalisedWindow(
            inputs=inputs,
            reference_ready=all(r.state is RestState.SETTLED for r in taking_part) and bool(taking_part),
            clipped_share=clipped_share,
            calibration=self._calibration(taking_part),
        )

    def at_rest(self, window: Window) -> Mapping[str, FloatArray]:
        """Model inputs of a window of this session's rest, against the reference that it became part of.

        A signal whose rest was not taken is absent. Nothing is collected.
        """
        own = {role for role, rest in self._rests.items() if rest.calibration in OWN_REST}
        present = {role: usable and role in own for role, usable in self._present(window).items()}
        return self._inputs(self._compressed(window), present)[0]

    def _present(self, window: Window) -> dict[Role, bool]:
        return {q.role: q.index >= self._minimum_quality and window.complete for q in window.quality}

    def _compressed(self, window: Window) -> dict[str, Doubles]:
        return {name: compressed(window.tensors[name], scaling) for name, scaling in self._scaling.items()}

    def _inputs(
        self, tensors: Mapping[str, Doubles], present: Mapping[Role, bool]
    ) -> tuple[dict[str, FloatArray], float]:
        """Model inputs, and the share of them that lies at the limit."""
        inputs: dict[str, FloatArray] = {}
        clipped = total = 0
        for name, (role, views) in self._views.items():
            if present[role]:
                inputs[name], at_limit = views.of(tensors[name])
                clipped += at_limit
                total += tensors[name].size
            else:
                inputs[name] = np.zeros((2 * len(tensors[name]), *tensors[name].shape[1:]), np.float32)
        inputs[PRESENT] = np.array([present[role] for role in Role], np.float32)
        return inputs, clipped / total if total else 0.0

    def _collect(self, window: Window, tensors: Mapping[str, Doubles], present: Mapping[Role, bool]) -> None:
        collecting = [rest for rest in self._rests.values() if rest.state is RestState.COLLECTING]
        if not collecting:
            return
        self._judge.push(window)
        for rest in collecting:
            rest.collect(window, tensors, present[rest.role])
            if rest.state is RestState.ENOUGH:
                self._verdicts[rest.role] = self._judge.verdict()
                rest.decide(self._verdicts[rest.role])
            elif rest.state is RestState.SETTLED:
                self._verdicts[rest.role] = self._judge.verdict()

    def _calibration(self, taking_part: Sequence[RoleRest]) -> Calibration:
        settled = [rest for rest in self._rests.values() if rest.state is RestState.SETTLED]
        found = {rest.calibration for rest in taking_part or settled} or {Calibration.COLLECTING}
        return next(c for c in WORST_FIRST if c in found)


def role_of(tensor: str) -> Role:
    """The role that a window tensor belongs to: its name begins with it."""
    return Role(tensor.split("_", maxsplit=1)[0])
