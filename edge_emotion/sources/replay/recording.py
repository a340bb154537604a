"""What every reader returns, and the checks that all of them share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edge_emotion.errors import EdgeEmotionError, RecordingError
from edge_emotion.intervals import LabelledInterval
from edge_emotion.types import FloatArray, Modality, Role

HIGHEST_RATE_HZ = 10_000.0
CARDIAC_PREFERENCE = (Modality.ECG, Modality.BVP, Modality.RR)
"""An ECG beats a pulse wave; a plain list of intervals comes last, since nobody can check its quality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One modality of a recording.

    Parameters
    ----------
    modality
        What was measured; its unit is that of `edge_emotion.types.Modality`.
    rate_hz
        Sampling rate; ``None`` exactly for `Modality.RR`.
    start_s
        Time of the first sample on the recording's axis.
    values
        Shape (n,), or (n, axes) for `Modality.ACC`, or (n, channels) for `Modality.EEG`, float32; not finite where a sample
        is missing.
    times_s
        For `Modality.RR`: time of the beat that ends each interval, shape (n,); else ``None``.
    """

    modality: Modality
    rate_hz: float | None
    start_s: float
    values: FloatArray
    times_s: NDArray[np.float64] | None = None

    @property
    def end_s(self) -> float:
        """Where the next sample would be; for RR, the last beat."""
        if self.times_s is not None:
            return float(self.times_s[-1])
        return self.start_s + len(self.values) / (self.rate_hz or 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Signals of one session on one time axis, with the labelled intervals that the file knows."""

    name: str
    signals: tuple[Signal, ...]
    intervals: tuple[LabelledInterval, ...] = ()

    def signal(self, modality: Modality) -> Signal:
        """The signal of ``modality``.

        Raises
        ------
        RecordingError
            If the recording has none.
        """
        for signal in self.signals:
            if signal.modality is modality:
                return signal
        held = ", ".join(s.modality for s in self.signals) or "no signal"
        raise RecordingError(f"{self.name}: has no {modality} signal; it holds {held}")

    def has(self, modality: Modality) -> bool:
        """Whether there is a signal of ``modality``."""
        return any(signal.modality is modality for signal in self.signals)

    def plays(self, role: Role) -> bool:
        """Whether one of its signals can play a role."""
        return any(self.has(modality) for modality in _wanted(role))

    def best(self, role: Role) -> Modality:
        """The modality to use for a role.

        Raises
        ------
        RecordingError
            If none of the recording's signals can play it.
        """
        held = {s.modality for s in self.signals}
        wanted = _wanted(role)
        for modality in wanted:
            if modality in held:
                return modality
        other = Role.EDA if role is Role.CARDIAC else Role.CARDIAC
        raise RecordingError(
            f"{self.name}: has no {' or '.join(wanted)} signal, it holds {', '.join(sorted(held)) or 'none'}; "
            f"name the channel or column with --{wanted[0]}-channel, or add --no-{role} to run on {other} alone"
        )


def _wanted(role: Role) -> tuple[Modality, ...]:
    return CARDIAC_PREFERENCE if role is Role.CARDIAC else (Modality.EDA,)


def regular_signal(
    path: Path, modality: Modality, values: ArrayLike, rate_hz: float, start_s: float = 0.0
) -> Signal:
    """A checked, regularly sampled signal.

    Raises
    ------
    RecordingError
        If the values are not a series of numbers, or rate or start make no sense.
    """
    array = _numbers(path, modality, values)
    if not 0 < rate_hz <= HIGHEST_RATE_HZ:
        raise RecordingError(
            f"{path}: {modality} has a rate of {rate_hz:g} Hz; allowed: above 0 to {HIGHEST_RATE_HZ:g} Hz"
        )
    if not np.isfinite(start_s) or abs(start_s) > 1e9:
        raise RecordingError(f"{path}: {modality} starts at {start_s} s, which is not a time")
    return Signal(
        modality=modality, rate_hz=float(rate_hz), start_s=float(start_s), values=array.astype(np.float32)
    )


def rr_signal(path: Path, rr_ms: ArrayLike, times_s: ArrayLike) -> Signal:
    """A checked list of RR intervals.

    Raises
    ------
    RecordingError
        If the two do not match, or the times go back.
    """
    values, times = (
        _numbers(path, Modality.RR, rr_ms),
        _numbers(path, Modality.RR, times_s).astype(np.float64),
    )
    if len(values) != len(times):
        raise RecordingError(
            f"{path}: {len(values)} RR intervals but {len(times)} times; there must be one time each"
        )
    if not np.all(np.isfinite(times)) or np.any(np.diff(times) <= 0):
        raise RecordingError(f"{path}: the times of the RR intervals do not increase")
    return Signal(
        modality=Modality.RR,
        rate_hz=None,
        start_s=float(times[0]),
        values=values.astype(np.float32),
        times_s=times,
    )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a file format's parser raises into one `RecordingError`."""
    try:
        yield
    except EdgeEmotionError:
        raise
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error})") from None
    # zipfile, zlib, struct, numpy, edfio and wfdb raise a dozen unrelated types on damaged files, and none documents them.
    except Exception as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise RecordingError(
            f"{path}: is damaged, cut short, or not what its name says ({reason}); copy it again from its source"
        ) from None


def _numbers(path: Path, modality: Modality, values: ArrayLike) -> NDArray[np.generic]:
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise RecordingError(f"{path}: {modality} holds {array.dtype}, not numbers")
    axes = (1, 2) if modality is Modality.ACC else (1,)
    if array.ndim not in axes or array.size == 0:
        raise RecordingError(
            f"{path}: {modality} has the shape {array.shape}; a series of at least one sample is needed"
        )
    return array
