"""Hand features against textbook values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_emotion.signals.beat_table import BeatHistory, BeatTable
from edge_emotion.signals.features import (
    CARDIAC_FEATURES,
    EDA_FEATURES,
    cardiac_features,
    eda_features,
    offered,
)
from edge_emotion.types import NS_PER_S, Beat, Modality, RrKind, Scr


def beats(rr_ms: list[float], kinds: dict[int, RrKind] | None = None) -> list[Beat]:
    times = np.cumsum(rr_ms)
    return [
        Beat(
            modality=Modality.ECG,
            time_ns=round(t * 1e6),
            decided_ns=round(t * 1e6),
            rr_ms=rr,
            kind=(kinds or {}).get(i, RrKind.NORMAL),
            amplitude=1.5 + 0.1 * np.sin(i),
        )
        for i, (t, rr) in enumerate(zip(times, rr_ms, strict=True))
    ]


def table(rhythm: list[Beat]) -> BeatTable:
    history = BeatHistory()
    history.extend(rhythm)
    return history.between(0, 2**62)


def cardiac(name: str, rhythm: list[Beat]) -> float:
    return float(cardiac_features(table(rhythm))[CARDIAC_FEATURES.index(name)])


def test_heart_rate_and_variability_of_an_alternating_rhythm() -> None:
    rhythm = beats([800.0, 860.0] * 20)
    assert cardiac("mean_heart_rate_bpm", rhythm) == pytest.approx((75 + 60000 / 860) / 2, rel=1e-5)
    assert cardiac("log_rmssd_ms", rhythm) == pytest.approx(np.log(60 + 1), rel=1e-5)
    assert cardiac("log_sdnn_ms", rhythm) == pytest.approx(np.log(30 + 1), rel=1e-5)
    assert cardiac("pnn50", rhythm) == 1.0


def test_a_rising_heart_rate_has_its_slope() -> None:
    rates = 60 + np.arange(60) * 0.5
    slope = cardiac("heart_rate_slope_bpm_per_min", beats((60_000 / rates).tolist()))
    assert 35 < slope < 45  # 0.5 bpm a beat at 60 to 90 beats a minute


def test_corrected_intervals_take_no_part_in_variability() -> None:
    rhythm = [800.0] * 20
    rhythm[10] = 1200.0
    spoilt = cardiac("log_rmssd_ms", beats(rhythm))
    clean = cardiac("log_rmssd_ms", beats(rhythm, {10: RrKind.ECTOPIC}))
    assert clean == pytest.approx(0.0)
    assert spoilt > 4


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_beats_describe_nothing(count: int) -> None:
    assert not cardiac_features(table(beats([800.0] * count))).any()


def test_a_break_takes_no_part_in_variability() -> None:
    rhythm = beats([800.0] * 30 + [1000.0] * 30)
    broken = [replace(b, rr_ms=None) if i == 30 else b for i, b in enumerate(rhythm)]
    assert cardiac("log_rmssd_ms", broken) == pytest.approx(0.0)
    assert cardiac("log_rmssd_ms", rhythm) > 2


@pytest.mark.parametrize(("window_s", "count"), [(10.0, 15), (30.0, 18), (60.0, 22), (300.0, 22)])
def test_a_window_offers_what_it_is_long_enough_for(window_s: float, count: int) -> None:
    rng = np.random.default_rng(0)
    rhythm = beats((850 + rng.normal(0, 40, round(window_s / 0.85))).tolist())
    values = dict(zip(CARDIAC_FEATURES, cardiac_features(table(rhythm), window_s).tolist(), strict=True))
    assert {name for name, value in values.items() if value} == set(offered(window_s))
    assert len(offered(window_s)) == count
    assert not any(word in name for name in offered(window_s) for word in ("lf", "hf"))


def test_eda_features_count_responses_per_minute() -> None:
    scr = Scr(onset_ns=0, peak_ns=NS_PER_S, decided_ns=2 * NS_PER_S, amplitude_us=0.3, rise_time_s=1.0)
    level = np.linspace(2, 3, 240, dtype=np.float32)
    got = dict(
        zip(EDA_FEATURES, eda_features(np.stack([level, level * 0]), [scr] * 3, 4.0).tolist(), strict=True)
    )
    assert got["scr_per_min"] == pytest.approx(3.0)
    assert got["level_slope_us_per_min"] == pytest.approx(1.0, rel=0.01)
    assert got["log_scr_amplitude_mean_us"] == pytest.approx(np.log(0.31), rel=1e-5)
    assert got["mean_phasic_us"] == 0.0


def test_features_of_constant_signals_are_finite() -> None:
    flat = np.full(240, 1.5, np.float32)
    assert np.isfinite(eda_features(np.stack([flat, flat * 0]), [], 4.0)).all()
    assert np.isfinite(cardiac_features(table(beats([800.0] * 60)))).all()
