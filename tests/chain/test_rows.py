"""Rows that never change once they are made."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import ecg_mv, eda_us, interleaved, packets

from edge_emotion.signals.chain import Chain
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import NS_PER_S, Gap, GapCause, Modality, Samples, Window

BOTH = (Modality.ECG, Modality.EDA)
SECONDS, RATE_HZ, EDA_HZ = 50.0, 130.0, 4.0
ECG, EDA = ecg_mv(SECONDS), eda_us(SECONDS)


def final(spec: SignalSpec, hop_s: float = 1.0) -> SignalSpec:
    return msgspec.structs.replace(spec, window_s=20.0, hop_s=hop_s, final_after_s=4.0)


def windows(spec: SignalSpec, items: Sequence[Samples | Gap]) -> list[Window]:
    chain = Chain(spec, BOTH)
    return [e for item in items for e in chain.push(item) if isinstance(e, Window)]


def cut(ecg_sizes: list[int], eda_sizes: list[int]) -> list[Samples]:
    return interleaved(
        packets(Modality.ECG, ECG, RATE_HZ, ecg_sizes), packets(Modality.EDA, EDA, EDA_HZ, eda_sizes)
    )


@pytest.mark.parametrize("name", ["cardiac", "eda"])
def test_two_windows_agree_on_every_row_that_both_hold(signal_spec: SignalSpec, name: str) -> None:
    found = [w for w in windows(final(signal_spec), cut([73], [1])) if w.complete]
    # Past the start, where what was not known yet takes the first value that is.
    for earlier, later in pairwise(found[5:]):
        assert np.array_equal(earlier.tensors[name][:, 4:], later.tensors[name][:, :-4])
    anew = windows(msgspec.structs.replace(final(signal_spec), final_after_s=0.0), cut([73], [1]))
    assert not np.array_equal(anew[-2].tensors["cardiac"][:, 4:], anew[-1].tensors["cardiac"][:, :-4])


def test_rows_are_those_of_the_settled_past(signal_spec: SignalSpec) -> None:
    """Four seconds later all beats are decided: the rows lie on the series that a later window interpolates."""
    rows = windows(final(signal_spec), cut([73], [1]))[-1]
    anew = {
        w.end_ns: w
        for w in windows(msgspec.structs.replace(final(signal_spec), final_after_s=0.0), cut([73], [1]))
    }
    later = anew[rows.end_ns].tensors
    np.testing.assert_allclose(rows.tensors["eda"][:, 16:], later["eda"][:, :-16], atol=1e-6)
    np.testing.assert_allclose(rows.tensors["cardiac"][:, 16:], later["cardiac"][:, :-16], atol=0.5)


@settings(max_examples=15, deadline=None)
@given(
    ecg=st.lists(st.integers(1, 400), min_size=1, max_size=4),
    eda=st.lists(st.integers(1, 30), min_size=1, max_size=4),
)
def test_packets_change_nothing(signal_spec: SignalSpec, ecg: list[int], eda: list[int]) -> None:
    whole = {w.end_ns: w for w in windows(final(signal_spec), cut([130], [4]))}
    parts = windows(final(signal_spec), cut(ecg, eda))
    assert len(parts) == len(whole)
    for window in parts:
        for name, values in window.tensors.items():
            assert np.array_equal(values, whole[window.end_ns].tensors[name]), name


@pytest.mark.parametrize("hop_s", [5.0, 20.0])
def test_the_hop_changes_no_row(signal_spec: SignalSpec, hop_s: float) -> None:
    each_second = {w.end_ns: w for w in windows(final(signal_spec), cut([73], [1]))}
    for window in windows(final(signal_spec, hop_s), cut([73], [1])):
        if window.complete:
            assert np.array_equal(window.tensors["cardiac"], each_second[window.end_ns].tensors["cardiac"])


def test_a_gap_holds_the_last_row(signal_spec: SignalSpec) -> None:
    silence = Gap(
        modality=Modality.EDA, start_ns=30 * NS_PER_S, end_ns=50 * NS_PER_S, cause=GapCause.DISCONNECTED
    )
    items = [p for p in cut([73], [1]) if p.modality is Modality.ECG or p.time_ns < 30 * NS_PER_S]
    level = windows(final(signal_spec), [*items, silence])[-1].tensors["eda"][0]
    assert np.ptp(level[-40:]) == 0.0
    assert np.ptp(level[:40]) > 0.0
