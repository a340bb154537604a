"""The fusion families on a board, several seeds averaged, and each family without what it is named for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_emotion.runtime.decision import softmax
from edge_emotion.types import Role
from edge_emotion_train.evaluation.ablations import reduced, without_attention
from edge_emotion_train.evaluation.accuracy.names import FAMILIES
from edge_emotion_train.learning.training import fit, predict
from edge_emotion_train.models import FusionModel, ModelConfig
from edge_emotion_train.preparation.normalising import LabelledWindows
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.pretraining.store import read_pretraining, require_unseen
from edge_emotion_train.recipe import Recipe, TrainingSettings, load_recipe

Doubles = NDArray[np.float64]


class DeviceForm(Protocol):
    """How a trained network is turned into what a device runs."""

    @property
    def name(self) -> str:
        """Of the form, such as ``int8``."""
        ...

    def logits(self, model: FusionModel, training: WindowSet, judged: WindowSet) -> NDArray[np.float32]:
        """Of shape (windows of ``judged``, classes); ranges are measured on ``training``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionNetwork:
    """One configuration, trained from ``seeds`` starting points whose probabilities are averaged.

    The recipe's number of epochs is taken as it is: nothing is chosen on the people who judge, nor on anybody else.

    Parameters
    ----------
    only
        Role that is left in training and test; ``None`` for all.
    forms
        What the same trained networks are turned into; each is a row of its own, ``NAME_FORM``.
    """

    name: str
    config: ModelConfig
    settings: TrainingSettings
    seeds: int
    only: Role | None = None
    forms: tuple[DeviceForm, ...] = ()

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> Doubles:
        return replace(self, forms=()).rows(training, test, classes, seed)[self.name]

    def refuse_seen(self, judges: Iterable[str]) -> None:
        """Raise `UsageError` if prepared encoders have seen one of the people who are to be judged."""
        if self.settings.pretrained is not None:
            require_unseen(read_pretraining(Path(self.settings.pretrained)), judges)

    def rows(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> dict[str, Doubles]:
        """The trained network's own row and one for each of its forms.

        Raises
        ------
        UsageError
            If prepared encoders have seen somebody who is to be judged.
        """
        self.refuse_seen(test.windows.names())
        learned, judged = reduced(training.windows, self.only), reduced(test.windows, self.only)
        found: dict[str, list[Doubles]] = {}
        for number in range(self.seeds):
            model = fit(self.config, learned, None, self.settings, seed=seed + number).model
            said = {self.name: predict(model, judged)}
            said |= {f"{self.name}_{form.name}": form.logits(model, learned, judged) for form in self.forms}
            for name, logits in said.items():
                found.setdefault(name, []).append(softmax(logits, 1.0))
        return {name: np.asarray(np.mean(parts, axis=0)) for name, parts in found.items()}


def configuration(family: str, recipe: Recipe, classes: int) -> ModelConfig:
    """The lite network of ``family``, with the inputs of ``recipe`` and ``classes`` outputs."""
    model = load_recipe(f"{family}_lite").model
    return msgspec.structs.replace(
        model, streams=recipe.model.streams, classes=classes, dropout=recipe.model.dropout
    )


def networks(
    recipe: Recipe, classes: int, seeds: int, ablations: bool, forms: tuple[DeviceForm, ...]
) -> Sequence[FusionNetwork]:
    """The three families in all ``forms`` and, where asked for, what each loses without its idea or without a modality."""
    prepared = recipe.training
    settings = msgspec.structs.replace(prepared, pretraining=None)
    acmc, maan, me_mhacl = (configuration(family, recipe, classes) for family in FAMILIES)
    main = [
        FusionNetwork(name="acmc", config=acmc, settings=settings, seeds=seeds, forms=forms),
        FusionNetwork(name="maan", config=maan, settings=settings, seeds=seeds, forms=forms),
        FusionNetwork(name="me_mhacl", config=me_mhacl, settings=prepared, seeds=seeds, forms=forms),
    ]
    if not ablations:
        return main
    return [
        *main,
        FusionNetwork(
            name="acmc_attention_off", config=without_attention(acmc), settings=settings, seeds=seeds
        ),
        FusionNetwork(
            name="maan_attention_off", config=without_attention(maan), settings=settings, seeds=seeds
        ),
        FusionNetwork(
            name="me_mhacl_attention_off", config=without_attention(me_mhacl), settings=prepared, seeds=seeds
        ),
        FusionNetwork(name="me_mhacl_pretraining_off", config=me_mhacl, settings=settings, seeds=seeds),
        FusionNetwork(
            name="acmc_cardiac_only", config=acmc, settings=settings, seeds=seeds, only=Role.CARDIAC
        ),
        FusionNetwork(name="acmc_eda_only", config=acmc, settings=settings, seeds=seeds, only=Role.EDA),
    ]


def prepared_elsewhere(recipe: Recipe, classes: int, seeds: int, encoders: Path) -> FusionNetwork:
    """`me_mhacl` from the encoders in a folder that `edge-emotion pretrain` wrote, instead of its own in each fold.

    Tells what is learned from signals alone from what the protocol's moments give away: people recorded elsewhere, in another
    protocol, know nothing of this one.
    """
    settings = msgspec.structs.replace(recipe.training, pretraining=None, pretrained=str(encoders))
    config = configuration("me_mhacl", recipe, classes)
    return FusionNetwork(name="me_mhacl_prepared_elsewhere", config=config, settings=settings, seeds=seeds)
