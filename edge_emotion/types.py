"""The words that cross walls: frozen values with units in their names.

Time is int nanoseconds on the host's monotonic clock (or, for a recording, nanoseconds since its start), never the wall
clock. Values are float32 in the modality's unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

NS_PER_S = 1_000_000_000


class Modality(StrEnum):
    """What a stream measures; the comment is the unit of its values."""

    ECG = "ecg"  # mV
    EDA = "eda"  # uS
    BVP = "bvp"  # arbitrary
    RR = "rr"  # ms, one value per beat: irregular
    ACC = "acc"  # g, values of shape (n, axes): beside BVP, to know movement
    EEG = "eeg"  # uV, values of shape (n, channels)
    RESP = "resp"  # arbitrary; read from data sets, no window holds it yet
    TEMP = "temp"  # degC; as RESP


class Role(StrEnum):
    """What a modality is to a fusion model: several modalities can play the cardiac part."""

    CARDIAC = "cardiac"
    EDA = "eda"


# An accelerometer plays no part of its own: it tells which pulses to trust. EEG gives a tensor of its own where it is asked for.
ROLE_OF: Mapping[Modality, Role] = {
    Modality.ECG: Role.CARDIAC,
    Modality.BVP: Role.CARDIAC,
    Modality.RR: Role.CARDIAC,
    Modality.EDA: Role.EDA,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """A run of consecutive samples of one modality.

    Parameters
    ----------
    modality
        What was measured.
    time_ns
        Time of the first sample; for `Modality.RR`, time of the beat that ends the last interval.
    rate_hz
        Nominal sampling rate; ``None`` for `Modality.RR`, which is irregular.
    values
        Shape (n,), float32, in the modality's unit; for `Modality.ACC` (n, axes), a single axis may come as (n,);
        for `Modality.EEG` (n, channels).
    sequence
        The device's packet counter where it has one.
    """

    modality: Modality
    time_ns: int
    rate_hz: float | None
    values: FloatArray
    sequence: int | None = None


class GapCause(StrEnum):
    """Why samples are missing."""

    LOST = "lost"
    """The stream went on, samples in between never came."""
    STALLED = "stalled"
    """The sensor is silent; the gap grows while it stays so."""
    DISCONNECTED = "disconnected"
    """The link is down."""
    CLOCK_RESTART = "clock_restart"
    """The device's clock jumped: times before and after cannot be compared."""
    END = "end"
    """The recording of this modality is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A span without samples of one modality: [start_ns, end_ns)."""

    modality: Modality
    start_ns: int
    end_ns: int
    cause: GapCause


class RrKind(StrEnum):
    """What the corrector made of an RR interval (Lipponen & Tarvainen 2019, section 2)."""

    NORMAL = "normal"
    ECTOPIC = "ectopic"
    MISSED = "missed"
    EXTRA = "extra"
    LONG = "long"
    SHORT = "short"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A heart beat.

    Parameters
    ----------
    time_ns
        Time of the R peak (ECG) or of the pulse's steepest upstroke (BVP), corrected for the filters' delay.
    decided_ns
        Time of the newest sample that was needed to decide on this beat: what a causal window may use at ``t`` are the beats
        with ``decided_ns <= t``.
    rr_ms
        Corrected interval to the beat before; ``None`` after a start or a gap.
    kind
        What the corrector found; anything but ``NORMAL`` means that ``rr_ms`` is not the measured interval.
    amplitude
        Height of the detector's peak in the modality's unit; ``nan`` where only intervals are known.
    measured_rr_ms
        What was measured and ``rr_ms`` stands for, never altered: one interval; two or more where extra beats were left
        out; none for a beat that was put in, or whose predecessor is unknown. All of them in a row are the stored RR.
    """

    modality: Modality
    time_ns: int
    decided_ns: int
    rr_ms: float | None
    kind: RrKind
    amplitude: float
    measured_rr_ms: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scr:
    """A skin-conductance response, trough to peak."""

    onset_ns: int
    peak_ns: int
    decided_ns: int
    amplitude_us: float
    rise_time_s: float


class QualityReason(StrEnum):
    """Why a signal is not trusted."""

    MISSING = "missing"
    FLAT = "flat"
    SATURATED = "saturated"
    OUT_OF_RANGE = "out_of_range"
    NOISY = "noisy"
    LEAD_OFF = "lead_off"
    CLIPPED = "clipped"
    POWERLINE = "powerline"
    MOTION = "motion"
    BASELINE = "baseline"
    NOT_A_NUMBER = "not_a_number"
    TOO_FEW_BEATS = "too_few_beats"
    IMPLAUSIBLE_RR = "implausible_rr"
    STEEP = "steep"
    SETTLING = "settling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How far a role's signal is to be trusted over a window: index in [0, 1] and the reasons that lowered it."""

    role: Role
    index: float
    reasons: tuple[QualityReason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What the chain knows about [start_ns, end_ns), in physical units, before any normalisation.

    Parameters
    ----------
    tensors
        By name (`edge_emotion.signals.window` lists them): series of shape (channels, steps), features of shape (n,), float32.
    quality
        One entry per role, in the order of `Role`.
    complete
        Whether a whole window length of data time has passed since the stream began.
    """

    start_ns: int
    end_ns: int
    tensors: Mapping[str, FloatArray]
    quality: tuple[Quality, ...]
    complete: bool


class Abstention(StrEnum):
    """Why a report names no label."""

    WARMING_UP = "warming_up"
    """Less than one window of data has been seen."""
    COLLECTING_REFERENCE = "collecting_reference"
    """The wearer's own resting reference is not complete yet."""
    MISSING_SIGNAL = "missing_signal"
    """No usable modality in this window."""
    POOR_QUALITY = "poor_quality"
    """A modality's quality is under the bundle's minimum."""
    UNFAMILIAR = "unfamiliar"
    """The input lies outside of what the model was trained on."""
    UNCERTAIN = "uncertain"
    """No class is probable enough."""


class Calibration(StrEnum):
    """What the wearer's signals were compared with, beside other people: how far a report is about this person."""

    STORED = "stored"
    """A reference that `edge-emotion calibrate` kept."""
    SESSION = "session"
    """The first minutes of this session, judged to be rest."""
    DOUBTFUL = "doubtful"
    """The first minutes of this session although they were no rest: the bundle cannot do without."""
    COLLECTING = "collecting"
    """A reference is being collected."""
    UNCALIBRATED = "uncalibrated"
    """At least one signal that takes part is compared with other people alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the SDK says about [start_ns, end_ns).

    ``label`` is ``None`` exactly when ``abstention`` is not. ``probabilities`` and ``contributions`` are empty when no
    inference ran.

    Parameters
    ----------
    probabilities
        Calibrated and smoothed, by label; they sum to one.
    contributions
        Share of each role in the fused decision, from the model's attention; they sum to one.
    data_age_ms
        Host time at emission minus ``end_ns``; ``nan`` when no clock is attached (replay as fast as it goes).
    latency_ms
        Processing time by stage: ``normalise``, ``inference``, ``decide``.
    calibration
        What the wearer was compared with; of several signals the worst.
    """

    start_ns: int
    end_ns: int
    label: str | None
    abstention: Abstention | None
    probabilities: Mapping[str, float]
    contributions: Mapping[str, float]
    quality: tuple[Quality, ...]
    heart_rate_bpm: float
    rmssd_ms: float
    eda_us: float
    scr_per_min: float
    data_age_ms: float
    latency_ms: Mapping[str, float]
    calibration: Calibration = Calibration.UNCALIBRATED


Event = Beat | Scr | Gap | Window | Report
