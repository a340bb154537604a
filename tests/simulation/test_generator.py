from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_emotion.errors import InputError, UsageError
from edge_emotion.simulation.generator import SimulatedRecording, simulate
from edge_emotion.simulation.person import Person
from edge_emotion.simulation.protocol import Phase, Protocol, default_protocol, load_protocol
from edge_emotion.simulation.skin import PEAK_AFTER_S, bateman

SHORT = Protocol(
    phase=(Phase(name="rest", duration_s=60), Phase(name="stress", duration_s=60, heart_rate_bpm=110))
)


@pytest.fixture(scope="module")
def typical() -> SimulatedRecording:
    return simulate(seed=5, person=Person())


def settled_rr_ms(recording: SimulatedRecording, index: int) -> np.ndarray:
    phase = recording.phases[index]
    ends_s = recording.beat_time_s[1:]
    return recording.rr_ms[(ends_s > phase.start_s + 40) & (ends_s < phase.end_s)]


@pytest.mark.parametrize("index", [0, 1, 2])
def test_heart_rate_and_rmssd_are_those_of_the_script(typical, index):
    wanted = default_protocol().phase[index]
    rr_ms = settled_rr_ms(typical, index)
    assert 60_000 / rr_ms.mean() == pytest.approx(wanted.heart_rate_bpm, rel=0.02)
    assert np.sqrt(np.mean(np.diff(rr_ms) ** 2)) == pytest.approx(wanted.rmssd_ms, rel=0.1)


def test_scr_rate_is_that_of_the_script_over_many_people():
    counts = [len(simulate(seed=s, person=Person()).scrs.onset_s) for s in range(8)]
    wanted = sum(p.scr_per_min * p.duration_s / 60 for p in default_protocol().phase)
    assert np.mean(counts) == pytest.approx(wanted, rel=0.15)


def test_stress_raises_the_tonic_level(typical):
    rest = typical.eda_us[60 * 15 : 420 * 15].mean()
    stress = typical.eda_us[510 * 15 : 660 * 15].mean()
    assert stress > 1.4 * rest


def test_r_peaks_are_where_the_truth_says(typical):
    ecg = typical.ecg_mv
    at = np.round(typical.beat_time_s[2:-2] * 130).astype(int)
    highest = [i - 13 + int(np.argmax(ecg[i - 13 : i + 14])) for i in at]
    assert np.abs(np.array(highest) - at).max() <= 2


def test_a_lone_response_has_the_true_onset_peak_and_amplitude():
    quiet = Protocol(phase=(Phase(name="rest", duration_s=600, scr_per_min=0.4, scr_amplitude_us=2.0),))
    recording = simulate(quiet, seed=4, person=Person())
    onset, peak = recording.scrs.onset_s[0], recording.scrs.peak_s[0]
    before, top = recording.eda_us[int(onset * 15)], recording.eda_us[round(peak * 15)]
    assert top - before == pytest.approx(recording.scrs.amplitude_us[0], abs=0.1)


def test_bateman_peaks_at_one():
    times_s = np.linspace(0, 10, 10_001)
    shape = bateman(times_s)
    assert shape.max() == pytest.approx(1)
    assert times_s[shape.argmax()] == pytest.approx(PEAK_AFTER_S, abs=0.001)


def test_same_seed_same_session_other_seed_another():
    first, again, other = simulate(SHORT, seed=1), simulate(SHORT, seed=1), simulate(SHORT, seed=2)
    assert np.array_equal(first.ecg_mv, again.ecg_mv)
    assert np.array_equal(first.eda_us, again.eda_us)
    assert first.person != other.person


def test_beats_do_not_depend_on_the_sampling_rate():
    assert np.array_equal(
        simulate(SHORT, seed=1).beat_time_s,
        simulate(SHORT, seed=1, ecg_rate_hz=500, eda_rate_hz=4).beat_time_s,
    )


def test_shapes_units_and_phases():
    recording = simulate(SHORT, seed=3, ecg_rate_hz=250, eda_rate_hz=4)
    assert recording.ecg_mv.shape == (120 * 250,)
    assert recording.eda_us.shape == (120 * 4,)
    assert recording.ecg_mv.dtype == recording.eda_us.dtype == np.float32
    assert [(p.label, p.start_s, p.end_s) for p in recording.phases] == [("rest", 0, 60), ("stress", 60, 120)]


@pytest.mark.parametrize("wrong", [{"ecg_rate_hz": 10}, {"eda_rate_hz": 0.5}, {"seed": -1}])
def test_refuses_rates_and_seeds_out_of_range(wrong):
    with pytest.raises(UsageError, match="allowed"):
        simulate(SHORT, **wrong)


def test_protocol_file(tmp_path: Path):
    path = tmp_path / "p.toml"
    path.write_text('[[phase]]\nname = "breathe"\nduration_s = 30\nrespiration_hz = 0.12\n')
    assert load_protocol(path).phase == (Phase(name="breathe", duration_s=30, respiration_hz=0.12),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "phase = 3",
        "not toml",
        '[[phase]]\nname = "a"\nduration_s = -1',
        '[[phase]]\nname = "a"\nduration_s = 9\nheart_rate = 70',
    ],
)
def test_refuses_protocol_files(tmp_path: Path, text: str):
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(InputError, match="not a protocol"):
        load_protocol(path)


def test_refuses_a_protocol_that_is_not_there(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        load_protocol(tmp_path / "absent.toml")
