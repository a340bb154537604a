"""What the caller knows about a file better than the file does."""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion.types import Modality


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Choices for files that can hold anything.

    Parameters
    ----------
    ecg_channel, eda_channel, bvp_channel
        Name of the channel or CSV column; ``None`` looks for the usual names.
    ecg_rate_hz, eda_rate_hz, bvp_rate_hz
        Sampling rate of a CSV column when the file has no ``time_s`` column.
    """

    ecg_channel: str | None = None
    eda_channel: str | None = None
    bvp_channel: str | None = None
    ecg_rate_hz: float | None = None
    eda_rate_hz: float | None = None
    bvp_rate_hz: float | None = None

    def channel(self, modality: Modality) -> str | None:
        """The channel named for ``modality``."""
        names = {
            Modality.ECG: self.ecg_channel,
            Modality.EDA: self.eda_channel,
            Modality.BVP: self.bvp_channel,
        }
        return names.get(modality)

    def rate_hz(self, modality: Modality) -> float | None:
        """The rate given for ``modality``."""
        rates = {
            Modality.ECG: self.ecg_rate_hz,
            Modality.EDA: self.eda_rate_hz,
            Modality.BVP: self.bvp_rate_hz,
        }
        return rates.get(modality)
