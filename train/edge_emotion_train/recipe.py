"""A recipe: what to train on what. TOML in ``recipes/``, checked on reading; unknown keys are refused.

A recipe that begins with ``like = "NAME"`` is that recipe with what it says itself in place of the other's: keys of a table
one by one, lists and plain values whole.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from edge_emotion.bundle.manifest import Positive, Share, WithoutReference
from edge_emotion.errors import InputError, UsageError
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import Role
from edge_emotion_train.datasets.protocol import Interval
from edge_emotion_train.models import ModelConfig
from edge_emotion_train.preparation.filters import design_signals, with_eeg
from edge_emotion_train.pretraining.settings import PretrainingSettings

SHARED = "_shared"
"""What the shipped recipes are like; not one to train by itself."""

Count = Annotated[int, msgspec.Meta(ge=1)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class SignalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Windows; the filters follow from `edge_emotion_train.preparation.filters`.

    Parameters
    ----------
    eeg_channels
        Channels of EEG that the data sets have and windows are to hold; 0 leaves EEG out.
    final_after_s
        As in `SignalSpec`: above 0 for networks that keep what they have seen.
    """

    window_s: Positive
    hop_s: Positive
    grid_hz: Positive
    eeg_channels: Annotated[int, msgspec.Meta(ge=0)] = 0
    final_after_s: NotNegative = 0.0

    def design(self) -> SignalSpec:
        """The chain's full specification."""
        spec = design_signals(window_s=self.window_s, hop_s=self.hop_s, grid_hz=self.grid_hz)
        spec = with_eeg(spec, self.eeg_channels) if self.eeg_channels else spec
        return msgspec.structs.replace(spec, final_after_s=self.final_after_s)


class ReferenceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The recipe's part of `NormalisationSpec`; fields as there."""

    reference_s: NotNegative
    minimum_good_share: Share
    prior_windows: Positive
    limit: Positive
    without_reference: WithoutReference = "abstain"


class DecisionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The recipe's part of `DecisionSpec`; the temperature is fitted, and the network is asked for its ``rest_logits``."""

    smoothing_windows: Count
    minimum_probability: Share
    minimum_quality: Share
    unfamiliar_share: Share
    own_threshold: Share = 0.0


class LabelRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """An interval that meets every given condition counts as class ``label``.

    Parameters
    ----------
    interval
        The interval's name.
    scale, at_least, below
        A rating scale, and the bounds between which its value lies: ``at_least <= value < below``. One bound is enough; an
        interval that was not rated on the scale meets neither.
    """

    label: str
    interval: str | None = None
    scale: str | None = None
    at_least: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        bounded = self.at_least is not None or self.below is not None
        if (self.interval is None and self.scale is None) or (self.scale is not None) != bounded:
            raise ValueError(
                f"the rule for {self.label!r} needs interval = NAME, or scale = NAME with at_least or below"
            )

    def fits(self, interval: Interval) -> bool:
        """Whether the interval meets the conditions."""
        if self.interval is not None and interval.name != self.interval:
            return False
        if self.scale is None:
            return True
        value = interval.rating(self.scale)
        if value is None:
            return False
        return (self.at_least is None or value >= self.at_least) and (
            self.below is None or value < self.below
        )


class DatasetSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A data set, what it is for, and what its intervals mean.

    ``evaluate`` keeps it out of training altogether; it is tested on as an unseen set.

    Parameters
    ----------
    without
        Recordings to leave out by name, such as those without a usable signal.
    """

    name: str
    use: Literal["train", "evaluate"]
    rules: tuple[LabelRule, ...]
    without: tuple[str, ...] = ()

    def label_of(self, interval: Interval) -> str | None:
        """The class of the first rule that fits; ``None`` where none does."""
        return next((rule.label for rule in self.rules if rule.fits(interval)), None)

    def mapping(self) -> dict[str, str]:
        """Class name by interval name, of the rules that look at nothing else."""
        return {rule.interval: rule.label for rule in self.rules if rule.interval and rule.scale is None}


class TrainingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the network learns.

    Parameters
    ----------
    epochs
        Ceiling; the epoch is chosen on people of the training side.
    patience
        Epochs without a better validation loss before it stops.
    inner_folds
        Parts into which people of the training side are dealt; each part in turn chooses an epoch for the others
        and gives its logits to the temperature.
    stride
        Every how many windows one is learned from: neighbours share most of their samples.
    modality_dropout
        Chance of a modality being blanked in a training window that has both.
    noise, gain
        Standard deviation of added noise and of the random gain, in normalised units.
    average_decay
        Of the exponential average of weights that is validated and kept.
    pretraining
        Encoders are first prepared without labels, each time a network is fitted and on nothing but what it is fitted
        to, so that in a fold no person on the other side is seen.
    pretrained
        Folder of encoders to start from, made by ``edge-emotion pretrain``; instead of ``pretraining``.
    reference_dropout
        Chance of a training window losing its reference view, so that the network learns what all zeros mean; needed by
        ``reference.without_reference = "population"``.
    """

    epochs: Count
    patience: Count
    inner_folds: Count
    stride: Count
    batch_size: Count
    learning_rate: Positive
    weight_decay: NotNegative
    label_smoothing: Share
    modality_dropout: Share
    noise: NotNegative
    gain: NotNegative
    average_decay: Share
    pretraining: PretrainingSettings | None = None
    pretrained: str | None = None
    reference_dropout: Share = 0.0


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that decides a training run, apart from the data's place and the seed given on the command line.

    Parameters
    ----------
    summary
        One line for ``train --list``.
    source
        The paper that it follows, or ``product``.
    expected_minutes
        Of processor time for ``train --evaluate loso``; 0 where nobody has measured it.
    held_out
        People (``dataset/person``) in no training: the fidelity proof is made on them.
    calibration_windows
        Windows of training people kept for choosing int8 ranges, stratified over people and classes.
    """

    name: str
    summary: str = ""
    source: str = ""
    expected_minutes: NotNegative = 0.0
    labels: tuple[str, ...]
    seed: int
    held_out: tuple[str, ...]
    calibration_windows: Count
    signals: SignalSettings
    reference: ReferenceSettings
    decision: DecisionSettings
    model: ModelConfig
    training: TrainingSettings
    datasets: tuple[DatasetSettings, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """Role names in the order of the contributions."""
        return tuple(role.value for role in Role)

    def dataset(self, name: str) -> DatasetSettings:
        """Settings of one data set.

        Raises
        ------
        UsageError
            If the recipe does not use it.
        """
        for settings in self.datasets:
            if settings.name == name:
                return settings
        known = ", ".join(d.name for d in self.datasets)
        raise UsageError(f"recipe {self.name} has no data set {name!r}; it has {known}")


def load_recipe(name: str) -> Recipe:
    """A recipe by its name in ``recipes/``, or by the path of a TOML file.

    Raises
    ------
    UsageError
        If there is no such recipe.
    InputError
        If the file is not a valid recipe.
    """
    tables = _with_bases(name, ())
    try:
        recipe = msgspec.convert(tables, type=Recipe)
    except msgspec.ValidationError as error:
        raise InputError(f"recipe {name}: {error}") from error
    check(recipe)
    return recipe


def _with_bases(name: str, derived: tuple[str, ...]) -> dict[str, Any]:
    """The tables of a recipe over those of the one that it is ``like``, and so on."""
    if name in derived:
        raise InputError(f"recipe {derived[0]}: {' is like '.join((*derived, name))}, which never ends")
    own = _read(name)
    base = own.pop("like", None)
    return own if base is None else _combined(_with_bases(str(base), (*derived, name)), own)


def _read(name: str) -> dict[str, Any]:
    shipped = resources.files("edge_emotion_train") / "recipes"
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"{name} is not a file; give the path of a recipe, or a name without .toml")
        raw = path.read_bytes()
    else:
        known = shipped_recipes()
        if name not in (*known, SHARED):
            raise UsageError(
                f"unknown recipe {name!r}; known: {', '.join(known)}, or the path of a .toml file"
            )
        raw = (shipped / f"{name}.toml").read_bytes()
    try:
        tables: dict[str, Any] = msgspec.toml.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"recipe {name}: {error}") from error
    return tables


def _combined(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """``base`` with what ``own`` says."""
    both = {**base, **own}
    for name, value in own.items():
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            both[name] = {**base[name], **value}
    return both


def shipped_recipes() -> tuple[str, ...]:
    """Names of the recipes that come with the package."""
    folder = resources.files("edge_emotion_train") / "recipes"
    names = (f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    return tuple(sorted(name for name in names if name != SHARED))


def check(recipe: Recipe) -> None:
    """Refuse a recipe whose parts contradict each other.

    Raises
    ------
    InputError
        If they do.
    """
    unknown = {r.label for d in recipe.datasets for r in d.rules} - set(recipe.labels)
    if unknown:
        raise InputError(
            f"recipe {recipe.name}: rules name {', '.join(sorted(unknown))}, labels are {recipe.labels}"
        )
    if len(set(recipe.labels)) < 2 or len(set(recipe.labels)) != len(recipe.labels):
        raise InputError(f"recipe {recipe.name}: labels must be two or more, each once; got {recipe.labels}")
    if recipe.model.classes != len(recipe.labels):
        raise InputError(
            f"recipe {recipe.name}: model.classes is {recipe.model.classes}, labels are {len(recipe.labels)}"
        )
    streams = tuple(stream.role for stream in recipe.model.streams)
    if streams != recipe.roles:
        raise InputError(
            f"recipe {recipe.name}: model.streams are {streams}, must be {recipe.roles} in this order"
        )
    if recipe.model.steps != round(recipe.signals.window_s * recipe.signals.grid_hz):
        raise InputError(f"recipe {recipe.name}: model.steps must be window_s * grid_hz")
    if recipe.reference.without_reference == "population" and recipe.training.reference_dropout == 0:
        raise InputError(
            f"recipe {recipe.name}: reference.without_reference = 'population' needs training.reference_dropout above 0: "
            "a network that never saw an unknown reference cannot do without one"
        )
    if not any(d.use == "train" for d in recipe.datasets):
        raise InputError(f"recipe {recipe.name}: no data set has use = 'train'")
