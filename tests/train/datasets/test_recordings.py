"""Anyone's own recordings: every format, and mistakes told with their line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb
from dataset_files import write_e4_zip
from edfio import Edf, EdfAnnotation, EdfSignal

from edge_emotion.errors import RecordingError, UsageError
from edge_emotion.types import Modality
from edge_emotion_train.datasets import Recording, open_dataset

CSV = "time_s,ecg_mv,eda_us,bvp\n" + "".join(f"{i / 100:.2f},{i % 7},2.0,{i % 5}\n" for i in range(3000))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "recordings").mkdir()
    return tmp_path / "recordings"


def load(folder: Path, name: str = "a") -> Recording:
    return open_dataset("recordings", folder.parent).load(name)


def test_an_interval_file_beats_what_the_recording_says(folder: Path) -> None:
    (folder / "a.csv").write_text(CSV)
    (folder / "a.intervals.csv").write_text("start_s,end_s,label,arousal 0-10\n20,29,task,7\n0, 20 ,rest,\n")
    recording = load(folder)
    assert [(i.name, i.start_s, i.rating("arousal")) for i in recording.intervals] == [
        ("rest", 0, None),
        ("task", 20, 7),
    ]
    assert recording.person == "recordings/a"


def test_of_two_cardiac_signals_the_ecg_is_taken(folder: Path) -> None:
    (folder / "a.csv").write_text(CSV)
    assert [s.modality for s in load(folder).signals] == [Modality.ECG, Modality.EDA]


def test_annotations_of_edf_are_intervals(folder: Path) -> None:
    Edf(
        [EdfSignal(np.sin(np.arange(3000) / 9), 100, label="ECG", physical_dimension="mV")],
        annotations=[
            EdfAnnotation(0, 10, "rest"),
            EdfAnnotation(12, None, "marker"),
            EdfAnnotation(12, 15, "task"),
        ],
    ).write(folder / "a.edf")
    assert [(i.name, i.start_s, i.end_s) for i in load(folder).intervals] == [
        ("rest", 0, 10),
        ("task", 12, 27),
    ]


def test_a_wfdb_record_is_known_by_its_header(folder: Path) -> None:
    both = np.stack([np.sin(np.arange(1000) / 9), np.full(1000, 2.0) + np.arange(1000) / 1e4], axis=1)
    wfdb.wrsamp(
        "a",
        fs=100,
        units=["mV", "uS"],
        sig_name=["ECG", "EDA"],
        p_signal=both,
        fmt=["16", "16"],
        write_dir=str(folder),
    )
    dataset = open_dataset("recordings", folder.parent)
    before = dataset.fingerprint("a")
    (folder / "a.dat").write_bytes((folder / "a.dat").read_bytes()[:-4] + b"abcd")
    assert dataset.names() == ("a",)
    assert [s.modality for s in load(folder).signals] == [Modality.ECG, Modality.EDA]
    assert dataset.fingerprint("a") != before


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_an_empatica_export_shares_one_time_axis(folder: Path, form: str) -> None:
    acc = np.tile([0.0, 0.0, 64.0], (320, 1))
    files = {
        "BVP.csv": (1000.0, 64.0, np.arange(640.0)),
        "EDA.csv": (1001.5, 4.0, np.full(40, 3.0)),
        "ACC.csv": (1000.0, 32.0, acc),
    }
    write_e4_zip(folder / "a.zip", files, inside="export/")
    if form == "folder":
        import zipfile

        with zipfile.ZipFile(folder / "a.zip") as archive:
            archive.extractall(folder)
        (folder / "export").rename(folder / "a")
        (folder / "a.zip").unlink()
    bvp, eda, movement = load(folder).signals
    assert (bvp.start_s, eda.start_s, eda.rate_hz) == (0.0, 1.5, 4.0)
    assert movement.values[0].tolist() == [0.0, 0.0, 1.0]


def test_sessions_of_one_person_are_one_person(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.csv").write_text(CSV)
    (folder / "people.csv").write_text("recording,person\na,ann\nb,ann\n")
    assert {load(folder, name).person for name in ("a", "b")} == {"recordings/ann"}


def test_any_folder_can_be_named(folder: Path, tmp_path: Path) -> None:
    (folder / "a.csv").write_text(CSV)
    elsewhere = folder.rename(tmp_path / "my-study")
    assert open_dataset(f"recordings:{elsewhere}", Path()).names() == ("a",)
    with pytest.raises(RecordingError, match="not a folder"):
        open_dataset("recordings:nowhere", Path())
    with pytest.raises(UsageError, match="unknown data set"):
        open_dataset(f"wesad:{elsewhere}", Path())


def test_a_changed_label_changes_the_fingerprint(folder: Path) -> None:
    (folder / "a.csv").write_text(CSV)
    dataset = open_dataset("recordings", folder.parent)
    before = dataset.fingerprint("a")
    (folder / "a.intervals.csv").write_text("start_s,end_s,label\n0,10,rest\n")
    assert dataset.fingerprint("a") != before


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("a.intervals.csv", "start,end,label\n0,1,x\n", "lacks the columns start_s, end_s"),
        ("a.intervals.csv", "start_s,end_s,label\n0,ten,x\n", "line 2, column end_s: 'ten'"),
        ("a.intervals.csv", "start_s,end_s,label\n0,5,x\n9,8,y\n", "line 3: .* 9 to 8 s"),
        ("a.intervals.csv", "start_s,end_s,label\n0,5,\n", "needs a label"),
        ("a.intervals.csv", "start_s,end_s,label,arousal 1-9\n0,5,x,10\n", "1 to 9 is allowed"),
        ("people.csv", "name,person\n", "lacks the columns recording"),
        ("dataset.toml", "license = 'MIT'\n", "license.*may hold licence"),
        ("a.npz", "", "have one name"),
        ("a.csv", "nothing\n", "none of the columns"),
    ],
)
def test_a_mistake_is_told_with_its_place(folder: Path, file: str, text: str, message: str) -> None:
    (folder / "a.csv").write_text(CSV)
    (folder / file).write_text(text)
    with pytest.raises(RecordingError, match=message):
        load(folder)
