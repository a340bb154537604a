"""What is fed to the models: a seeded simulated session, and windows of it as the normaliser hands them over.

White noise would do for the time of most kernels but not for its branches, nor for a check that anything sensible came out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_emotion.bundle.manifest import Manifest, StreamingSpec
from edge_emotion.bundle.reader import Bundle
from edge_emotion.errors import BundleError
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.sources.replay.packets import Packet, packets
from edge_emotion.sources.replay.recording import Recording, Signal
from edge_emotion.types import FloatArray, Modality

SEED = 0
WINDOWS = 5
PACKET_S = 0.5
_AFTER_REST_S = 60.0
_MODEL = "window."


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Fixed inputs.

    Parameters
    ----------
    windows
        Model inputs with a leading batch of 1, spread over rest and stress.
    recording
        The session they come from, ECG and EDA.
    lead_s
        After so much of it reports have inferences: the wearer's reference is complete.
    """

    windows: tuple[Mapping[str, FloatArray], ...]
    recording: Recording
    lead_s: float

    def packets(self) -> list[Packet]:
        """The session in packets as from a sensor."""
        return list(packets(self.recording, self.modalities, PACKET_S))

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What the session holds."""
        return tuple(s.modality for s in self.recording.signals)


def hop_windows(
    window: Mapping[str, FloatArray], spec: StreamingSpec
) -> tuple[Mapping[str, FloatArray], ...]:
    """A window whose series turn in a circle, a hop a step: each continues the one before, the first the last.

    So a report of one hop can be timed for as long as one likes: nothing in it ever begins anew.
    """
    steps = window[spec.series[0]].shape[-1]
    return tuple(
        {
            name: np.roll(values, -first, axis=-1) if name in spec.series else values
            for name, values in window.items()
        }
        for first in range(0, math.lcm(steps, spec.hop_steps), spec.hop_steps)
    )


class _Keeping:
    """Takes the place of an engine to see what one would get."""

    name = "none"
    precision = "none"

    def __init__(self, manifest: Manifest) -> None:
        self.seen: list[dict[str, FloatArray]] = []
        self._logits = np.zeros((1, len(manifest.labels)), np.float32)
        self._shares = np.zeros((1, len(manifest.roles)), np.float32)

    def run(self, inputs: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        self.seen.append({name: np.array(values) for name, values in inputs.items()})
        return {"logits": self._logits, "contributions": self._shares}


def make_inputs(bundle: Bundle, streamed_s: float = 0.0, windows: int = WINDOWS) -> Inputs:
    """Simulate a session that outlasts the reference by a rest and a stress, and by ``streamed_s`` at least.

    ``windows`` of it are kept for the model alone.

    Raises
    ------
    BundleError
        If no window of it reaches the bundle's model.
    """
    # Imported here: children that only read inputs do without the simulator.
    from edge_emotion.simulation.generator import simulate
    from edge_emotion.simulation.protocol import Phase, Protocol, default_protocol
    from edge_emotion.sources.simulator import as_recording

    spec = bundle.manifest.signals
    lead_s = bundle.manifest.normalisation.reference_s + spec.window_s + spec.hop_s
    _, stress, _ = default_protocol().phase
    rest = Phase(name="rest", duration_s=lead_s + max(_AFTER_REST_S, streamed_s + spec.hop_s))
    whole = as_recording(simulate(Protocol(phase=(rest, stress)), seed=SEED))
    signals = (whole.signal(Modality.ECG), whole.signal(Modality.EDA))
    recording = Recording(name="simulated", signals=signals, intervals=whole.intervals)
    return Inputs(windows=_windows(bundle, recording, windows), recording=recording, lead_s=lead_s)


def _windows(bundle: Bundle, recording: Recording, count: int) -> tuple[Mapping[str, FloatArray], ...]:
    keeping = _Keeping(bundle.manifest)
    pipeline = Pipeline(bundle.manifest, keeping, (Modality.ECG, Modality.EDA))
    for packet in packets(recording, (Modality.ECG, Modality.EDA), PACKET_S):
        pipeline.push(packet.item)
    if not keeping.seen:
        raise BundleError(
            f"{bundle.path}: no window of a simulated session reached its model; the benchmark needs a bundle for ECG and EDA"
        )
    chosen = np.linspace(0, len(keeping.seen) - 1, count).round().astype(int)
    return tuple(keeping.seen[i] for i in chosen)


def save_inputs(inputs: Inputs, path: Path) -> None:
    """Write inputs for children."""
    arrays: dict[str, np.ndarray] = {"lead_s": np.array(inputs.lead_s)}
    for name in inputs.windows[0]:
        arrays[_MODEL + name] = np.stack([w[name] for w in inputs.windows])
    for signal in inputs.recording.signals:
        arrays[signal.modality] = signal.values
        arrays[f"{signal.modality}_rate_hz"] = np.array(signal.rate_hz)
    np.savez(path, **arrays)  # type: ignore[arg-type] # numpy's stub takes the names for its own flag


def load_inputs(path: Path) -> Inputs:
    """Read what `save_inputs` wrote."""
    with np.load(path, allow_pickle=False) as held:
        names = [n for n in held.files if n.startswith(_MODEL)]
        stacks = {n.removeprefix(_MODEL): held[n] for n in names}
        signals = tuple(
            Signal(modality=m, rate_hz=float(held[f"{m}_rate_hz"]), start_s=0.0, values=held[m])
            for m in (Modality.ECG, Modality.EDA)
        )
        lead_s = float(held["lead_s"])
    count = len(next(iter(stacks.values())))
    windows = tuple({n: stack[i] for n, stack in stacks.items()} for i in range(count))
    return Inputs(
        windows=windows, recording=Recording(name="simulated", signals=signals, intervals=()), lead_s=lead_s
    )
