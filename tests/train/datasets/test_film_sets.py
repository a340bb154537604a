"""Sets of film clips with ratings: DEAP, AMIGOS, DREAMER, MAHNOB-HCI, CASE, in their true formats and with their traps."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_files import python2_pickle, write_bdf
from scipy.io import savemat

from edge_emotion.errors import RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets import Recording, open_dataset
from edge_emotion_train.datasets.mahnob import EEG_CHANNELS

RNG = np.random.default_rng(0)


def signal(recording: Recording, modality: Modality) -> np.ndarray:
    return next(s.values for s in recording.signals if s.modality is modality)


def clips(recording: Recording) -> list[Any]:
    return [i for i in recording.intervals if i.name == "clip"]


# --- DEAP


def deap_content(clip_count: int = 2, seconds: int = 13) -> dict[str, np.ndarray]:
    data = RNG.normal(size=(clip_count, 40, 128 * seconds))
    data[:, 36] = 250_000.0  # Ohm
    data[:, 36, :5] = -3.0
    data[:, 37], data[:, 38] = 37.0, 38.0
    return {"labels": np.array([[2.0, 7.0, 5.0, 9.0]] * clip_count), "data": data}


@pytest.fixture(params=["python2", "python3", "matlab"])
def deap(tmp_path: Path, request: pytest.FixtureRequest) -> Recording:
    folder = tmp_path / "DEAP" / "data_preprocessed"
    folder.mkdir(parents=True)
    if request.param == "matlab":
        savemat(folder / "s01.mat", deap_content())
    else:
        write = python2_pickle if request.param == "python2" else pickle.dumps
        (folder / "s01.dat").write_bytes(write(deap_content()))
    return open_dataset("deap", tmp_path).load("s01")


def test_deap_resistance_becomes_conductance(deap: Recording) -> None:
    eda = signal(deap, Modality.EDA)
    assert eda[5] == pytest.approx(4.0)  # 1e6 / 250 kOhm, in uS
    assert np.isnan(eda[:5]).all()


def test_deap_has_a_pulse_wave_and_no_ecg_and_channels_are_not_swapped(deap: Recording) -> None:
    assert Modality.ECG not in {s.modality for s in deap.signals}
    assert signal(deap, Modality.BVP)[0] == 38.0
    assert signal(deap, Modality.RESP)[0] == 37.0
    assert signal(deap, Modality.EEG).shape[1] == 32


def test_deap_ratings_are_valence_first_and_clips_do_not_touch(deap: Recording) -> None:
    first, second = clips(deap)
    assert (first.rating("valence"), first.rating("arousal")) == (2.0, 7.0)
    assert (first.start_s, first.end_s, second.start_s) == (3.0, 13.0, 26.0)
    assert np.isnan(signal(deap, Modality.BVP)[128 * 13 : 128 * 23]).all()


def test_deap_of_another_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deap").mkdir()
    (tmp_path / "deap" / "s01.dat").write_bytes(
        pickle.dumps({"data": np.ones((1, 39, 9)), "labels": np.ones((1, 4))})
    )
    with pytest.raises(RecordingError, match="40"):
        open_dataset("deap", tmp_path).load("s01")


# --- AMIGOS


def amigos(
    root: Path, films: list[np.ndarray], rated: list[np.ndarray], key: str = "labels_selfassessment"
) -> Recording:
    # The official archive unpacks into folders named like the files.
    folder = root / "AMIGOS" / "Data_Preprocessed_P08.mat"
    folder.mkdir(parents=True)
    cells = {"joined_data": np.empty((1, len(films)), object), key: np.empty((1, len(films)), object)}
    for at, (film, values) in enumerate(zip(films, rated, strict=True)):
        cells["joined_data"][0, at], cells[key][0, at] = film, values
    savemat(folder / "Data_Preprocessed_P08.mat", cells)
    return open_dataset("amigos", root).load("P08")


def film(seconds: int = 15) -> np.ndarray:
    values = RNG.normal(size=(128 * seconds, 17))
    values[:, 14] = 14.0
    values[:, 15] = 15.0
    values[:, 16] = 16.0
    return values


SAID = np.array([[7.0, 2.0, 3.0, 4.0, 5.0, *[0.0] * 7]])
NOTHING = np.empty((0, 0))


def test_amigos_ratings_are_arousal_first(tmp_path: Path) -> None:
    recording = amigos(tmp_path, [film()], [SAID])
    (clip,) = clips(recording)
    assert (clip.rating("arousal"), clip.rating("valence"), clip.start_s) == (7.0, 2.0, 5.0)
    assert [r.scale for r in clip.ratings][-1] == "familiarity"
    assert signal(recording, Modality.EDA)[0] == 16.0


def test_amigos_films_without_signals_are_left_out_and_without_ratings_kept(tmp_path: Path) -> None:
    recording = amigos(tmp_path, [film(), NOTHING, film()], [SAID, SAID, NOTHING], "labels_selfassessments")
    first, second = clips(recording)
    assert first.rating("arousal") == 7.0
    assert second.ratings == ()


def test_amigos_takes_the_lead_that_is_there(tmp_path: Path) -> None:
    broken = film()
    broken[:, 14] = np.nan
    ecg = signal(amigos(tmp_path, [broken, film()], [SAID, SAID]), Modality.ECG)
    assert ecg[0] == 15.0
    assert ecg[128 * 25] == 14.0


def test_an_amigos_person_without_any_film_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="without = "):
        amigos(tmp_path, [NOTHING, np.full((640, 17), np.nan)], [SAID, SAID])


def test_a_matlab_file_cut_short_is_refused(tmp_path: Path) -> None:
    amigos(tmp_path, [film()], [SAID])
    path = next(tmp_path.rglob("*.mat/*.mat"))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(RecordingError, match="Data_Preprocessed_P08"):
        open_dataset("amigos", tmp_path).load("P08")


# --- DREAMER


def cells(make: Callable[[int], np.ndarray], count: int) -> np.ndarray:
    out = np.empty((count, 1), object)
    for at in range(count):
        out[at, 0] = make(at)
    return out


def write_dreamer(root: Path, people: int = 2, count: int = 3) -> None:
    (root / "DREAMER").mkdir()
    data = np.empty((1, people), object)
    for person in range(people):
        ecg = {
            "baseline": cells(lambda _: 2000.0 + 1000 * RNG.normal(size=(256 * 6, 2)), count),
            "stimuli": cells(lambda at: 2000.0 + 1000 * RNG.normal(size=(256 * (10 + at), 2)), count),
        }
        eeg = {
            "baseline": cells(lambda _: RNG.normal(size=(128 * 6, 14)), count),
            "stimuli": cells(lambda at: RNG.normal(size=(128 * (10 + at), 14)), count),
        }
        scores = np.arange(1, count + 1, dtype=np.uint8)[:, None]
        data[0, person] = {
            "Age": "25",
            "EEG": eeg,
            "ECG": ecg,
            **{f"Score{name}": scores for name in ("Valence", "Arousal", "Dominance")},
        }
    savemat(
        root / "DREAMER" / "DREAMER.mat",
        {
            "DREAMER": {
                "Data": data,
                "EEG_SamplingRate": 128.0,
                "ECG_SamplingRate": 256.0,
                "noOfSubjects": people,
            }
        },
    )


def test_dreamer_clips_carry_their_baseline_and_scores(tmp_path: Path) -> None:
    write_dreamer(tmp_path)
    dataset = open_dataset("dreamer", tmp_path)
    recording = dataset.load("P02")
    assert dataset.names() == ("P01", "P02")
    assert [i.name for i in recording.intervals] == ["baseline", "clip"] * 3
    assert [(c.end_s - c.start_s, c.rating("valence")) for c in clips(recording)] == [
        (10, 1),
        (11, 2),
        (12, 3),
    ]
    assert clips(recording)[0].ratings[0].maximum == 5.0
    assert {s.modality: s.rate_hz for s in recording.signals} == {Modality.ECG: 256.0, Modality.EEG: 128.0}


def test_an_ecg_without_a_unit_is_brought_to_millivolts(tmp_path: Path) -> None:
    write_dreamer(tmp_path)
    ecg = signal(open_dataset("dreamer", tmp_path).load("P01"), Modality.ECG)
    assert 1.0 < np.nanmax(ecg) - np.nanmin(ecg) < 20.0


def test_dreamer_says_who_is_in_it(tmp_path: Path) -> None:
    write_dreamer(tmp_path, people=1)
    with pytest.raises(RecordingError, match="it holds P01"):
        open_dataset("dreamer", tmp_path).load("P24")


# --- MAHNOB-HCI


def write_mahnob(
    root: Path, session: str, events: list[tuple[int, int]], attributes: str, rate_hz: int = 256
) -> None:
    folder = root / "MAHNOB-HCI" / "Sessions" / session
    folder.mkdir(parents=True)
    (folder / "session.xml").write_text(
        f'<?xml version="1.0"?><session sessionId="{session}" {attributes}><subject id="7"/></session>'
    )
    count = rate_hz * 8
    status = np.full(count, 0x180000)  # the amplifier's own bits are always set
    for at, code in events:
        status[at : at + 5] |= code
    channels = {name: ("uV", RNG.normal(0, 10, count)) for name in EEG_CHANNELS}
    channels |= {"EXG1": ("uV", np.zeros(count)), "EXG3": ("uV", np.full(count, 500.0))}
    channels |= {"GSR1": ("Ohm", np.full(count, 8000.0)), "Temp": ("degC", np.full(count, 30.0))}
    write_bdf(folder / f"Part_7_S_Trial{session}_emotion.bdf", rate_hz, channels, status.tolist())


RATED = 'feltArsl="6" feltVlnc="3" feltCtrl="5" feltPred="9" feltEmo="4"'


@pytest.mark.parametrize("rate_hz", [256, 512])
def test_mahnob_clips_lie_between_the_first_two_events(tmp_path: Path, rate_hz: int) -> None:
    events = [(2 * rate_hz, 16), (6 * rate_hz, 16), (7 * rate_hz, 32)]
    write_mahnob(tmp_path, "130", events, RATED, rate_hz)
    recording = open_dataset("mahnob_hci", tmp_path).load("130")
    assert recording.person == "mahnob_hci/7"
    (clip,) = clips(recording)
    assert (clip.start_s, clip.end_s) == (2.0, 6.0)
    assert (clip.rating("arousal"), clip.rating("valence")) == (6.0, 3.0)
    assert {s.rate_hz for s in recording.signals} == {float(rate_hz)}


def test_mahnob_units_are_converted(tmp_path: Path) -> None:
    write_mahnob(tmp_path, "130", [(256, 16), (512, 16)], RATED)
    recording = open_dataset("mahnob_hci", tmp_path).load("130")
    assert signal(recording, Modality.EDA)[0] == pytest.approx(125.0, rel=1e-4)  # 8 kOhm
    assert signal(recording, Modality.ECG)[0] == pytest.approx(0.5, abs=1e-3)  # 500 uV
    assert signal(recording, Modality.TEMP)[0] == pytest.approx(30.0, abs=0.1)
    assert signal(recording, Modality.EEG).shape == (2048, 32)


def test_mahnob_sessions_without_a_rating_are_left_out(tmp_path: Path) -> None:
    write_mahnob(tmp_path, "10", [], 'isStim="1"')
    write_mahnob(tmp_path, "130", [(256, 16)], RATED)
    dataset = open_dataset("mahnob_hci", tmp_path)
    assert dataset.names() == ("130",)
    with pytest.raises(RecordingError, match="1 events"):
        dataset.load("130")


def test_an_expanding_session_file_is_refused(tmp_path: Path) -> None:
    write_mahnob(tmp_path, "130", [], RATED)
    xml = tmp_path / "MAHNOB-HCI" / "Sessions" / "130" / "session.xml"
    xml.write_text('<!DOCTYPE s [<!ENTITY a "aaaa">]><session feltArsl="1">&a;</session>')
    with pytest.raises(RecordingError, match="no session file"):
        open_dataset("mahnob_hci", tmp_path).names()


# --- CASE


def write_case(
    root: Path, columns: str = "daqtime,ecg,bvp,gsr,rsp,skt,emg_zygo,emg_coru,emg_trap,video"
) -> None:
    folder = root / "CASE" / "data" / "interpolated"
    for name in ("physiological", "annotations"):
        (folder / name).mkdir(parents=True)
    video = np.repeat([10, 11, 5, 11, 7, 12], [2000, 1000, 12000, 1000, 10000, 500])
    time_ms = np.arange(len(video)) + 500.0
    body = np.stack([time_ms, *([np.sin(time_ms / 50)] * 8), video], axis=1)
    hand_ms = np.arange(500.0, time_ms[-1], 50)
    arousal = np.where(hand_ms < 500 + 3000 + 5000, 2.0, 8.0)
    hand = np.stack([hand_ms, np.full(len(hand_ms), 6.0), arousal, np.zeros(len(hand_ms))], axis=1)
    np.savetxt(
        folder / "physiological" / "sub_1.csv", body, delimiter=",", header=columns, comments="", fmt="%.6g"
    )
    np.savetxt(
        folder / "annotations" / "sub_1.csv",
        hand,
        delimiter=",",
        header="jstime,valence,arousal,video",
        comments="",
    )


def test_case_clips_are_cut_into_pieces_with_their_own_ratings(tmp_path: Path) -> None:
    write_case(tmp_path)
    recording = open_dataset("case", tmp_path).load("sub_1")
    relaxing = [i for i in recording.intervals if i.name == "relaxing"]
    assert [(i.start_s, i.end_s) for i in relaxing] == [(3, 8), (8, 15)]
    assert [i.rating("arousal") for i in relaxing] == [2.0, 8.0]
    assert [i.name for i in recording.intervals if not i.ratings] == [
        "start",
        "blue_screen",
        "blue_screen",
        "end",
    ]
    assert {s.modality: s.rate_hz for s in recording.signals}[Modality.ECG] == 1000.0


def test_case_without_a_column_names_it(tmp_path: Path) -> None:
    write_case(tmp_path, "daqtime,ecg,bvp,eda,rsp,skt,emg_zygo,emg_coru,emg_trap,video")
    with pytest.raises(RecordingError, match="lacks gsr"):
        open_dataset("case", tmp_path).load("sub_1")
