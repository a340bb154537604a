"""Differential entropy: the right figure, the same bits in any packets, and channels that fall off alone."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import sosfilt, sosfilt_zi

from edge_emotion.errors import RecordingError, UsageError
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.eeg.entropy import SMALLEST_VARIANCE_UV2, DifferentialEntropy
from edge_emotion.signals.spec import EEG_BANKS, SignalSpec
from edge_emotion.types import NS_PER_S, FloatArray, Modality, Samples, Window
from edge_emotion_train.preparation.filters import EEG_BANDS_HZ, design_signals, with_eeg

RATE_HZ = 128.0
CHANNELS = 3
SPEC = with_eeg(design_signals(window_s=10.0, hop_s=1.0), CHANNELS)
BANDS = [SPEC.bank(name).at(RATE_HZ) for name in EEG_BANKS]
FLOOR = 0.5 * math.log(2 * math.pi * math.e * SMALLEST_VARIANCE_UV2)


def eeg_uv(seconds: float, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(0, 10, (int(RATE_HZ * seconds), CHANNELS)).astype(np.float32)


def entropy(values: np.ndarray, sizes: list[int] | None = None) -> np.ndarray:
    analyser = DifferentialEntropy(BANDS, RATE_HZ, values.shape[1])
    cuts = np.cumsum(sizes or [])
    return np.concatenate([analyser.push(part) for part in np.split(values, cuts[cuts < len(values)])])


def test_it_is_the_entropy_of_the_filtered_blocks() -> None:
    values = eeg_uv(5.0)
    for band, sos in enumerate(BANDS):
        rows = np.array([(b0, b1, b2, 1.0, a1, a2) for b0, b1, b2, a1, a2 in sos])
        state = sosfilt_zi(rows)[:, :, None] * values[0]
        filtered, _ = sosfilt(rows, values, axis=0, zi=state)
        variance = filtered.reshape(5, 128, CHANNELS).var(axis=1)
        np.testing.assert_allclose(
            entropy(values)[:, band], 0.5 * np.log(2 * math.pi * math.e * variance), atol=1e-9
        )


@pytest.mark.parametrize("band", range(4))
def test_a_tone_shows_in_its_own_band(band: int) -> None:
    low, high = list(EEG_BANDS_HZ.values())[band]
    time_s = np.arange(int(RATE_HZ * 6)) / RATE_HZ
    tone = 20 * np.sin(2 * math.pi * math.sqrt(low * high) * time_s)
    last = entropy(tone[:, None])[-1, :, 0]
    assert last.argmax() == band
    # A sine of amplitude 20 has the variance 200; the filter passes nearly all of it.
    assert last[band] == pytest.approx(0.5 * math.log(2 * math.pi * math.e * 200), abs=0.1)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 200), max_size=12))
def test_packets_change_no_bit(sizes: list[int]) -> None:
    values = eeg_uv(4.0)
    np.testing.assert_array_equal(entropy(values, sizes), entropy(values))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 200), max_size=12))
def test_packets_change_no_bit_with_samples_missing(sizes: list[int]) -> None:
    values = eeg_uv(4.0)
    values[:7, 2] = np.inf
    values[150:170, 1] = np.nan
    np.testing.assert_array_equal(entropy(values, sizes), entropy(values))


def test_a_missing_channel_is_unknown_and_the_others_are_not() -> None:
    values, whole = eeg_uv(6.0), entropy(eeg_uv(6.0))
    values[200:210, 1] = np.nan
    found = entropy(values)
    np.testing.assert_array_equal(np.isnan(found[:, 0]).nonzero()[0], [1, 2])
    np.testing.assert_array_equal(found[:, :, [0, 2]], whole[:, :, [0, 2]])
    np.testing.assert_allclose(found[4:, :, 1], whole[4:, :, 1], atol=0.05)


def test_a_dead_channel_has_the_floor_and_not_infinity() -> None:
    np.testing.assert_allclose(entropy(np.full((384, 1), 1234.5)), FLOOR)


# --- in the chain


def windows(values: FloatArray, size: int = 128, spec: SignalSpec = SPEC) -> list[Window]:
    chain = Chain(spec, (Modality.EDA, Modality.EEG))
    eda = np.full(4 * len(values) // 128, 2.0, np.float32)
    items = [
        Samples(modality=m, time_ns=round(at / rate * NS_PER_S), rate_hz=rate, values=part[at : at + step])
        for m, rate, part, step in ((Modality.EDA, 4.0, eda, 4), (Modality.EEG, RATE_HZ, values, size))
        for at in range(0, len(part), step)
    ]
    events = [e for item in sorted(items, key=lambda i: i.time_ns) for e in chain.push(item)]
    return [event for event in events if isinstance(event, Window)]


def test_a_window_holds_the_seconds_before_its_end() -> None:
    values = eeg_uv(15.0)
    last = windows(values)[-1]
    assert last.tensors["eeg"].shape == (4, CHANNELS, 10)
    seconds = slice(last.start_ns // NS_PER_S, last.end_ns // NS_PER_S)
    expected = entropy(values)[seconds].transpose(1, 2, 0).astype(np.float32)
    np.testing.assert_array_equal(last.tensors["eeg"], expected)


@pytest.mark.parametrize("size", [1, 37, 600])
def test_windows_do_not_depend_on_packets(size: int) -> None:
    values = eeg_uv(14.0)
    values[300:330] = np.nan
    for left, right in zip(windows(values, size), windows(values), strict=False):
        np.testing.assert_array_equal(left.tensors["eeg"], right.tensors["eeg"])


def test_an_electrode_that_fell_off_leaves_the_others_and_no_nan() -> None:
    values, whole = eeg_uv(12.0), windows(eeg_uv(12.0))[-1].tensors["eeg"]
    values[:, 0] = np.nan
    eeg = windows(values)[-1].tensors["eeg"]
    assert np.all(eeg[:, 0] == 0)
    np.testing.assert_array_equal(eeg[:, 1:], whole[:, 1:])


def test_without_eeg_the_specification_and_the_windows_are_as_before() -> None:
    plain = design_signals()
    assert b"eeg" not in msgspec.json.encode(plain)
    chain = Chain(plain, (Modality.EDA,))
    events = chain.push(
        Samples(modality=Modality.EDA, time_ns=0, rate_hz=4.0, values=np.ones(60, np.float32))
    )
    assert "eeg" not in next(e for e in events if isinstance(e, Window)).tensors


def test_what_is_not_specified_is_refused() -> None:
    with pytest.raises(UsageError, match="eeg"):
        Chain(design_signals(), (Modality.EDA, Modality.EEG))
    with pytest.raises(UsageError, match="resp"):
        Chain(SPEC, (Modality.EDA, Modality.RESP))
    with pytest.raises(RecordingError, match="3 channels"):
        windows(np.ones((256, 5), np.float32))
