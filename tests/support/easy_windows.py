"""Windows that anything can learn."""

from __future__ import annotations

import numpy as np

from edge_emotion_train.preparation.normalising import LabelledWindows
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.recipe import Recipe


def easy_windows(recipe: Recipe, count: int, seed: int, people: int = 4) -> WindowSet:
    """Stress shows in one cardiac feature."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    streams, steps = recipe.model.streams, recipe.model.steps
    shapes: dict[str, tuple[int, ...]] = {s.role: (s.channels, steps) for s in streams}
    shapes |= {f"{s.role}_features": (s.features,) for s in streams}
    inputs = {n: random.normal(size=(count, *s)).astype(np.float32) for n, s in shapes.items()}
    inputs["cardiac_features"][:, 0] = 3.0 * labels - 1.5
    inputs["present"] = np.ones((count, 2), np.float32)
    names = np.array([f"p{i % people}" for i in range(count)])
    return WindowSet(inputs=inputs, labels=labels, people=names)


def easily_labelled(recipe: Recipe, count: int, people: int) -> LabelledWindows:
    """The same with each person's rest, which looks a little like stress to the last of them."""
    windows = easy_windows(recipe, count, 0, people)
    rests = windows.take(windows.labels == 0)
    last = rests.people == f"p{people - 1}"
    rests.inputs["cardiac_features"][last, 0] += 1.0
    return LabelledWindows(windows=windows, minutes=np.arange(count) / 6.0, rests=rests)
