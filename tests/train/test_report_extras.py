"""What benchmarks put into a run folder is what the report shows."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from made_boards import board

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import accuracy  # noqa: E402
import calibration  # noqa: E402

from edge_emotion_train.evaluation.accuracy.matrix import Crossing, macro_f1_table  # noqa: E402
from edge_emotion_train.evaluation.rows import rows_of  # noqa: E402
from edge_emotion_train.recipe import load_recipe  # noqa: E402
from edge_emotion_train.report.extras import load_cross, load_curve, save_cross, save_curve  # noqa: E402
from edge_emotion_train.report.panels import cross_section, curve_section  # noqa: E402


def test_a_matrix_is_kept_with_its_intervals(tmp_path: Path) -> None:
    crossing = Crossing(trained_on="drivedb", tested_on="made", rows=tuple(rows_of(board())))
    save_cross(tmp_path, [crossing])
    cells = load_cross(tmp_path)
    assert [cell.system for cell in cells] == [row.system for row in crossing.rows]
    assert macro_f1_table([crossing])["drivedb"]["made"] == {
        c.system: round(c.macro_f1.value, 4) for c in cells
    }
    assert all(c.macro_f1.low <= c.macro_f1.value <= c.macro_f1.high for c in cells)
    assert "tested on made" in cross_section(cells)


def test_a_curve_is_kept_with_its_intervals(tmp_path: Path) -> None:
    saved = json.loads((ROOT / "benchmarks" / "results" / "calibration.json").read_text(encoding="utf-8"))
    save_curve(tmp_path, calibration.points(saved, load_recipe("stress")))
    points = load_curve(tmp_path)
    assert [point.minutes for point in points] == [0, 1, 2, 5]
    assert points[3].macro_f1.value == saved["macro_f1"]["learned_unknown"]["5_min"]["value"]
    assert "acmc (recipe stress) on stress_predict" in curve_section(points)


@pytest.mark.parametrize("benchmark", [accuracy, calibration])
def test_what_is_no_run_is_refused_before_the_work(
    benchmark: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--matrix"] if benchmark is accuracy else []
    monkeypatch.setattr(sys, "argv", ["it", "--data", str(tmp_path), "--run", str(tmp_path), *flags])
    assert benchmark.main() == 4  # type: ignore[attr-defined]
    assert "is not a finished run" in capsys.readouterr().err
