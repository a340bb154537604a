"""Meiosis pre-training: what crossing over keeps, who meets whom, what the loss is worth, and who is never seen."""

from __future__ import annotations

import argparse
import math
import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from edge_emotion.errors import InputError, UsageError
from edge_emotion_train.cli import pretrain as pretrain_command
from edge_emotion_train.cli import train as train_command
from edge_emotion_train.datasets import Interval
from edge_emotion_train.learning.training import fit
from edge_emotion_train.models import AcmcConfig, MeMhaclConfig, StreamConfig, build_model
from edge_emotion_train.models.me_mhacl import MeMhacl
from edge_emotion_train.overriding import changed
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.pretraining.contrast import GroupProjector, nt_xent
from edge_emotion_train.pretraining.groups import GroupSampler
from edge_emotion_train.pretraining.learning import pretrain
from edge_emotion_train.pretraining.meiosis import cross, offspring, splits
from edge_emotion_train.pretraining.moments import moments_of, on_the_clock
from edge_emotion_train.pretraining.settings import PretrainingSettings
from edge_emotion_train.pretraining.store import WEIGHTS_FILE, load_encoders, read_pretraining, require_unseen
from edge_emotion_train.recipe import Recipe, load_recipe
from edge_emotion_train.runs.producing import Plan, produce_run
from edge_emotion_train.runs.record import RECORD_FILE, load_run

STREAMS = tuple(StreamConfig(role=r, channels=4, features=2) for r in ("cardiac", "eda"))
CONFIG = MeMhaclConfig(streams=STREAMS, steps=40, widths=(8, 12), strides=(2, 2), kernels=(5, 3))
SETTINGS = PretrainingSettings(steps=120, moments=6, projector_width=32, learning_rate=3e-3)


def windows_at_moments(people: int, moments: int, seed: int) -> WindowSet:
    """At each moment everyone's signal sways at the moment's own pace, each person with an offset and noise of their own."""
    random = np.random.default_rng(seed)
    who, when = np.divmod(np.arange(people * moments), moments)
    pace = np.arange(40) * (0.2 + 0.15 * when[:, None])
    shared = np.stack([np.sin(pace), np.cos(pace)] * 2, axis=1)
    inputs = {
        r: shared + 0.3 * random.normal(size=shared.shape) + who[:, None, None] / people
        for r in ("cardiac", "eda")
    }
    inputs |= {f"{r}_features": random.normal(size=(len(who), 2)) for r in ("cardiac", "eda")}
    inputs["present"] = np.ones((len(who), 2))
    return WindowSet(
        inputs={n: v.astype(np.float32) for n, v in inputs.items()},
        labels=when % 2,
        people=np.array([f"p{w}" for w in who]),
        moments=np.array([f"set/film#0@{w}" for w in when]),
    )


def recording(intervals: tuple[Interval, ...], windows: int) -> PreparedRecording:
    start = np.arange(windows, dtype=np.int64) * 20_000_000_000
    return PreparedRecording(
        name="set/S1",
        person="set/S1",
        intervals=intervals,
        tensors={},
        start_ns=start,
        end_ns=start + 60_000_000_000,
        quality=np.ones((windows, 2)),
        complete=np.ones(windows, np.bool_),
    )


@given(split=st.integers(1, 11), seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_offspring_keep_every_sample_at_its_time(split: int, seed: int) -> None:
    first, second = torch.randn(2, 3, 12, generator=torch.Generator().manual_seed(seed))
    one, other = cross(first, second, split)
    before, after = (torch.stack(pair).sort(dim=0).values for pair in ((first, second), (one, other)))
    torch.testing.assert_close(after, before, rtol=0, atol=0)
    assert torch.equal(one[:, :split], first[:, :split])
    assert torch.equal(one[:, split:], second[:, split:])
    assert not torch.equal(one, first)


@given(share=st.floats(0, 1, exclude_max=True), lengths=st.lists(st.integers(2, 300), min_size=1, max_size=4))
def test_a_split_lies_inside_of_every_modality_at_the_same_share(share: float, lengths: list[int]) -> None:
    found = splits(share, lengths)
    assert all(1 <= split <= length - 1 for split, length in zip(found, lengths, strict=True))
    assert all(abs(s - share * n) <= 1 for s, n in zip(found, lengths, strict=True))
    assert splits(share, [lengths[0]] * 3) == [found[0]] * 3


def test_every_modality_crosses_the_same_pairs() -> None:
    parents = torch.arange(24.0).reshape(2, 1, 2, 1, 6)
    (one, other), (tenfold, _) = offspring([parents, parents * 10.0], 0.5)
    assert one[0, 0, 0].tolist() == [0, 1, 2, 9, 10, 11]
    assert other[0, 0, 0].tolist() == [6, 7, 8, 3, 4, 5]
    torch.testing.assert_close(tenfold, one * 10.0)


@given(seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_only_different_people_at_one_moment_meet(seed: int) -> None:
    windows = windows_at_moments(people=7, moments=5, seed=0)
    assert windows.moments is not None
    index = GroupSampler(windows, moments=4, pairs=2).draw(np.random.default_rng(seed))
    assert index.shape == (4, 2, 2)
    at = windows.moments[index].reshape(4, -1)
    assert (at == at[:, :1]).all()
    assert len(set(at[:, 0].tolist())) == 4
    assert all(len(set(row.tolist())) == 4 for row in windows.people[index].reshape(4, -1))


def test_a_window_without_a_signal_or_moment_meets_nobody() -> None:
    windows = windows_at_moments(people=5, moments=4, seed=0)
    assert windows.moments is not None
    windows.inputs["present"][windows.people == "p3", 1] = 0.0
    nowhere = np.where(windows.moments == "set/film#0@2", "", windows.moments)
    sampler, random = GroupSampler(replace(windows, moments=nowhere), 8, 2), np.random.default_rng(0)
    seen = np.concatenate([sampler.draw(random).ravel() for _ in range(30)])
    assert set(windows.people[seen].tolist()) == {"p0", "p1", "p2", "p4"}
    assert set(nowhere[seen].tolist()) == {f"set/film#0@{k}" for k in (0, 1, 3)}


def test_too_few_people_are_refused() -> None:
    with pytest.raises(UsageError, match="shared by 4 people"):
        GroupSampler(windows_at_moments(people=3, moments=5, seed=0), moments=4, pairs=2)
    with pytest.raises(UsageError, match="no moments"):
        GroupSampler(replace(windows_at_moments(4, 5, 0), moments=None), moments=4, pairs=2)


def test_the_order_of_a_group_does_not_matter() -> None:
    torch.manual_seed(0)
    projector, members = GroupProjector(8, 16).eval(), torch.randn(6, 3, 8)
    torch.testing.assert_close(projector(members[:, [2, 0, 1]]), projector(members))
    assert (projector(members[:, :2]) - projector(members)).abs().max() > 1e-4


@pytest.mark.parametrize("moments", [4, 8])
def test_blind_guessing_costs_the_logarithm_of_the_choices(moments: int) -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, moments, 20_000, generator=generator)
    loss = nt_xent(first, second, temperature=0.1)
    assert float(loss) / 2 == pytest.approx(math.log(2 * moments - 1), abs=0.1)
    assert float(nt_xent(first, first, temperature=0.1)) / 2 < 0.01
    torch.testing.assert_close(nt_xent(first * 7.0, second, 0.1), loss)


def test_it_learns_what_people_share() -> None:
    torch.manual_seed(0)
    model = MeMhacl(CONFIG)
    losses = pretrain(model, windows_at_moments(people=8, moments=6, seed=0), SETTINGS, seed=0)
    blind = 2 * math.log(2 * 6 - 1)
    assert np.mean(losses[-10:]) < 0.5 * blind < np.mean(losses[:3])


def test_it_looks_at_no_label_and_at_nobody_else() -> None:
    """Whatever the labels are, and whoever else there is, the encoders come out the same."""
    windows = windows_at_moments(people=6, moments=4, seed=0)
    others = np.where(windows.people == "p5", -9.0, 1.0).astype(np.float32)[:, None, None]
    changed = replace(
        windows,
        labels=1 - windows.labels,
        inputs={**windows.inputs, "eda": windows.inputs["eda"] * others},
    )
    states = []
    for each in (windows, changed):
        torch.manual_seed(0)
        model = MeMhacl(CONFIG)
        pretrain(model, each.without(["p5"]), msgspec.structs.replace(SETTINGS, steps=3), seed=0)
        states.append(model.encoders.state_dict())
    for name, tensor in states[0].items():
        torch.testing.assert_close(tensor, states[1][name], rtol=0, atol=0)


def test_fitting_starts_from_what_was_prepared(recipe: Recipe) -> None:
    windows = windows_at_moments(people=5, moments=4, seed=0)
    plain = msgspec.structs.replace(recipe.training, epochs=1, learning_rate=1e-9)
    ahead = msgspec.structs.replace(plain, pretraining=msgspec.structs.replace(SETTINGS, steps=2))
    first, second = (fit(CONFIG, windows, None, s, seed=0).model.state_dict() for s in (plain, ahead))
    moved = {n for n in first if n.endswith("weight") and (first[n] - second[n]).abs().max() > 1e-4}
    assert moved
    assert all(name.startswith("encoders.") for name in moved)


def test_another_family_has_nothing_to_prepare() -> None:
    model = build_model(AcmcConfig(streams=STREAMS, steps=40))
    with pytest.raises(UsageError, match="me_mhacl"):
        pretrain(model, windows_at_moments(4, 3, 0), SETTINGS, seed=0)


def test_moments_are_of_one_interval() -> None:
    intervals = (
        Interval(start_s=0.0, end_s=130.0, name="rest"),
        Interval(start_s=130.0, end_s=220.0, name="task"),
        Interval(start_s=220.0, end_s=400.0, name="rest"),
    )
    rest, task, again, none = "set/rest#0@", "set/task#0@0", "set/rest#1@0", ""
    found = moments_of(recording(intervals, 13)).tolist()
    assert found == [*[rest + "0"] * 3, rest + "1", none, none, none, task, task, none, none, again, again]
    by_clock = moments_of(on_the_clock(recording(intervals, 4))).tolist()
    assert by_clock == [*["set/clock#0@0"] * 3, "set/clock#0@1"]


@pytest.fixture(scope="module")
def paired_recipe(recipe_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny recipe with encoders; three training people make one pair at a moment."""
    text = recipe_file.read_text(encoding="utf-8")
    text = text.replace('family = "acmc"', 'family = "me_mhacl"\ntoken_width = 8').replace(
        "connected = [0, 1]", ""
    )
    path = tmp_path_factory.mktemp("recipe") / "paired.toml"
    path.write_text(f"{text}\n[training.pretraining]\nsteps = 3\npairs = 1\n", encoding="utf-8")
    return path


def arguments(module: ModuleType, *argv: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return parser.parse_args([str(a) for a in argv])


@pytest.fixture(scope="module")
def encoders(paired_recipe: Path, data: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("encoders") / "e"
    flags = ("--recipe", paired_recipe, "--data", data, "--cache", cache, "--out", out, "--json")
    assert pretrain_command.run(arguments(pretrain_command, *flags)) == 0
    return out


def test_pretrain_sees_training_people_only(encoders: Path) -> None:
    record = read_pretraining(encoders)
    assert record.people == tuple(f"stress_predict/S0{n}" for n in (1, 2, 3))
    assert not record.transductive
    assert record.datasets == ("stress_predict",)


def test_prepared_encoders_start_a_network(encoders: Path, paired_recipe: Path) -> None:
    model = build_model(load_recipe(str(paired_recipe)).model)
    assert isinstance(model, MeMhacl)
    load_encoders(encoders, model)
    again = MeMhacl(model.config)
    load_encoders(encoders, again)
    for one, other in zip(model.encoders.parameters(), again.encoders.parameters(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(UsageError, match="another shape"):
        load_encoders(encoders, MeMhacl(CONFIG))


def test_who_was_seen_may_not_judge(
    encoders: Path, paired_recipe: Path, data: Path, cache: Path, tmp_path: Path
) -> None:
    flags = ("--recipe", paired_recipe, "--data", data, "--cache", cache, "--pretrained", encoders)
    with pytest.raises(UsageError, match=r"3 people who are to judge \(stress_predict/S01"):
        train_command.run(arguments(train_command, *flags, "--out", tmp_path / "a", "--evaluate", "loso"))
    assert train_command.run(arguments(train_command, *flags, "--out", tmp_path / "b", "--epochs", 1)) == 0
    record = load_run(tmp_path / "b").record.pretraining
    assert record == read_pretraining(encoders)
    require_unseen(record, ["stress_predict/S04"])


def test_an_interrupted_run_does_not_go_on_from_other_encoders(
    encoders: Path, paired_recipe: Path, data: Path, cache: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "encoders"
    shutil.copytree(encoders, mine)
    quick = {"training.pretrained": str(mine), "training.pretraining": None, "training.epochs": 1}
    recipe, place = changed(load_recipe(str(paired_recipe)), quick), Place(data=data, cache=cache, jobs=1)
    produce_run(recipe, place, tmp_path / "run", Plan())
    (tmp_path / "run" / RECORD_FILE).unlink()  # as if it had been killed at the very end
    produce_run(recipe, place, tmp_path / "run", Plan())
    (tmp_path / "run" / RECORD_FILE).unlink()
    weights = load_file(mine / WEIGHTS_FILE)
    save_file({name: values + 1.0 for name, values in weights.items()}, mine / WEIGHTS_FILE)
    with pytest.raises(UsageError, match="another recipe, seed, data"):
        produce_run(recipe, place, tmp_path / "run", Plan())


def test_transductive_lets_the_held_out_in_without_their_intervals(
    paired_recipe: Path, data: Path, cache: Path, tmp_path: Path
) -> None:
    flags = ("--recipe", paired_recipe, "--data", data, "--cache", cache, "--transductive", "--steps", 1)
    assert pretrain_command.run(arguments(pretrain_command, *flags, "--out", tmp_path / "e")) == 0
    record = read_pretraining(tmp_path / "e")
    assert record.transductive
    assert "stress_predict/S04" in record.people


@pytest.mark.parametrize(
    ("file", "content"), [("pretraining.json", b"{"), ("encoders.safetensors", b"\0" * 9)]
)
def test_a_damaged_file_is_named(encoders: Path, tmp_path: Path, file: str, content: bytes) -> None:
    shutil.copytree(encoders, tmp_path / "e")
    (tmp_path / "e" / file).write_bytes(content)
    with pytest.raises(InputError, match=file):
        load_encoders(tmp_path / "e", MeMhacl(read_pretraining(encoders).model))
