"""A sweep and a leave-one-out board over a Ray cluster are those of one process, to the last bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_emotion.cli import main
from edge_emotion_train.runs.producing import BOARDS_FILE, SWEEP_FILE
from edge_emotion_train.runs.record import WEIGHTS_FILE


# As in test_fanout: other tests of this process may have loaded JAX, which warns of any fork.
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_ray_changes_nothing(recipe_file: Path, data: Path, cache: Path, tmp_path: Path) -> None:
    for name, fan_out in (("serial", ("--jobs", "1")), ("ray", ("--ray", "local"))):
        asked = ["train", "--recipe", str(recipe_file), "--data", str(data), "--cache", str(cache), *fan_out]
        asked += ["--out", str(tmp_path / name), "--epochs", "1", "--evaluate", "loso", "--people", "2"]
        assert main([*asked, "--sweep", "--set", "training.learning_rate=0.01,0.02"]) == 0
    for file in (WEIGHTS_FILE, SWEEP_FILE, BOARDS_FILE, "predictions-stress_predict.npz"):
        one, other = ((tmp_path / name / file).read_bytes() for name in ("serial", "ray"))
        assert one == other, file
