"""The session's state follows the signals and the reports, by the data's own clock."""

from __future__ import annotations

import math

import numpy as np

from edge_emotion.runtime.state import SessionState, StateTracker
from edge_emotion.types import NS_PER_S, Abstention, Gap, GapCause, Modality, Report, Samples

ECG, EDA = Modality.ECG, Modality.EDA


def samples(modality: Modality, at_s: float) -> Samples:
    return Samples(
        modality=modality, time_ns=round(at_s * NS_PER_S), rate_hz=4.0, values=np.zeros(4, np.float32)
    )


def gap(modality: Modality, end_s: float, cause: GapCause) -> Gap:
    return Gap(modality=modality, start_ns=0, end_ns=round(end_s * NS_PER_S), cause=cause)


def report(abstention: Abstention | None = None) -> Report:
    return Report(
        start_ns=0,
        end_ns=0,
        label=None if abstention else "rest",
        abstention=abstention,
        probabilities={},
        contributions={},
        quality=(),
        heart_rate_bpm=math.nan,
        rmssd_ms=math.nan,
        eda_us=math.nan,
        scr_per_min=math.nan,
        data_age_ms=math.nan,
        latency_ms={},
    )


def told(*items) -> list[tuple[str, ...]]:
    tracker = StateTracker((ECG, EDA))
    changes = [tracker.push(item) for item in items]
    return [(c.state, *c.reasons) for c in changes if c is not None]


BEGUN = (samples(ECG, 0), samples(EDA, 0), report())


def test_from_the_first_sample_to_a_label():
    collecting = report(Abstention.COLLECTING_REFERENCE)
    assert told(samples(ECG, 0), samples(ECG, 1), samples(EDA, 1), collecting, report(), report()) == [
        ("connecting", "eda"),
        ("warming_up", "warming_up"),
        ("warming_up", "collecting_reference"),
        ("running",),
    ]


def test_an_abstention_is_told_with_its_reason_once():
    poor = report(Abstention.POOR_QUALITY)
    assert told(*BEGUN, poor, poor, report())[-2:] == [("abstaining", "poor_quality"), ("running",)]


def test_a_lost_link_outweighs_a_stall_and_both_end_with_samples():
    lost, silent = gap(ECG, 9, GapCause.DISCONNECTED), gap(EDA, 9, GapCause.STALLED)
    assert told(*BEGUN, silent, lost, samples(ECG, 10), samples(EDA, 10))[-4:] == [
        ("stalled", "eda"),
        ("reconnecting", "ecg"),
        ("stalled", "eda"),
        ("running",),
    ]


def test_a_few_lost_samples_are_no_state_and_two_ends_are():
    assert told(*BEGUN, gap(ECG, 2, GapCause.LOST))[-1] == ("running",)
    assert told(*BEGUN, gap(ECG, 9, GapCause.END), gap(EDA, 9, GapCause.END))[-1] == ("ended",)


def test_time_in_a_state_is_the_datas():
    tracker = StateTracker((ECG, EDA))
    for item in (samples(ECG, 100), samples(EDA, 130), report(), samples(ECG, 190)):
        tracker.push(item)
    assert tracker.spent_s == {
        SessionState.CONNECTING: 30.0,
        SessionState.WARMING_UP: 0.0,
        SessionState.RUNNING: 60.0,
    }
