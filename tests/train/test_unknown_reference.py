"""Losing the reference view in training, and recipes that need it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import torch

from edge_emotion.errors import InputError
from edge_emotion_train.learning.objective import augment
from edge_emotion_train.learning.unknown_reference import drop_reference
from edge_emotion_train.recipe import Recipe, load_recipe

BATCH = 400


def batch() -> dict[str, torch.Tensor]:
    return {
        "cardiac": torch.ones(BATCH, 4, 6),
        "eda": torch.ones(BATCH, 4, 6),
        "cardiac_features": torch.ones(BATCH, 20),
        "eda_features": torch.ones(BATCH, 22),
        "present": torch.ones(BATCH, 2),
    }


def lost(inputs: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    return inputs[name][:, inputs[name].shape[1] // 2 :].flatten(1).abs().sum(dim=1) == 0


def test_a_role_loses_the_reference_view_of_series_and_features_together() -> None:
    torch.manual_seed(0)
    changed = drop_reference(batch(), 0.5)
    for role in ("cardiac", "eda"):
        assert torch.equal(lost(changed, role), lost(changed, f"{role}_features"))
    both = lost(changed, "cardiac") & lost(changed, "eda")
    one = lost(changed, "cardiac") ^ lost(changed, "eda")
    assert both.float().mean() == pytest.approx(0.5 * 0.75**2, abs=0.08)
    assert one.float().mean() == pytest.approx(0.5 * 2 * 0.75 * 0.25, abs=0.08)


def test_the_population_view_and_presence_stay() -> None:
    changed = drop_reference(batch(), 1.0)
    assert changed["cardiac"][:, :2].all()
    assert changed["eda_features"][:, :11].all()
    assert changed["present"].all()


def test_noise_does_not_fill_what_was_lost(recipe: Recipe) -> None:
    torch.manual_seed(0)
    settings = msgspec.structs.replace(recipe.training, noise=0.5, reference_dropout=0.5)
    assert lost(augment(batch(), settings), "cardiac").any()


def test_without_dropout_no_random_number_is_drawn_for_it(recipe: Recipe) -> None:
    """Old recipes train bit for bit as before."""
    assert recipe.training.reference_dropout == 0
    torch.manual_seed(0)
    augment({"present": torch.ones(4, 2)}, recipe.training)
    drawn = torch.rand(1)
    torch.manual_seed(0)
    torch.rand(4), torch.randint(2, (4,))  # modality dropout
    assert torch.equal(drawn, torch.rand(1))


def test_doing_without_a_reference_must_be_learned(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    asked = 'like = "acmc"\nname = "r"\n[reference]\nwithout_reference = "population"\n'
    path.write_text(asked)
    with pytest.raises(InputError, match="reference_dropout above 0"):
        load_recipe(str(path))
    path.write_text(f"{asked}[training]\nreference_dropout = 0.25\n")
    assert load_recipe(str(path)).training.reference_dropout == 0.25
