"""From a run's record to the parts of the manifest that describe model and inputs."""

from __future__ import annotations

from collections.abc import Mapping

from edge_emotion.bundle.manifest import InputSpec, ModelSpec
from edge_emotion.runtime.normalise import PRESENT, role_of
from edge_emotion.signals.features import CARDIAC_FEATURES, EDA_FEATURES
from edge_emotion_export.artefact import Row
from edge_emotion_export.network.complexity import count_macs
from edge_emotion_train.runs.record import Run

_PAPERS: Mapping[str, str] = {
    "acmc": "Bhatti et al., Attentive Cross-modal Connections for Deep Multimodal Wearable-based Emotion "
    "Recognition, arXiv 2108.02241",
    "acmc_streaming": "Bhatti et al., arXiv 2108.02241, in a form that keeps what it has seen",
    "maan": "Woo, Zubair, Lim, Kim: modality-aware attention for emotion recognition from ECG and EEG",
    "me_mhacl": "Guo, Zhang, Huang: ME-MHACL, arXiv 2308.01919",
}

_CHANNELS: Mapping[str, tuple[str, ...]] = {
    "cardiac": ("heart rate (bpm)", "absolute difference of successive RR intervals (ms)"),
    "eda": ("skin conductance level (uS)", "phasic skin conductance (uS)"),
    "cardiac_features": CARDIAC_FEATURES,
    "eda_features": EDA_FEATURES,
}


def model_spec(run: Run, example: Row) -> ModelSpec:
    """Family, source and size of the run's network."""
    family = str(type(run.record.model).__struct_config__.tag)
    return ModelSpec(
        family=family,
        paper=_PAPERS.get(family, ""),
        parameters=sum(p.numel() for p in run.model.parameters()),
        macs=count_macs(run.model, example),
    )


def input_specs(run: Run, example: Row) -> tuple[InputSpec, ...]:
    """Name, role, shape and meaning of every input, in the order of the network's keywords."""
    return tuple(
        InputSpec(
            name=name,
            role="" if name == PRESENT else role_of(name).value,
            shape=values.shape,
            meaning=_meaning(name, run.record.roles),
        )
        for name, values in example.items()
    )


def _meaning(name: str, roles: tuple[str, ...]) -> str:
    if name == PRESENT:
        return f"1 where the role takes part, else 0: {', '.join(roles)}"
    return f"against the population, then against the wearer's own rest: {', '.join(_CHANNELS.get(name, ()))}"
