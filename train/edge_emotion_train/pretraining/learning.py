"""The loop: draw a batch of groups, cross, encode, project, contrast. One network's encoders are prepared in place."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from edge_emotion.errors import UsageError
from edge_emotion_train.learning.progress import track
from edge_emotion_train.models import FusionModel, MeMhacl
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.pretraining.contrast import GroupProjector, nt_xent
from edge_emotion_train.pretraining.groups import GroupSampler
from edge_emotion_train.pretraining.meiosis import offspring
from edge_emotion_train.pretraining.settings import PretrainingSettings


def require_encoders(model: FusionModel) -> MeMhacl:
    """The network, if it is one whose encoders can be prepared.

    Raises
    ------
    UsageError
        If it is of another family, or has a modality in beats.
    """
    if not isinstance(model, MeMhacl):
        raise UsageError(
            f"{type(model).__name__} has no encoders to pre-train: only family = 'me_mhacl' does"
        )
    if any(stream.padding == "masked" for stream in model.streams):
        raise UsageError("a padded series has no common time axis: pre-training cannot split it")
    return model


def pretrain(
    model: FusionModel, windows: WindowSet, settings: PretrainingSettings, *, seed: int, title: str = ""
) -> list[float]:
    """Prepare the encoders of ``model`` on ``windows``, whose labels are not looked at; their people are all it sees.

    Parameters
    ----------
    title
        Of the progress bar; empty shows none.

    Returns
    -------
    The loss of each step: both directions, mean over modalities.

    Raises
    ------
    UsageError
        If the network has no encoders to prepare, or too few people share a moment.
    """
    learner = require_encoders(model)
    sampler = GroupSampler(windows, settings.moments, settings.pairs)
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    projectors = nn.ModuleList(
        GroupProjector(learner.config.widths[-1], settings.projector_width) for _ in learner.streams
    )
    series = [torch.from_numpy(windows.inputs[stream.role]) for stream in learner.streams]  # (N, C, T) each
    parameters = [*learner.encoders.parameters(), *projectors.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=settings.learning_rate)
    learner.train()
    losses: list[float] = []
    for _ in track(range(settings.steps), title, settings.steps):
        index = torch.from_numpy(sampler.draw(random))  # (P, Q, 2)
        parents = [values[index] for values in series]  # (P, Q, 2, C, T) each
        loss = contrast(learner, projectors, parents, float(random.random()), settings.temperature)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        optimiser.step()
        losses.append(loss.item())
    return losses


def contrast(
    learner: MeMhacl, projectors: nn.ModuleList, parents: list[Tensor], share: float, temperature: float
) -> Tensor:
    """Loss of one batch, mean over modalities."""
    losses = []
    for stream, (one, other) in enumerate(offspring(parents, share)):
        moments, pairs = one.shape[:2]
        groups = torch.cat([one, other])  # (2 P, Q, C, T)
        seen = learner.encode(stream, groups.flatten(0, 1))  # (2 P Q, C, T) -> (2 P Q, E)
        projected = projectors[stream](seen.reshape(2 * moments, pairs, -1))  # (2 P, Q, E) -> (2 P, W)
        losses.append(nt_xent(projected[:moments], projected[moments:], temperature))
    return torch.stack(losses).mean()
