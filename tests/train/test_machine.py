"""Where a fit runs: GPUs by flag, processes by torchrun's variables, the same bits on any number of threads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from easy_windows import easy_windows

from edge_emotion.errors import UsageError
from edge_emotion_train.learning.machine import Machine, machine_of, repeatable
from edge_emotion_train.learning.training import fit, predict
from edge_emotion_train.overriding import changed, recipe_toml
from edge_emotion_train.recipe import Recipe

SUPPORT = Path(__file__).parents[1] / "support"


def test_two_processes_end_with_the_same_weights(recipe: Recipe, tmp_path: Path) -> None:
    file = tmp_path / "tiny.toml"
    file.write_bytes(recipe_toml(changed(recipe, {"training.epochs": 3})))
    start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = [str(SUPPORT / "one_of_several.py"), str(file), str(tmp_path)]
    done = subprocess.run([sys.executable, *start, *script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (epochs, one), (others, two) = (
        torch.load(tmp_path / f"rank-{rank}.pt", weights_only=True) for rank in (0, 1)
    )
    assert epochs == others
    assert one.keys() == two.keys()
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, two[name], rtol=0, atol=0)
    assert (tmp_path / "kept" / "last.ckpt").is_file()


def test_torchruns_variables_are_understood() -> None:
    assert machine_of("cpu", {}) == Machine()
    four = {"WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "2", "RANK": "3"}
    machine = machine_of("cpu", four)
    assert (machine.processes, machine.nodes, machine.rank, machine.world) == (2, 2, 3, 4)
    assert machine.options()["strategy"] == "ddp"


def test_precision_follows_the_machine() -> None:
    assert Machine(gpu=True).options()["precision"] == "bf16-mixed"
    assert Machine().options()["precision"] == "32-true"


def test_a_gpu_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="sees no GPU"):
        machine_of("gpu")


def test_the_number_of_threads_changes_nothing_and_comes_back(recipe: Recipe) -> None:
    training = easy_windows(recipe, 64, 0)
    settings = msgspec.structs.replace(recipe.training, epochs=2)
    before = torch.get_num_threads()
    said = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        said.append(predict(fit(recipe.model, training, None, settings, seed=0).model, training))
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    assert not torch.are_deterministic_algorithms_enabled()
    np.testing.assert_array_equal(*said)


def test_what_cannot_be_repeated_is_refused_on_a_cpu() -> None:
    with repeatable(Machine()):
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.get_num_threads() == 1
    with repeatable(Machine(gpu=True)):
        assert not torch.are_deterministic_algorithms_enabled()
