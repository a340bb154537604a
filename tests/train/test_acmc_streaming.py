"""The streaming form: one second after the other says what the whole window says."""

from __future__ import annotations

import pytest
import torch

from edge_emotion.errors import UsageError
from edge_emotion_train.models.acmc_streaming import AcmcStreaming, AcmcStreamingConfig
from edge_emotion_train.models.parts import StreamConfig

FEATURES = (10, 6)
STREAMS = tuple(
    StreamConfig(role=r, channels=c, features=n)
    for r, c, n in zip(("cardiac", "eda"), (4, 6), FEATURES, strict=True)
)


def network(config: AcmcStreamingConfig) -> AcmcStreaming:
    torch.manual_seed(0)
    model = AcmcStreaming(config)
    model.train()
    for seed in range(3):  # so that the normalisations have something to fold
        model(**batch(seed))
    return model.eval()


def batch(seed: int, size: int = 4) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shapes = {
        "cardiac": (4, 240),
        "eda": (6, 240),
        "cardiac_features": (FEATURES[0],),
        "eda_features": (FEATURES[1],),
    }
    inputs = {name: torch.randn(size, *shape, generator=generator) for name, shape in shapes.items()}
    return {**inputs, "present": torch.ones(size, 2)}


def streamed(model: AcmcStreaming, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Logits from columns that were made one by one, each from its own rows."""
    rows = torch.cat([inputs["cardiac"], inputs["eda"]], dim=1)
    hop, reach = model.config.hop_steps, model.reach * model.config.hop_steps
    columns = [
        model.embed(rows[..., end - reach : end], inputs["present"])
        for end in range(reach, model.config.steps + 1, hop)
    ]
    assert len(columns) == model.columns
    assert all(c.shape[-1] == 1 for c in columns)
    hand = torch.cat([inputs["cardiac_features"], inputs["eda_features"]], dim=1)
    return model.decide(torch.cat(columns, dim=2).mean(dim=2), hand, inputs["present"])[0]


@pytest.mark.parametrize(
    "config",
    [
        AcmcStreamingConfig(streams=STREAMS),
        AcmcStreamingConfig(streams=STREAMS, connected=(0, 1, 2), attention="off"),
        AcmcStreamingConfig(streams=STREAMS, kernels=(4, 3), direction="forward"),
        AcmcStreamingConfig(streams=STREAMS, hop_steps=8, kernels=(16, 3), connected=(), direction="off"),
    ],
    ids=["lite", "connected everywhere", "one-way", "two-second hops"],
)
def test_one_hop_after_the_other_is_the_whole_window(config: AcmcStreamingConfig) -> None:
    model, inputs = network(config), batch(9)
    with torch.no_grad():
        torch.testing.assert_close(streamed(model, inputs), model(**inputs)[0], rtol=0, atol=1e-5)


def test_merging_and_folding_change_nothing() -> None:
    model, inputs = network(AcmcStreamingConfig(streams=STREAMS)), batch(9)
    with torch.no_grad():
        before = model(**inputs)
        model.fold()
        after = model(**inputs)
    torch.testing.assert_close(after, before, rtol=0, atol=1e-5)
    assert not any(isinstance(m, torch.nn.BatchNorm1d) for m in model.modules())


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_modality_says_nothing(missing: int) -> None:
    model, inputs = network(AcmcStreamingConfig(streams=STREAMS, connected=(0, 1, 2))), batch(9)
    name = STREAMS[missing].role
    inputs["present"][:, missing] = 0.0
    moved = {n: v + 3.0 if n.startswith(name) else v for n, v in inputs.items()}
    with torch.no_grad():
        (logits, contributions), (other, _) = model(**inputs), model(**moved)
    torch.testing.assert_close(other, logits)
    assert torch.all(contributions[:, missing] == 0.0)


def test_one_way_connections_are_heard_one_way() -> None:
    model, inputs = network(AcmcStreamingConfig(streams=STREAMS, direction="forward")), batch(9)
    rows = torch.cat([inputs["cardiac"], inputs["eda"]], dim=1)
    eda_moved = torch.cat([inputs["cardiac"], inputs["eda"] + 1.0], dim=1)
    width = model.config.width
    with torch.no_grad():
        before, after = model.embed(rows, inputs["present"]), model.embed(eda_moved, inputs["present"])
    torch.testing.assert_close(after[:, :width], before[:, :width])
    assert not torch.allclose(after[:, width:], before[:, width:])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kernels": (6, 5, 5)}, "whole hops"),
        ({"kernels": (8, 70), "connected": (0,)}, "no farther than the window"),
        ({"connected": (3,)}, "stages 0 to 2"),
    ],
)
def test_shapes_that_cannot_stream_are_refused(changes: dict[str, tuple[int, ...]], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        AcmcStreaming(AcmcStreamingConfig(streams=STREAMS, **changes))  # type: ignore[arg-type]
