"""What the chain must know, frozen at training time and carried by the bundle. Read from outside: unknown keys are refused."""

from __future__ import annotations

from typing import Literal

import msgspec

from edge_emotion.errors import RecordingError

Section = tuple[float, float, float, float, float]
"""One biquad: b0, b1, b2, a1, a2 (a0 = 1)."""

Sos = tuple[Section, ...]

BankName = Literal[
    "ecg_detection", "bvp_pulse", "eda_smooth", "eeg_theta", "eeg_alpha", "eeg_beta", "eeg_gamma"
]
EEG_BANKS: tuple[BankName, ...] = ("eeg_theta", "eeg_alpha", "eeg_beta", "eeg_gamma")

RATE_TOLERANCE = 0.02
"""A device's nominal rate is off by up to 1 % (Polar H10); 2 % moves a filter's corner by 2 %, which no detector feels."""


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Second-order sections designed for one sampling rate."""

    rate_hz: float
    sos: Sos


class FilterBank(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One filter, designed for every sampling rate that the bundle accepts.

    ``low_hz`` is ``None`` for a low-pass. ``order`` is that of the low-pass prototype, as in ``scipy.signal.butter``.
    """

    name: BankName
    order: int
    low_hz: float | None
    high_hz: float
    filters: tuple[Filter, ...]

    def at(self, rate_hz: float) -> Sos:
        """Sections for ``rate_hz``.

        Raises
        ------
        RecordingError
            If no filter was designed within 2 % of this rate.
        """
        nearest = min(self.filters, key=lambda f: abs(f.rate_hz - rate_hz))
        if abs(nearest.rate_hz - rate_hz) > RATE_TOLERANCE * rate_hz:
            known = ", ".join(f"{f.rate_hz:g}" for f in self.filters)
            raise RecordingError(
                f"{self.name}: no filter for {rate_hz:g} Hz; this bundle accepts {known} Hz (within 2 %): "
                "resample the signal, or train with this rate in the recipe's rates"
            )
        return nearest.sos


class SignalSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Filters and windows of the chain.

    Parameters
    ----------
    grid_hz
        Rate of the series in a window; its period must be a whole number of milliseconds.
    window_s, hop_s
        Length of a window and distance between window ends.
    tonic_hz
        Corner of the one-pole low-pass that separates tonic from phasic skin conductance.
    scr_threshold_us
        Least rise from trough to peak that counts as a skin-conductance response.
    eeg_channels
        Channels of EEG that a window holds; 0 for none. Left out of what is written when it is 0, so that bundles without
        EEG are read by every version.
    final_after_s
        0: each window interpolates its series anew from all that is known at its end. Otherwise the series are made of rows that
        never change once they are made, so many seconds after their time (`edge_emotion.signals.rows`); windows and hops are
        whole seconds then. Left out of what is written when it is 0.
    """

    grid_hz: float
    window_s: float
    hop_s: float
    tonic_hz: float
    scr_threshold_us: float
    banks: tuple[FilterBank, ...]
    eeg_channels: int = 0
    final_after_s: float = 0.0

    def bank(self, name: BankName) -> FilterBank:
        """The bank called ``name``.

        Raises
        ------
        RecordingError
            If this bundle has no such bank, so cannot read the modality that needs it.
        """
        for bank in self.banks:
            if bank.name == name:
                return bank
        raise RecordingError(f"this bundle has no filter bank {name!r}: it was not trained for that signal")
