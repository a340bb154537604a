"""The steps on their own: calibration, ladder, gates, packing, card, flags."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from edge_emotion.bundle.manifest import Fidelity
from edge_emotion.bundle.writing import write_bundle
from edge_emotion.errors import BundleError, EdgeEmotionError, GateError, InputError, UsageError
from edge_emotion_export import cli
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.calibration import WINDOWS, choose_calibration, digest, without_role
from edge_emotion_export.ladder import Faithfulness, Rung, climb
from edge_emotion_export.network.complexity import count_macs
from edge_emotion_export.proof.gates import check_gates
from edge_emotion_export.proof.proving import Proof, macro_f1
from edge_emotion_export.proof.reference import reference_of
from edge_emotion_export.recipes import Recipe
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.runs.record import Run, load_run

ROLES = ("cardiac", "eda")


def windows(count: int, people: int = 4) -> WindowSet:
    random = np.random.default_rng(0)
    inputs = {
        "cardiac": random.normal(size=(count, 2, 8)).astype(np.float32),
        "eda_features": random.normal(size=(count, 3)).astype(np.float32),
        "present": np.ones((count, 2), np.float32),
    }
    names = np.array([f"P{i * people // count}" for i in range(count)])
    return WindowSet(inputs=inputs, labels=np.arange(count) % 2, people=names)


def test_calibration_gives_everyone_and_every_class_the_same_room() -> None:
    chosen = choose_calibration(windows(4000), ROLES)
    full = chosen.take(chosen.inputs["present"].min(axis=1) > 0)
    assert len(full) <= WINDOWS
    counts = {
        (p, n): int(np.sum((full.people == p) & (full.labels == n))) for p in full.names() for n in (0, 1)
    }
    assert len(counts) == 8
    assert max(counts.values()) - min(counts.values()) <= 1


def test_calibration_holds_each_role_missing() -> None:
    present = choose_calibration(windows(400), ROLES).inputs["present"]
    assert {tuple(row) for row in present.tolist()} == {(1, 1), (0, 1), (1, 0)}


def test_missing_role_is_what_the_runtime_gives() -> None:
    masked = without_role(windows(4), ROLES, "eda")
    assert not masked.inputs["eda_features"].any()
    assert masked.inputs["cardiac"].any()
    assert masked.inputs["present"].tolist() == [[1, 0]] * 4


def test_digest_follows_the_values() -> None:
    one, other = windows(8), windows(8)
    assert digest(one) == digest(other)
    other.inputs["cardiac"][0, 0, 0] += 1
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    ("count", "value", "message"),
    [
        (31, None, "has 31 calibration windows; at least 32"),
        (64, np.nan, "'cardiac' that are not finite"),
        (64, 1.0, "one constant value in 'cardiac'"),
    ],
)
def test_useless_calibration_is_refused(count: int, value: float | None, message: str) -> None:
    useless = windows(count)
    if value is not None:
        useless.inputs["cardiac"][:] = value
    with pytest.raises(InputError, match=message):
        choose_calibration(useless, ROLES)


def judged(*agreements: float, errors: tuple[float, ...] = (0.0, 0.0, 0.0)) -> tuple[str, list[str]]:
    scores = {
        rung: Faithfulness(labels=kept, mean_error=error)
        for rung, kept, error in zip(Rung, agreements, errors, strict=False)
    }
    choice = climb(
        scores,
        lambda rung: Artefact(engine="litert", precision="int8", content=rung.encode()),
        lambda made: scores[Rung(made.content.decode())],
    )
    return choice.artefact.content.decode(), [rung.value for rung, _ in choice.tried]


@pytest.mark.parametrize(
    ("agreements", "taken", "tried"),
    [
        ((0.999, 1.0, 1.0), "static", ["static"]),
        ((0.98, 0.999, 1.0), "static body", ["static", "static body"]),
    ],
    ids=["first is enough", "next is enough"],
)
def test_ladder_stops_at_enough(agreements: tuple[float, ...], taken: str, tried: list[str]) -> None:
    assert judged(*agreements) == (taken, tried)


def test_where_none_is_enough_the_closest_is_taken() -> None:
    """A few labels more are luck."""
    taken, tried = judged(0.997, 0.996, 0.99, errors=(0.02, 0.001, 0.002))
    assert (taken, len(tried)) == ("static body", len(Rung))


GOOD = Fidelity(
    path="model.int8.tflite",
    engine="litert",
    windows=500,
    people=5,
    label_agreement=0.995,
    max_abs_error=0.02,
    mean_abs_error=0.001,
    macro_f1_float=0.8,
    macro_f1=0.798,
    int8_weight_share=1.0,
    int8_mac_share=0.97,
)


def proof(precision: Any = "int8", without: float = 1.0, **changed: float) -> Proof:
    return Proof(
        artefact=Artefact(engine="litert", precision=precision, content=b""),
        fidelity=msgspec.structs.replace(GOOD, **changed),
        agreement_without={"eda": without},
    )


def test_faithful_files_pass() -> None:
    check_gates([proof(), proof("float32", label_agreement=1.0, max_abs_error=1e-6)], Recipe.STATIC)


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        (proof(label_agreement=0.989), "label agreement 0.9890, at least 0.99"),
        (proof(macro_f1=0.79), "macro-F1 lost 0.0100, at most 0.005"),
        (proof(int8_weight_share=0.5), "int8 weights 0.50, at least 0.95"),
        (proof(int8_mac_share=0.3), "arithmetic in int8 0.30 of it, at least 0.5: it stayed float"),
        (proof(without=0.97), "label agreement without eda 0.9700, at least 0.98"),
        (proof("float16", label_agreement=0.998), "label agreement 0.9980, at least 0.999"),
        (proof("float32", max_abs_error=1e-6), "label agreement 0.9950, must be 1"),
        (proof("float32", label_agreement=1.0, max_abs_error=1e-3), "error 1.0e-03, at most 1e-04"),
        (proof("float32", label_agreement=1.0, max_abs_error=float("nan")), "error nan"),
    ],
)
def test_unfaithful_file_fails_the_gate(failing: Proof, message: str) -> None:
    with pytest.raises(GateError, match=f"nothing written: model.int8.tflite: .*{message}") as caught:
        check_gates([proof(), failing], Recipe.STATIC)
    assert caught.value.exit_code == 5


def test_macro_f1_counts_each_class_alike() -> None:
    labels, predicted = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    assert macro_f1(labels, predicted) == pytest.approx((0.8 + 2 / 3) / 2)


def test_network_with_nan_weights_is_refused(run: Run) -> None:
    broken = run.model.head.bias.detach().clone()
    run.model.head.bias.data.fill_(np.nan)
    with pytest.raises(InputError, match="not finite"):
        reference_of(run.model, run.heldout, 1.0)
    run.model.head.bias.data.copy_(broken)


def test_macs_of_a_known_layer(run: Run) -> None:
    example = {n: v[:1] for n, v in run.heldout.inputs.items()}
    head = run.model.head
    before = count_macs(run.model, example)
    assert before > head.in_features * head.out_features
    assert count_macs(run.model, example) == before


def test_unreadable_bundle_is_never_given_its_name(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        write_bundle(b"not a bundle", tmp_path / "a.emo")
    assert list(tmp_path.iterdir()) == []


def test_unwritable_folder_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="choose another folder with --out"):
        write_bundle(b"", tmp_path / "file" / "a.emo")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--formats", "onnx,coreml"], "give one or more of onnx, tflite, tflm, each once"),
        (["--formats", "onnx,onnx"], "give one or more of onnx, tflite, tflm, each once"),
        (["--version", "latest"], "three numbers"),
        (["--name", "../x"], "letters, digits"),
    ],
)
def test_bad_flags_are_usage_errors(flags: list[str], message: str, tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    with pytest.raises(UsageError, match=message):
        cli.run(parser.parse_args([str(tmp_path), *flags]))


def exit_of(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    with pytest.raises(EdgeEmotionError) as caught:
        cli.run(parser.parse_args(arguments))
    assert "\n" not in str(caught.value)
    return caught.value.exit_code


def test_bad_input_says_so_and_leaves_nothing_behind(run_folder: Path, tmp_path: Path) -> None:
    pickled = run_folder / "last.ckpt"
    pickled.write_bytes(b"PK")
    other = run_folder / "other.safetensors"
    save_file({"head.weight": torch.zeros(3, 3)}, other)
    out = ("--out", str(tmp_path))
    assert exit_of(str(pickled), *out) == 4
    assert exit_of(str(other), *out) == 4
    assert exit_of(str(run_folder), "--recipe", "int4", *out) == 2
    assert exit_of(str(run_folder), "--calibrate", str(tmp_path), *out) == 2
    assert exit_of(str(run_folder), "--int8", "--calibrate", str(tmp_path / "none"), *out) == 4
    assert list(tmp_path.iterdir()) == []
    pickled.unlink()
    other.unlink()


def test_a_checkpoint_in_the_run_folder_takes_the_place_of_its_weights(run_folder: Path) -> None:
    tensors = load_file(run_folder / "model.safetensors")
    changed = run_folder / "epoch-2.safetensors"
    save_file(
        {name: values * 2 if name == "head.bias" else values for name, values in tensors.items()}, changed
    )
    found, plain = load_run(changed).model.state_dict(), load_run(run_folder).model.state_dict()
    changed.unlink()
    assert torch.equal(found["head.bias"], plain["head.bias"] * 2)
    assert torch.equal(found["head.weight"], plain["head.weight"])


def test_weights_that_are_not_finite_end_the_export_before_any_conversion(
    run_folder: Path, tmp_path: Path
) -> None:
    tensors = load_file(run_folder / "model.safetensors")
    tensors["tokens.0.join.weight"][0, 0] = float("nan")
    broken = run_folder / "broken.safetensors"
    save_file(tensors, broken)
    assert exit_of(str(broken), "--int8", "--out", str(tmp_path)) == 4
    broken.unlink()
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    with pytest.raises(InputError, match="not a finished run"):
        cli.run(parser.parse_args([str(tmp_path)]))
