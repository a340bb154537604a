"""A run of a very small network, and its microcontroller build as the command leaves it."""

from __future__ import annotations

import argparse
import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from edge_emotion_export import cli
from edge_emotion_export.tflm.facts import MicroFacts
from edge_emotion_export.tflm.ports import Graph, read_graph
from edge_emotion_train.models import AcmcConfig, StreamConfig, build_model
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.runs.record import Run, load_run, save_run

STRIDE = 10


def shorter(windows: WindowSet) -> WindowSet:
    """Every tenth step of the series: 24 of 240."""
    inputs = {n: v[:, :, ::STRIDE].copy() if v.ndim == 3 else v for n, v in windows.inputs.items()}
    return WindowSet(inputs=inputs, labels=windows.labels, people=windows.people)


@pytest.fixture(scope="session")
def small_folder(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    streams = tuple(
        StreamConfig(role=role, channels=4, features=run.heldout.inputs[f"{role}_features"].shape[1])
        for role in ("cardiac", "eda")
    )
    config = AcmcConfig(
        streams=streams,
        steps=24,
        widths=(6,),
        strides=(4,),
        kernels=(5,),
        connected=(0,),
        feature_width=8,
        token_width=8,
    )
    model, training = build_model(config), shorter(run.calibration)
    inputs = {name: torch.from_numpy(values) for name, values in training.inputs.items()}
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(40):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(**inputs)[0], torch.from_numpy(training.labels))
        torch.autograd.backward(loss)
        optimiser.step()
    folder = tmp_path_factory.mktemp("runs") / "small"
    small = Run(
        record=msgspec.structs.replace(run.record, model=config),
        model=model.eval(),
        calibration=training,
        heldout=shorter(run.heldout),
    )
    save_run(folder, small)
    return folder


@pytest.fixture(scope="session")
def small_run(small_folder: Path) -> Run:
    return load_run(small_folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What the command left, and what it said."""

    folder: Path
    said: dict[str, Any]
    facts: MicroFacts
    model: bytes
    graph: Graph


@pytest.fixture(scope="session")
def built(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    parser, stdout = argparse.ArgumentParser(), io.StringIO()
    cli.add_arguments(parser)
    out = tmp_path_factory.mktemp("out")
    flags = [str(small_folder), "--formats", "tflm", "--json", "--out", str(out)]
    with redirect_stdout(stdout):
        assert cli.run(parser.parse_args(flags)) == 0
    (folder,) = out.iterdir()
    model = (folder / "model.tflite").read_bytes()
    return Built(
        folder=folder,
        said=json.loads(stdout.getvalue()),
        facts=msgspec.json.decode((folder / "facts.json").read_bytes(), type=MicroFacts),
        model=model,
        graph=read_graph(model),
    )
