"""The manifest: everything the runtime must know about a model.

Unknown keys are refused, sizes are bounded by the reader.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge_emotion.signals.spec import SignalSpec

SCHEMA_VERSION = 1

ROWS, FEATURES = "rows", "features"
"""What a file of one hop takes of the window: all series one below the other, all vectors side by side."""
EARLIER, NEWEST = "earlier", "newest"
"""What it takes from the hops before it, and leaves to those after it."""

EngineName = Literal["onnxruntime", "litert"]
Precision = Literal["float32", "float16", "int8"]
WithoutReference = Literal["abstain", "population"]

Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class InputSpec(_Struct, frozen=True, kw_only=True):
    """One model input: a tensor of `edge_emotion.runtime.normalise`, with a leading batch of 1."""

    name: str
    role: str
    shape: tuple[int, ...]
    meaning: str


class ChannelScaling(_Struct, frozen=True, kw_only=True):
    """Population statistics of one window tensor, per channel (series) or per feature.

    ``mean`` and ``scale`` give the population view. ``within_scale`` is the typical spread inside one person:
    the wearer's own spread is shrunk towards it. ``compression`` comes before them: a channel with c > 0 becomes asinh(x / c),
    linear below c and a logarithm above, for what spans decades between people (skin conductance at finger and wrist); 0 leaves
    it as it is.
    """

    tensor: str
    mean: tuple[float, ...]
    scale: tuple[Positive, ...]
    within_scale: tuple[Positive, ...]
    compression: tuple[Annotated[float, msgspec.Meta(ge=0)], ...] = ()


class NormalisationSpec(_Struct, frozen=True, kw_only=True):
    """How a window becomes model inputs.

    Parameters
    ----------
    reference_s
        Length of the guided rest at the start of a session that serves as the wearer's own reference; 0
        switches it off.
    minimum_good_share
        Share of the reference's windows that must be of good quality before it is used; collection goes on
        until then.
    prior_windows
        Weight of ``within_scale`` against the wearer's own spread, in windows.
    limit
        Normalised values are clipped to +- this, which bounds the int8 range.
    without_reference
        What is done where the wearer's reference is missing or was no rest. ``population``: the reference view is all zeros,
        which the model has learned to mean "unknown". ``abstain``: the model never saw that; a missing reference keeps it silent.
    """

    reference_s: float
    minimum_good_share: Share
    prior_windows: Positive
    limit: Positive
    scaling: tuple[ChannelScaling, ...]
    without_reference: WithoutReference = "abstain"


class DecisionSpec(_Struct, frozen=True, kw_only=True):
    """How probabilities become a label or an abstention.

    Parameters
    ----------
    temperature
        Divides the logits: calibrated on people that the model was not trained on.
    smoothing_windows
        Probabilities are averaged over this many last windows.
    minimum_probability
        Under it the report abstains as uncertain.
    minimum_quality
        A role under it is masked; with no role left the report abstains.
    unfamiliar_share
        Largest share of input values at the clipping limit before the input counts as unfamiliar.
    own_threshold
        Share that is taken off all logits of how far the network stands higher on the wearer's rest than on other people's; 0:
        one threshold for everybody.
    rest_logits
        What the network says of the training people's rests, mean over people, one a class; empty where nobody asked.
    """

    temperature: Positive
    smoothing_windows: Annotated[int, msgspec.Meta(ge=1)]
    minimum_probability: Share
    minimum_quality: Share
    unfamiliar_share: Share
    own_threshold: Share = 0.0
    rest_logits: tuple[float, ...] = ()


class TensorBinding(_Struct, frozen=True, kw_only=True):
    """Where a named input or output lives in a model file; ``scale`` is 0 when the tensor is float."""

    name: str
    tensor: str
    dtype: Literal["float32", "int8", "uint8"]
    scale: float = 0.0
    zero_point: int = 0


class ModelFile(_Struct, frozen=True, kw_only=True):
    """One model file of the bundle; ``recipe`` names what made it, such as ``static-int8``, empty where it is not known."""

    path: str
    engine: EngineName
    precision: Precision
    inputs: tuple[TensorBinding, ...]
    outputs: tuple[TensorBinding, ...]
    recipe: str = ""


class FileHash(_Struct, frozen=True, kw_only=True):
    """Size and digest of a bundle member."""

    path: str
    bytes: int
    sha256: str


class Fidelity(_Struct, frozen=True, kw_only=True):
    """A model file measured against the trained model on held-out real windows.

    Parameters
    ----------
    int8_weight_share, int8_mac_share
        Of the weights' values that are stored as int8, and of the multiply-accumulates that are done in int8; read from the file.
    ece_float, ece
        Expected calibration error of the trained model and of the file.
    worst_person, worst_person_agreement
        Whose labels change most, and the share of them that stays.

    ``None`` and an empty name in bundles made before there were these figures.
    """

    path: str
    engine: EngineName
    windows: int
    people: int
    label_agreement: Share
    max_abs_error: float
    mean_abs_error: float
    macro_f1_float: Share
    macro_f1: Share
    int8_weight_share: Share
    int8_mac_share: Share | None = None
    ece_float: Share | None = None
    ece: Share | None = None
    worst_person: str = ""
    worst_person_agreement: Share | None = None


class DatasetUse(_Struct, frozen=True, kw_only=True):
    """What a model learned from, and on which terms."""

    name: str
    licence: str
    citation: str
    people: int


class Metric(_Struct, frozen=True, kw_only=True):
    """A figure with its 95 % bootstrap interval over people.

    Parameters
    ----------
    value
        Pooled over windows.
    people_mean, people_sd
        Mean and standard deviation of the figure of each person alone; ``None`` where it was not taken.
    """

    name: str
    value: float
    low: float
    high: float
    people_mean: float | None = None
    people_sd: float | None = None


class BoardRow(_Struct, frozen=True, kw_only=True):
    """One system on one evaluation board.

    Parameters
    ----------
    majority
        Share of the commonest class among the windows: the accuracy of always naming it.
    confusion
        Windows by true class (rows) and said class (columns), in the order of the labels; empty in rows made before it
        was kept. Recall of a class is its diagonal entry over its row.
    """

    board: str
    system: str
    protocol: str
    people: int
    windows: int
    majority: float
    metrics: tuple[Metric, ...]
    confusion: tuple[tuple[int, ...], ...] = ()


class TrainingSpec(_Struct, frozen=True, kw_only=True):
    """Where the weights come from."""

    recipe: str
    seed: int
    git: str
    datasets: tuple[DatasetUse, ...]
    held_out: tuple[str, ...]
    boards: tuple[BoardRow, ...]


class ModelSpec(_Struct, frozen=True, kw_only=True):
    """Which network it is."""

    family: str
    paper: str
    parameters: int
    macs: int


class QuantizationSpec(_Struct, frozen=True, kw_only=True):
    """How int8 was made: the recipe's name (empty in older bundles), and what it did to each engine's file in words."""

    recipe: str
    calibration_sha256: str
    calibration_windows: int
    name: str = ""


class StreamingSpec(_Struct, frozen=True, kw_only=True):
    """Files that report for the cost of one hop: each takes the newest rows and what earlier hops left.

    They take what the manifest's ``inputs`` hold, in fewer tensors, since an engine pays for each: ``rows``, shape (1, channels
    of all series, rows of one column), ``features``, shape (1, values of all vectors), and ``present`` as it is. ``earlier``,
    shape (1, width), is the sum of the ``columns`` - 1 columns before this hop's, divided by ``columns``. Beside the outputs of
    the other files they give ``newest``, of the same shape: the column of this hop.

    Parameters
    ----------
    hop_steps
        Rows that come with each hop.
    columns
        Hops that a report is about.
    series, vectors
        Names of the manifest's inputs that ``rows`` and ``features`` are made of, in the order of their channels.
    inputs
        Of these files.
    fidelity
        Of these files, hop after hop over the held-out windows.
    """

    hop_steps: Annotated[int, msgspec.Meta(ge=1)]
    columns: Annotated[int, msgspec.Meta(ge=1)]
    series: tuple[str, ...]
    vectors: tuple[str, ...]
    inputs: tuple[InputSpec, ...]
    model_files: tuple[ModelFile, ...]
    fidelity: tuple[Fidelity, ...] = ()


class Manifest(_Struct, frozen=True, kw_only=True):
    """Content of ``manifest.json``."""

    schema_version: int
    minimum_runtime: str
    name: str
    version: str
    labels: tuple[str, ...]
    roles: tuple[str, ...]
    model: ModelSpec
    signals: SignalSpec
    inputs: tuple[InputSpec, ...]
    normalisation: NormalisationSpec
    decision: DecisionSpec
    quantization: QuantizationSpec
    model_files: tuple[ModelFile, ...]
    fidelity: tuple[Fidelity, ...]
    training: TrainingSpec
    files: tuple[FileHash, ...]
    streaming: StreamingSpec | None = None
