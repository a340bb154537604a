from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_emotion.signals.rr.correction import RrCorrector
from edge_emotion.types import Beat, Modality, RrKind

MS = 1_000_000


def correct(rr_ms: list[float]) -> list[Beat]:
    corrector = RrCorrector(Modality.ECG)
    time_ns = 0
    beats = corrector.push(0, 0, 1.0)
    for rr in rr_ms:
        time_ns += round(rr * MS)
        beats += corrector.push(time_ns, time_ns + 200 * MS, 1.0)
    return beats + corrector.interrupt()


@pytest.fixture
def rhythm() -> list[float]:
    """Forty intervals of a resting heart: 850 ms, breathing +-30 ms, 8 ms of noise."""
    noise = np.random.default_rng(3).normal(0, 8, 40)
    return list(850 + 30 * np.sin(np.arange(40) * 1.4) + noise)


def kinds(beats: list[Beat]) -> list[RrKind]:
    return [b.kind for b in beats]


def test_a_resting_heart_is_left_alone(rhythm):
    beats = correct(rhythm)
    assert set(kinds(beats)) == {RrKind.NORMAL}
    assert [b.rr_ms for b in beats[1:]] == pytest.approx(rhythm, abs=1e-5)


def test_a_constant_rhythm_then_a_small_change_is_left_alone():
    assert set(kinds(correct([800.0] * 50 + [830.0, 815.0, 800.0] * 5))) == {RrKind.NORMAL}


def test_a_missed_beat_is_put_in(rhythm):
    beats = correct([*rhythm[:20], rhythm[20] + rhythm[21], *rhythm[22:]])
    assert kinds(beats).count(RrKind.MISSED) == 2
    assert len(beats) == len(rhythm) + 1
    inserted = next(b for b in beats if b.kind is RrKind.MISSED)
    assert math.isnan(inserted.amplitude)
    assert inserted.rr_ms == pytest.approx(850, abs=40)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_an_extra_beat_is_left_out(rhythm, share):
    beats = correct([*rhythm[:20], share * rhythm[20], (1 - share) * rhythm[20], *rhythm[21:]])
    assert kinds(beats).count(RrKind.EXTRA) == 1
    assert len(beats) == len(rhythm) + 1
    assert all(b.rr_ms == pytest.approx(850, abs=60) for b in beats[1:])


def test_both_intervals_of_an_ectopic_beat_are_replaced(rhythm):
    rhythm[20] -= 300
    rhythm[21] += 300
    beats = correct(rhythm)
    assert kinds(beats)[21:23] == [RrKind.ECTOPIC, RrKind.ECTOPIC]
    assert kinds(beats).count(RrKind.NORMAL) == len(rhythm) - 1
    assert all(b.rr_ms == pytest.approx(850, abs=60) for b in beats[1:])


def test_a_lasting_change_of_rate_is_no_artefact(rhythm):
    faster = [rr - 250 for rr in rhythm]
    beats = correct(rhythm + faster)
    assert kinds(beats).count(RrKind.NORMAL) >= len(beats) - 1
    assert beats[-1].rr_ms == pytest.approx(faster[-1], abs=1e-5)


def test_implausible_intervals_at_the_start_are_replaced():
    beats = correct([800.0, 820.0, 210.0, 810.0, 800.0])
    assert beats[3].kind is RrKind.SHORT
    assert beats[3].rr_ms == pytest.approx(810.0)


def test_a_decision_comes_two_beats_late_and_says_so(rhythm):
    corrector = RrCorrector(Modality.BVP)
    time_ns, known_by = 0, {}
    for k, rr in enumerate(rhythm):
        time_ns += round(rr * MS)
        for beat in corrector.push(time_ns, time_ns + 200 * MS, 1.0):
            known_by[beat.time_ns] = k
            assert beat.decided_ns == time_ns + 200 * MS
    assert sorted(known_by.values()) == list(range(2, len(rhythm)))


def test_an_interruption_flushes_and_the_next_beat_has_no_interval(rhythm):
    corrector = RrCorrector(Modality.ECG)
    times_ns = [round(t * MS) for t in np.cumsum(rhythm)]
    beats = [b for t in times_ns[:10] for b in corrector.push(t, t, 1.0)] + corrector.interrupt()
    assert [b.time_ns for b in beats] == times_ns[:10]
    later = [b for t in times_ns[10:] for b in corrector.push(t, t, 1.0)]
    assert later[0].rr_ms is None
    assert later[1].rr_ms is not None


def test_a_silence_of_many_seconds_is_no_interval():
    beats = correct([800.0] * 10 + [9000.0] + [800.0] * 10)
    assert [b.rr_ms for b in beats].count(None) == 2


@given(st.lists(st.floats(1, 5000), max_size=80))
def test_any_intervals_give_ordered_beats_with_finite_intervals(rr_ms):
    beats = correct(rr_ms)
    assert all(a.time_ns < b.time_ns and a.decided_ns <= b.decided_ns for a, b in itertools.pairwise(beats))
    assert all(b.rr_ms is None or 0 < b.rr_ms <= 4000 for b in beats)


@given(st.lists(st.floats(300, 1500), max_size=40), st.integers(0, 39))
def test_reset_is_as_new(rr_ms, cut_at):
    times_ns = [round(t * MS) for t in np.cumsum(rr_ms)]
    used, new = RrCorrector(Modality.ECG), RrCorrector(Modality.ECG)
    for t in times_ns[:cut_at]:
        used.push(t, t, 1.0)
    used.reset()
    assert repr([used.push(t, t, 1.0) for t in times_ns]) == repr([new.push(t, t, 1.0) for t in times_ns])


def test_a_long_and_a_short_interval_are_named(rhythm):
    rhythm[20] += 400
    rhythm[30] -= 400
    beats = correct(rhythm)
    assert [beats[21].kind, beats[31].kind] == [RrKind.LONG, RrKind.SHORT]


def test_trigeminy_does_not_widen_the_limits(rhythm):
    for k in range(0, len(rhythm) - 3, 3):
        rhythm[k + 1] -= 330
        rhythm[k + 2] += 330
    marked = [b.kind is not RrKind.NORMAL for b in correct(rhythm)][10:-4]
    assert sum(marked) > 0.5 * len(marked)


def test_breathing_of_a_tenth_is_no_artefact():
    swings = 900 + 90 * np.sin(np.arange(120) * 1.3)
    beats = correct(swings.tolist())
    assert set(kinds(beats)) == {RrKind.NORMAL}


@given(st.lists(st.floats(1, 3900), max_size=80))
def test_the_measured_intervals_are_never_altered_nor_lost(rr_ms):
    kept = [m for beat in correct(rr_ms) for m in beat.measured_rr_ms]
    assert kept == pytest.approx(rr_ms, abs=1e-5)


@given(st.lists(st.floats(1, 5000), max_size=80))
def test_a_normal_interval_is_the_measured_one_and_no_other_is(rr_ms):
    for beat in correct(rr_ms):
        untouched = beat.measured_rr_ms == (() if beat.rr_ms is None else (beat.rr_ms,))
        assert untouched or beat.kind is not RrKind.NORMAL


@given(st.lists(st.floats(250, 2500), min_size=3, max_size=60))
def test_no_decision_waits_for_more_than_two_beats(rr_ms):
    corrector = RrCorrector(Modality.ECG)
    decided_ns = -1
    times_ns = [0, *(round(t * MS) for t in np.cumsum(rr_ms))]
    for k, time_ns in enumerate(times_ns):
        decided_ns = max([decided_ns, *(b.time_ns for b in corrector.push(time_ns, time_ns, 1.0))])
        assert k < 2 or decided_ns >= times_ns[k - 2]


def test_a_beat_that_is_not_later_is_ignored():
    corrector = RrCorrector(Modality.ECG)
    corrector.push(1000 * MS, 1000 * MS, 1.0)
    assert corrector.push(1000 * MS, 1100 * MS, 1.0) == []
    assert len(corrector.interrupt()) == 1


def test_what_an_interruption_decides_is_known_only_then():
    corrector = RrCorrector(Modality.ECG)
    for k in range(10):
        corrector.push(k * 800_000_000, k * 800_000_000, 1.0)
    flushed = corrector.interrupt_at(60_000_000_000)
    assert flushed
    assert all(beat.decided_ns == 60_000_000_000 for beat in flushed)
