"""Windows that anything can learn."""

from __future__ import annotations

import numpy as np

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
