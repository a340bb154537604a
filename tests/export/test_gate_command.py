"""Exit code 5, driven through the command: ranges measured on a roar leave no step for what the held-out windows say."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from edge_emotion.cli import main
from edge_emotion_train.preparation.windows import save_windows
from edge_emotion_train.runs.record import CALIBRATION_FILE, Run


def test_a_file_that_fails_is_explained_and_not_written(
    streaming_folder: Path, streaming_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loud = streaming_run.calibration
    roar = {n: v if n == "present" else v * 500 for n, v in loud.inputs.items()}
    run = Path(shutil.copytree(streaming_folder, tmp_path / "run"))
    save_windows(run / CALIBRATION_FILE, replace(loud, inputs=roar))
    assert main(["export", str(run), "--int8", "--formats", "onnx", "--out", str(tmp_path / "out")]) == 5
    said = capsys.readouterr()
    assert said.out == ""
    for path in ("model.int8.onnx", "hop.int8.onnx"):
        assert f"{path}: layers that lost most" in said.err
    assert said.err.count("lost dB") == 2
    assert "nothing written: model.int8.onnx: label agreement" in said.err
    assert not (tmp_path / "out").exists()
