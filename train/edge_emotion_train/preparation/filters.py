"""Filter design with scipy: the only place where coefficients are made. The runtime reads them from the bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from scipy.signal import butter

from edge_emotion.signals.eda.analyser import eda_stride
from edge_emotion.signals.spec import BankName, Filter, FilterBank, SignalSpec, Sos

ECG_RATES_HZ = (100, 125, 128, 130, 200, 250, 256, 300, 360, 480, 496, 500, 512, 700, 1000)
BVP_RATES_HZ = (25, 32, 50, 55, 64, 100, 125, 128, 130, 200, 250)
EDA_RATES_HZ = (
    4,
    5,
    8,
    10,
    15,
    15.5,
    16,
    20,
    25,
    30,
    31,
    32,
    50,
    64,
    100,
    128,
    130,
    200,
    250,
    256,
    500,
    700,
    1000,
)

EEG_RATES_HZ = (125, 128, 200, 250, 256, 500, 512, 1000)
EEG_BANDS_HZ: Mapping[BankName, tuple[float, float]] = {
    "eeg_theta": (4.0, 8.0),
    "eeg_alpha": (8.0, 13.0),
    "eeg_beta": (13.0, 30.0),
    "eeg_gamma": (30.0, 45.0),
}
"""The usual edges; no paper that this project follows gives its own."""

ECG_DETECTION_HZ = (8.0, 20.0)
BVP_PULSE_HZ = (0.5, 5.0)
EDA_SMOOTH_HZ = 0.45
"""Half of a response's energy lies below 0.1 Hz; above 0.5 Hz there is hardly anything but noise."""

TONIC_HZ = 0.02
"""A time constant of 8 s; between 5 and 10 s the tonic part is nearest to that of cvxEDA."""

NYQUIST_SHARE = 0.4
"""A corner stays under this share of the rate: above it a filter has no room for its steepness."""


def butterworth(order: int, low_hz: float | None, high_hz: float, rate_hz: float) -> Sos:
    """Butterworth sections ``(b0, b1, b2, a1, a2)``: low-pass when ``low_hz`` is ``None``, else band-pass."""
    high = min(high_hz, NYQUIST_SHARE * rate_hz)
    kind: Literal["lowpass", "bandpass"] = "lowpass" if low_hz is None else "bandpass"
    corner = high if low_hz is None else [low_hz, high]
    rows = butter(order, corner, kind, fs=rate_hz, output="sos")
    return tuple((float(b0), float(b1), float(b2), float(a1), float(a2)) for b0, b1, b2, _, a1, a2 in rows)


def design_bank(
    name: BankName, order: int, low_hz: float | None, high_hz: float, rates_hz: Iterable[float]
) -> FilterBank:
    """One filter for every rate."""
    filters = tuple(Filter(rate_hz=float(r), sos=butterworth(order, low_hz, high_hz, r)) for r in rates_hz)
    return FilterBank(name=name, order=order, low_hz=low_hz, high_hz=high_hz, filters=filters)


def design_eda_bank(rates_hz: Iterable[float]) -> FilterBank:
    """For every sensor's rate the low-pass at the rate that `edge_emotion.signals.eda.analyser` works at."""
    filters = tuple(
        Filter(rate_hz=float(r), sos=butterworth(2, None, EDA_SMOOTH_HZ, r / eda_stride(r))) for r in rates_hz
    )
    return FilterBank(name="eda_smooth", order=2, low_hz=None, high_hz=EDA_SMOOTH_HZ, filters=filters)


def design_signals(*, window_s: float = 60.0, hop_s: float = 5.0, grid_hz: float = 4.0) -> SignalSpec:
    """The chain's specification with freshly designed filters."""
    return SignalSpec(
        grid_hz=grid_hz,
        window_s=window_s,
        hop_s=hop_s,
        tonic_hz=TONIC_HZ,
        scr_threshold_us=0.02,
        banks=(
            design_bank("ecg_detection", 2, *ECG_DETECTION_HZ, ECG_RATES_HZ),
            design_bank("bvp_pulse", 2, *BVP_PULSE_HZ, BVP_RATES_HZ),
            design_eda_bank(EDA_RATES_HZ),
        ),
    )


def with_eeg(spec: SignalSpec, channels: int) -> SignalSpec:
    """The specification with EEG of so many channels: its windows hold the tensor ``eeg``."""
    bands = (design_bank(name, 2, *hz, EEG_RATES_HZ) for name, hz in EEG_BANDS_HZ.items())
    return msgspec.structs.replace(spec, banks=(*spec.banks, *bands), eeg_channels=channels)
