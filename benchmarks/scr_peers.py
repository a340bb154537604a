"""What other packages find: each takes conductance in uS and its rate, and gives peak times in s and amplitudes in uS."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from scr_reference import Events, Finder, Signal, phasic_peaks


def _cvxeda(eda_us: Signal, rate_hz: int) -> Events:
    import neurokit2

    phasic = neurokit2.eda_phasic(eda_us, sampling_rate=rate_hz, method="cvxeda")["EDA_Phasic"]
    return phasic_peaks(phasic.to_numpy(), rate_hz, 0.02)


def _neurokit(method: str) -> Finder:
    def find(eda_us: Signal, rate_hz: int) -> Events:
        import neurokit2

        phasic = neurokit2.eda_phasic(
            neurokit2.eda_clean(eda_us, sampling_rate=rate_hz), sampling_rate=rate_hz
        )
        _, info = neurokit2.eda_peaks(phasic["EDA_Phasic"].to_numpy(), sampling_rate=rate_hz, method=method)
        return _events(info["SCR_Peaks"], info["SCR_Amplitude"], rate_hz)

    return find


def _biosppy(eda_us: Signal, rate_hz: int) -> Events:
    from biosppy.signals.eda import eda

    found = eda(eda_us, sampling_rate=float(rate_hz), show=False)
    return _events(found["peaks"], found["amplitudes"], rate_hz)


def _events(peaks: object, amplitudes: object, rate_hz: int) -> Events:
    at, size = np.asarray(peaks, np.float64), np.asarray(amplitudes, np.float64)
    events = np.column_stack([at / rate_hz, np.where(np.isnan(size), 0.0, size)])
    return np.asarray(events[np.isfinite(at)])


PEERS: dict[str, Finder] = {
    "neurokit2": _neurokit("neurokit"),
    "neurokit2 kim2004": _neurokit("kim2004"),
    "neurokit2 nabian2018": _neurokit("nabian2018"),
    "neurokit2 vanhalem2020": _neurokit("vanhalem2020"),
    "neurokit2 cvxEDA": _cvxeda,
    "biosppy": _biosppy,
}


def careful(finder: Finder) -> Callable[[Signal, int], Events | None]:
    """``None`` where a peer is not installed or fails on a signal: it then has no figure rather than a bad one."""

    def find(eda_us: Signal, rate_hz: int) -> Events | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return finder(eda_us, rate_hz)
            except Exception:  # A peer may raise anything on a rate that it was not written for.
                return None

    return find
