"""The network of paper 2: U-Nets, scSE, gates across modalities, RR series with a mask."""

from __future__ import annotations

import numpy as np
import torch

from edge_emotion_train.learning.training import fit, predict
from edge_emotion_train.models import MaanConfig, StreamConfig
from edge_emotion_train.models.maan import Excitation, Maan, ModalityAttention, Unet, stretched
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.recipe import Recipe

RR = StreamConfig(role="cardiac", channels=1, features=0, shape=(40,), padding="masked")
EEG = StreamConfig(role="eeg", channels=4, features=0, shape=(14, 10))
CONFIG = MaanConfig(streams=(RR, EEG), widths=(4, 6, 8), convolution="full")


def test_a_unet_gives_back_the_shape_of_its_map() -> None:
    torch.manual_seed(0)
    assert Unet(CONFIG, EEG)(torch.randn(2, 4, 14, 10)).shape == (2, 4, 14, 10)
    assert Unet(CONFIG, RR)(torch.randn(2, 2, 40)).shape == (2, 4, 40)
    series = StreamConfig(role="eda", channels=4, features=0)
    assert Unet(CONFIG, series)(torch.randn(2, 4, 240)).shape == (2, 4, 60)


def test_stretching_repeats_and_cuts() -> None:
    coarse = torch.tensor([[[1.0, 2.0, 3.0]]])
    assert stretched(coarse, torch.zeros(1, 1, 5)).tolist() == [[[1, 1, 2, 2, 3]]]
    square = torch.arange(4.0).reshape(1, 1, 2, 2)
    assert stretched(square, torch.zeros(1, 1, 3, 4)).tolist() == [
        [[[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3]]]
    ]


def test_excitation_weighs_channels_and_places() -> None:
    torch.manual_seed(0)
    maps = torch.rand(2, 6, 9) + 0.5
    weight = Excitation(6, 2, 1)(maps) / maps  # (B, C, T): channel gate + place gate
    assert 0.0 < weight.min() < weight.max() < 2.0
    # Their sum: what one channel has more than another, it has more at every place.
    difference = weight[:, 0] - weight[:, 1]
    torch.testing.assert_close(difference, difference[:, :1].expand_as(difference))


def test_gates_of_one_modality_follow_the_other() -> None:
    torch.manual_seed(0)
    attention = ModalityAttention(CONFIG)
    one, other = torch.rand(2, 4, 12), torch.rand(2, 4, 5, 5)
    before = attention([one, other])
    after = attention([one, other + 3.0])
    assert before[0].shape == one.shape
    assert (before[0] - after[0]).abs().max() > 1e-4
    gate = before[0] / one
    torch.testing.assert_close(gate, gate[:, :, :1].expand_as(gate))  # one gate a channel


def test_what_stands_in_the_padding_does_not_matter() -> None:
    torch.manual_seed(0)
    model = Maan(CONFIG).eval()
    rr, mask = torch.randn(2, 1, 40), (torch.arange(40) < 11).float().expand(2, 1, 40)
    others = {"cardiac_mask": mask, "eeg": torch.randn(2, 4, 14, 10), "present": torch.ones(2, 2)}
    padded, garbage = rr * mask, torch.where(mask > 0, rr, 99.0)
    torch.testing.assert_close(model(cardiac=padded, **others)[0], model(cardiac=garbage, **others)[0])
    longer = {**others, "cardiac_mask": torch.ones(2, 1, 40)}
    assert (model(cardiac=padded, **others)[0] - model(cardiac=padded, **longer)[0]).abs().max() > 1e-6


def test_the_original_learns_from_entropies(recipe: Recipe) -> None:
    random = np.random.default_rng(0)
    labels = np.arange(96) % 2
    inputs = {n: random.normal(size=(96, *s)) for n, s in (("cardiac", (1, 40)), ("eeg", (4, 14, 10)))}
    inputs["eeg"][:, 0] += 1.5 * labels[:, None, None] - 0.75  # theta
    inputs |= {"cardiac_mask": np.ones((96, 1, 40)), "present": np.ones((96, 2))}
    windows = WindowSet(
        inputs={n: v.astype(np.float32) for n, v in inputs.items()},
        labels=labels,
        people=np.array([f"p{i % 6}" for i in range(96)]),
    )
    model = fit(CONFIG, windows.without(["p0"]), None, recipe.training, seed=0).model
    other = windows.of(["p0"])
    assert (predict(model, other).argmax(axis=1) == other.labels).mean() > 0.85
