"""A small run of the real network, trained for a few steps on made-up windows whose classes overlap."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from edge_emotion.bundle.manifest import (
    ChannelScaling,
    DatasetUse,
    DecisionSpec,
    NormalisationSpec,
    TrainingSpec,
)
from edge_emotion.signals.features import CARDIAC_FEATURES, EDA_FEATURES
from edge_emotion_train.models import AcmcConfig, AcmcStreamingConfig, ModelConfig, build_model
from edge_emotion_train.models.parts import StreamConfig
from edge_emotion_train.preparation.filters import design_signals
from edge_emotion_train.preparation.windows import WindowSet, join
from edge_emotion_train.runs.record import Run, RunRecord, load_run, save_run

WIDTHS = {
    "cardiac": 2,
    "eda": 2,
    "cardiac_features": len(CARDIAC_FEATURES),
    "eda_features": len(EDA_FEATURES),
}
STEPS = 240
HOP = 4


def made_up_windows(count: int, people: tuple[str, ...], seed: int) -> WindowSet:
    """Slow series and features, shifted by class, clipped as the runtime clips."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    inputs = {}
    for name, width in WIDTHS.items():
        shape = (count, 2 * width) + ((STEPS,) if not name.endswith("features") else ())
        noise = random.normal(size=shape)
        if len(shape) == 3:
            noise = np.cumsum(noise, axis=2) / 8
        shift = np.where(labels == 1, 0.6, -0.6).reshape(-1, *(1,) * (len(shape) - 1))
        inputs[name] = np.clip(noise + shift, -5, 5).astype(np.float32)
    inputs["present"] = np.ones((count, 2), np.float32)
    return WindowSet(
        inputs=inputs, labels=labels, people=np.array([people[i % len(people)] for i in range(count)])
    )


def scaling(name: str) -> ChannelScaling:
    ones = (1.0,) * WIDTHS[name]
    return ChannelScaling(tensor=name, mean=(0.0,) * WIDTHS[name], scale=ones, within_scale=ones)


def sliding_windows(count: int, people: tuple[str, ...], seed: int) -> WindowSet:
    """The same as one hop after the other: each person rests for half of their windows, then is stressed."""
    random = np.random.default_rng(seed)
    each = count // len(people)
    parts = []
    for person in people:
        labels = (np.arange(each) >= each // 2).astype(np.int64)
        shift = np.repeat(np.where(labels == 1, 0.6, -0.6), HOP)
        inputs = {}
        for name, width in WIDTHS.items():
            if name.endswith("features"):
                inputs[name] = random.normal(size=(each, 2 * width)) + shift[::HOP, None]
                continue
            noise = np.convolve(random.normal(size=STEPS + HOP * each), np.full(24, 0.2), "same")
            line = noise + np.concatenate([np.full(STEPS, shift[0]), shift])
            line = line + 0.2 * random.normal(size=(2 * width, len(line)))
            inputs[name] = np.stack([line[:, HOP * i : HOP * i + STEPS] for i in range(1, each + 1)])
        kept = {name: np.clip(values, -5, 5).astype(np.float32) for name, values in inputs.items()}
        kept["present"] = np.ones((each, 2), np.float32)
        parts.append(WindowSet(inputs=kept, labels=labels, people=np.array([person] * each)))
    return join(parts)


def record(config: ModelConfig) -> RunRecord:
    return RunRecord(
        schema_version=1,
        recipe="stress",
        model=config,
        labels=("rest", "stress"),
        roles=("cardiac", "eda"),
        signals=design_signals(),
        normalisation=NormalisationSpec(
            reference_s=60,
            minimum_good_share=0.5,
            prior_windows=10,
            limit=5,
            scaling=tuple(scaling(name) for name in WIDTHS),
        ),
        decision=DecisionSpec(
            temperature=1.5,
            smoothing_windows=3,
            minimum_probability=0.5,
            minimum_quality=0.3,
            unfamiliar_share=0.2,
        ),
        training=TrainingSpec(
            recipe="stress",
            seed=0,
            git="",
            datasets=(
                DatasetUse(name="stress_predict", licence="MIT", citation="Iqbal et al. 2022", people=3),
            ),
            held_out=("P9",),
            boards=(),
        ),
    )


def fit(model: torch.nn.Module, windows: WindowSet) -> None:
    inputs = {name: torch.from_numpy(values) for name, values in windows.inputs.items()}
    labels = torch.from_numpy(windows.labels)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(12):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(**inputs)[0], labels).backward()  # type: ignore[no-untyped-call]
        optimiser.step()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What training would leave."""
    torch.manual_seed(0)
    streams = tuple(
        StreamConfig(role=role, channels=2 * WIDTHS[role], features=2 * WIDTHS[f"{role}_features"])
        for role in ("cardiac", "eda")
    )
    config = AcmcConfig(streams=streams, steps=STEPS)
    model = build_model(config)
    training = made_up_windows(192, ("P1", "P2", "P3"), seed=1)
    fit(model, training)
    folder = tmp_path_factory.mktemp("runs") / "stress"
    heldout = made_up_windows(1000, ("P8", "P9"), seed=2)
    save_run(folder, Run(record=record(config), model=model.eval(), calibration=training, heldout=heldout))
    return folder


@pytest.fixture(scope="session")
def streaming_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the streaming network: a window each second, rows that never change."""
    torch.manual_seed(0)
    streams = tuple(
        StreamConfig(role=role, channels=2 * WIDTHS[role], features=2 * WIDTHS[f"{role}_features"])
        for role in ("cardiac", "eda")
    )
    config = AcmcStreamingConfig(streams=streams, steps=STEPS, width=16)
    model = build_model(config)
    training = sliding_windows(192, ("P1", "P2", "P3"), seed=1)
    fit(model, training)
    made = record(config)
    signals = msgspec.structs.replace(made.signals, hop_s=1.0, final_after_s=4.0)
    # A made-up person is unlike the made-up training people: that must not silence the reports.
    decision = msgspec.structs.replace(made.decision, unfamiliar_share=1.0, minimum_probability=0.0)
    made = msgspec.structs.replace(made, recipe="stress-streaming", signals=signals, decision=decision)
    heldout = sliding_windows(1000, ("P8", "P9"), seed=2)
    folder = tmp_path_factory.mktemp("runs") / "streaming"
    save_run(folder, Run(record=made, model=model.eval(), calibration=training, heldout=heldout))
    return folder


@pytest.fixture(scope="session")
def streaming_run(streaming_folder: Path) -> Run:
    """The same, read back."""
    return load_run(streaming_folder)


@pytest.fixture(scope="session")
def run(run_folder: Path) -> Run:
    """The same, read back as export reads it."""
    return load_run(run_folder)
