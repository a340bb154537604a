"""What holds for every modality: duplicates, reordering, loss, garbage and wrong rates; a day without error or growth."""

from __future__ import annotations

import pickle
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import beat_times_s, ecg_mv, eda_us, packets

from edge_emotion.errors import RecordingError
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import (
    NS_PER_S,
    Beat,
    Event,
    FloatArray,
    Gap,
    GapCause,
    Modality,
    QualityReason,
    Samples,
    Scr,
    Window,
)

LENGTH_S = 125.0


def bvp(duration_s: float, rate_hz: float = 64.0) -> FloatArray:
    """One smooth bump a beat."""
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    x = np.random.default_rng(0).normal(0, 0.5, len(t))
    for beat_s in beat_times_s(duration_s):
        x += 100 * np.exp(-0.5 * ((t - beat_s) / 0.1) ** 2)
    return x.astype(np.float32)


SIGNALS = {
    Modality.ECG: (ecg_mv(LENGTH_S), 130.0),
    Modality.BVP: (bvp(LENGTH_S), 64.0),
    Modality.EDA: (eda_us(LENGTH_S), 4.0),
}
EVERY = st.sampled_from(list(SIGNALS))


def seconds(modality: Modality) -> list[Samples]:
    values, rate_hz = SIGNALS[modality]
    return packets(modality, values, rate_hz, [round(rate_hz)])


def run(spec: SignalSpec, items: list[Samples], modality: Modality) -> list[Event]:
    chain = Chain(spec, (modality,))
    return [event for item in items for event in chain.push(item)]


def bits(events: list[Event]) -> list[object]:
    """Every bit of every event, kind by kind: a late packet changes when something is told, not what."""
    windows = [e for e in events if isinstance(e, Window)]
    return [
        *([e for e in events if isinstance(e, kind)] for kind in (Beat, Scr, Gap)),
        [(w.end_ns, w.quality, {k: v.tobytes() for k, v in w.tensors.items()}) for w in windows],
    ]


def last_window(events: list[Event]) -> Window:
    return [e for e in events if isinstance(e, Window)][-1]


@settings(max_examples=6, deadline=None)
@given(EVERY, st.integers(1, 100), st.integers(1, 3), st.integers(1, 4))
def test_copies_and_overtaking_change_nothing(
    signal_spec: SignalSpec, modality: Modality, at: int, late: int, copies: int
) -> None:
    items = seconds(modality)
    mixed = list(items)
    mixed.insert(at + late, mixed.pop(at))
    mixed[at : at + 1] = [mixed[at]] * copies
    assert bits(run(signal_spec, mixed, modality)) == bits(run(signal_spec, items, modality))


@settings(max_examples=6, deadline=None)
@given(EVERY, st.floats(0.001, 0.2), st.integers(0, 99))
def test_loss_never_raises_and_a_clean_minute_is_as_without_it(
    signal_spec: SignalSpec, modality: Modality, share: float, seed: int
) -> None:
    items = seconds(modality)
    lost = np.random.default_rng(seed).random(len(items)) < share
    kept = [p for p, gone in zip(items, lost, strict=True) if not gone or p.time_ns > 55 * NS_PER_S]
    assert_alike(
        last_window(run(signal_spec, kept, modality)), last_window(run(signal_spec, items, modality))
    )


@settings(max_examples=6, deadline=None)
@given(EVERY, st.lists(st.floats(width=32), min_size=1, max_size=400), st.integers(0, 40))
def test_garbage_never_raises_and_a_clean_minute_is_as_without_it(
    signal_spec: SignalSpec, modality: Modality, values: list[float], at: int
) -> None:
    signal, rate_hz = SIGNALS[modality]
    spoilt = signal.copy()
    first = round(at * rate_hz)
    garbage = np.array(values, np.float32)[: round(15 * rate_hz)]
    spoilt[first : first + len(garbage)] = garbage
    items = packets(modality, spoilt, rate_hz, [round(rate_hz)])
    assert_alike(
        last_window(run(signal_spec, items, modality)),
        last_window(run(signal_spec, seconds(modality), modality)),
    )


def assert_alike(spoilt: Window, clean: Window) -> None:
    """Finite and of the same level or heart rate; what adapts slowly may differ a little."""
    assert all(np.isfinite(t).all() for t in spoilt.tensors.values())
    for name in ("cardiac", "eda"):
        np.testing.assert_allclose(spoilt.tensors[name][0], clean.tensors[name][0], rtol=0.03, atol=0.02)


@pytest.mark.parametrize("modality", list(SIGNALS))
@pytest.mark.parametrize("rate_hz", [0.5, 3.1, 77.0, 5000.0])
def test_a_wrong_rate_is_refused_and_leaves_no_trace(
    signal_spec: SignalSpec, modality: Modality, rate_hz: float
) -> None:
    items = seconds(modality)
    chain = Chain(signal_spec, (modality,))
    with pytest.raises(RecordingError, match=f"no filter for {rate_hz:g} Hz"):
        chain.push(replace(items[0], rate_hz=rate_hz, values=np.ones(2, np.float32)))
    chain.reset()
    assert bits([e for item in items for e in chain.push(item)]) == bits(run(signal_spec, items, modality))


def test_the_tonic_part_is_true_at_once_when_contact_returns(signal_spec: SignalSpec) -> None:
    values = eda_us(LENGTH_S, every_s=200.0)
    lost = values.copy()
    lost[4 * 60 : 4 * 70] = 0.0
    items = packets(Modality.EDA, lost, 4.0, [7])
    windows = [e for e in run(signal_spec, items, Modality.EDA) if isinstance(e, Window)]
    window = next(w for w in windows if w.end_ns == 75 * NS_PER_S)
    level, phasic = window.tensors["eda"][:, -12:]
    np.testing.assert_allclose(level - phasic, values[4 * 72 : 4 * 75], atol=0.02)
    settling = [w.end_ns for w in windows if QualityReason.SETTLING in w.quality[1].reasons]
    assert 90 * NS_PER_S in settling  # 15 s after the return
    assert max(settling) <= (85 + 60) * NS_PER_S


def test_a_day_of_conductance_and_pulse_leaves_neither_errors_nor_memory(signal_spec: SignalSpec) -> None:
    """A minute an hour, the rest a declared gap: a response 20 s into it and a beat each 0.8 s, always at the same place."""
    chain = Chain(msgspec.structs.replace(signal_spec, hop_s=60.0), (Modality.BVP, Modality.EDA))
    t = np.arange(60 * 64) / 64
    pulse = (100 * np.exp(-0.5 * ((t % 0.8 - 0.4) / 0.1) ** 2)).astype(np.float32)
    skin = eda_us(60.0, every_s=100.0)
    places, sizes = set(), []
    for hour in range(24):
        start_ns = hour * 3600 * NS_PER_S
        for modality in chain.modalities if hour else ():
            chain.push(Gap(modality=modality, start_ns=0, end_ns=start_ns, cause=GapCause.STALLED))
        events = []
        for second in range(60):
            at_ns = start_ns + second * NS_PER_S
            for modality, signal, rate in ((Modality.BVP, pulse, 64), (Modality.EDA, skin, 4)):
                part = signal[second * rate : (second + 1) * rate]
                events += chain.push(
                    Samples(modality=modality, time_ns=at_ns, rate_hz=float(rate), values=part)
                )
        beats = [e.time_ns - start_ns for e in events if isinstance(e, Beat)]
        scrs = [(e.onset_ns - start_ns, e.peak_ns - start_ns) for e in events if isinstance(e, Scr)]
        places.add((tuple(b for b in beats if 20 * NS_PER_S < b < 50 * NS_PER_S), tuple(scrs)))
        sizes.append(len(pickle.dumps(chain._streams)))
    assert len(places) == 1
    ((beats_ns, scrs_ns),) = places
    assert len(beats_ns) in (37, 38)
    assert len(scrs_ns) == 1
    assert max(sizes[2:]) < 1.05 * sizes[2]


def test_a_day_of_intervals_leaves_neither_errors_nor_memory(signal_spec: SignalSpec) -> None:
    """Ninety beats an hour, 0.8 s apart by the strap's own words; the rest is a declared gap."""
    chain = Chain(msgspec.structs.replace(signal_spec, hop_s=60.0), (Modality.RR,))
    places, sizes = set(), []
    for hour in range(24):
        start_ns = hour * 3600 * NS_PER_S
        if hour:
            chain.push(Gap(modality=Modality.RR, start_ns=0, end_ns=start_ns, cause=GapCause.STALLED))
        events = []
        for beat in range(1, 91):
            at_ns = start_ns + beat * 800_000_000
            values = np.array([800.0], np.float32)
            events += chain.push(Samples(modality=Modality.RR, time_ns=at_ns, rate_hz=None, values=values))
        places.add(tuple(e.time_ns - start_ns for e in events if isinstance(e, Beat)))
        sizes.append(len(pickle.dumps(chain._streams)))
    assert len(places) == 1
    assert len(places.pop()) >= 85
    assert max(sizes[2:]) < 1.05 * sizes[2]
