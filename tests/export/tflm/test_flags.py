"""Flags that decide how integers are made are followed for a microcontroller too, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_emotion.cli import main
from edge_emotion_export.calibration import choose_calibration, digest
from edge_emotion_export.tflm.making import make_micro
from edge_emotion_train.runs.record import Run


@pytest.mark.parametrize("formats", ["tflm", "onnx,tflm"])
@pytest.mark.parametrize(
    "flags", [("--qat",), ("--recipe", "float16"), ("--recipe", "dynamic-int8"), ("--recipe", "float32")]
)
def test_another_recipe_is_refused(
    formats: str, flags: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "runs/none", "--formats", formats, *flags]) == 2
    assert "make it with --formats tflm --int8" in capsys.readouterr().err


def test_calibrate_is_followed_by_the_command(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["export", str(small_folder), "--formats", "tflm", "--int8", "--out", str(tmp_path / "out")]
    assert main([*asked, "--calibrate", str(tmp_path / "nowhere")]) == 4
    assert "nowhere is no folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_ranges_come_from_the_windows_that_were_given(small_run: Run) -> None:
    own = small_run.calibration.take(np.arange(64))
    facts = make_micro(small_run, "own", "1.0.0", lambda _: None, calibrate_on=own).facts
    assert facts.calibration_sha256 == digest(choose_calibration(own, small_run.record.roles))
