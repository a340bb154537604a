"""What torchrun starts in the test of distributed training: fit, and leave the weights under the rank's name."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from easy_windows import easy_windows

from edge_emotion_train.learning.machine import machine_of
from edge_emotion_train.learning.training import fit
from edge_emotion_train.recipe import load_recipe

if __name__ == "__main__":
    recipe = load_recipe(sys.argv[1])
    out = Path(sys.argv[2])
    machine = machine_of("cpu")
    training, inner = easy_windows(recipe, 66, 0), easy_windows(recipe, 20, 1)
    fitted = fit(recipe.model, training, inner, recipe.training, seed=0, keep=out / "kept", machine=machine)
    torch.save((fitted.epochs, fitted.model.state_dict()), out / f"rank-{machine.rank}.pt")
