"""Whatever is wrong with a bundle, it is refused, and the model that was there goes on."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import onnx
import pytest
from tiny_bundle import write_bundle

from edge_emotion.bundle.container import MAX_TOTAL_BYTES, decode, encode
from edge_emotion.bundle.keys import generate, read_trusted_key, sign
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.bundle.writing import write_signed
from edge_emotion.errors import BundleError, GateError, UsageError
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.updates import installing
from edge_emotion.updates.installing import InstallRequest, install
from edge_emotion.updates.store import BundleStore
from edge_emotion.updates.trial import TrialJob, TrialResult, run_trial

POSITIONS = 1_000


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, signal_spec: SignalSpec) -> Path:
    return write_bundle(tmp_path_factory.mktemp("good") / "tiny.emo", signal_spec)


@pytest.fixture
def store(tmp_path: Path, good: Path) -> BundleStore:
    """With one bundle that has proved itself."""
    made = BundleStore(tmp_path / "store")
    made.confirm(made.install(load_bundle(good), good.read_bytes()).sha256)
    return made


def request(path: Path, **more: object) -> InstallRequest:
    return InstallRequest(path=path, precision="float32", **more)  # type: ignore[arg-type]


@pytest.fixture
def refused(store: BundleStore, tmp_path: Path) -> Callable[[bytes], str]:
    """Tries bytes, checks that nothing happened, gives the message."""

    def check(content: bytes) -> str:
        before = store.state
        path = tmp_path / "new.emo"
        path.write_bytes(content)
        with pytest.raises(BundleError) as caught:
            install(store, request(path))
        assert store.state == before
        assert before.current is not None
        assert hashlib.sha256(store.path(before.current).read_bytes()).hexdigest() == before.current.sha256
        return str(caught.value)

    return check


def test_a_flipped_bit_at_a_thousand_positions(refused, good: Path):
    content, chance = good.read_bytes(), random.Random(0)
    for position in chance.sample(range(8 * len(content)), POSITIONS):
        spoilt = bytearray(content)
        spoilt[position // 8] ^= 1 << (position % 8)
        refused(bytes(spoilt))


def test_cut_off_anywhere(refused, good: Path):
    content = good.read_bytes()
    for length in (*range(0, len(content), len(content) // 50), len(content) - 1):
        refused(content[:length])


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/b", "..\\evil", "evil\x00.onnx", ".."])
def test_names_that_climb_out(refused, good: Path, tmp_path: Path, name: str):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for member, data in decode(good.read_bytes()).items():
            archive.writestr(member, data)
        archive.writestr(zipfile.ZipInfo(name), b"evil")
    refused(packed.getvalue())
    assert not [p for p in tmp_path.rglob("*") if "evil" in p.name]


def test_larger_than_any_bundle(refused, good: Path):
    assert "larger than" in refused(good.read_bytes() + bytes(MAX_TOTAL_BYTES + 100_000))


def rebuilt(good: Path, model: bytes) -> bytes:
    """The same bundle around another model, with hashes that fit: the form is right, the content is not."""
    members = dict(decode(good.read_bytes()))
    manifest = msgspec.json.decode(members["manifest.json"])
    members["model.onnx"] = model
    for file in manifest["files"]:
        if file["path"] == "model.onnx":
            file |= {"bytes": len(model), "sha256": hashlib.sha256(model).hexdigest()}
    return encode({**members, "manifest.json": msgspec.json.encode(manifest)})


def test_a_newer_schema(refused, good: Path):
    members = dict(decode(good.read_bytes()))
    manifest = msgspec.json.decode(members["manifest.json"]) | {"schema_version": 99}
    assert "upgrade" in refused(encode({**members, "manifest.json": msgspec.json.encode(manifest)}))


def test_a_model_that_points_to_other_files(refused, good: Path):
    model = onnx.load_from_string(decode(good.read_bytes())["model.onnx"])
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    assert "passwd" not in refused(rebuilt(good, model.SerializeToString()))


def test_a_model_that_asks_for_all_memory(refused, good: Path):
    model = onnx.load_from_string(decode(good.read_bytes())["model.onnx"])
    shape = onnx.numpy_helper.from_array(__import__("numpy").array([6_000_000_000]), "much")
    model.graph.initializer.append(shape)
    model.graph.node.insert(0, onnx.helper.make_node("ConstantOfShape", ["much"], ["huge"]))
    model.graph.node.insert(1, onnx.helper.make_node("ReduceMean", ["huge"], ["all"], keepdims=0))
    model.graph.node.insert(2, onnx.helper.make_node("Add", ["present", "all"], ["present_and_all"]))
    for node in model.graph.node:
        if node.op_type == "Softmax":
            node.input[0] = "present_and_all"
    refused(rebuilt(good, model.SerializeToString()))


def test_rubbish_that_has_the_right_hash(refused, good: Path):
    refused(rebuilt(good, b"\x08\x0a" + bytes(range(256)) * 20))


def test_what_is_sound_is_tried_kept_and_counts(good: Path, tmp_path: Path):
    store = BundleStore(tmp_path / "s")
    done = install(store, request(good))
    assert done.trial.inferences > 100
    assert store.state.starts == 0
    assert installing.current_bundle(store).sha256 == load_bundle(good).sha256


def test_with_a_key_only_its_bundles_are_taken(store: BundleStore, good: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(
        installing, "tried", lambda job: TrialResult(verdicts=(), inferences=1, report_ms=1.0)
    )
    mine, other = generate(tmp_path / "mine"), generate(tmp_path / "other")
    bundle = load_bundle(good)
    write_signed(bundle, sign(bundle.read("manifest.json"), tmp_path / "mine"), tmp_path / "signed.emo")
    before = store.state
    for path, key in ((good, mine), (tmp_path / "signed.emo", other)):
        with pytest.raises(BundleError, match="signed"):
            install(store, request(path, trusted=(read_trusted_key(key.path),)))
    assert store.state == before
    done = install(store, request(tmp_path / "signed.emo", trusted=(read_trusted_key(mine.path),)))
    assert done.signed_by == mine.public_key


def test_an_older_version_and_too_little_agreement_are_refused(
    store: BundleStore, good: Path, tmp_path: Path, monkeypatch
):
    verdicts = iter((("rest",), ("rest", "stress"), ("rest", "rest")))
    monkeypatch.setattr(
        installing, "tried", lambda job: TrialResult(verdicts=next(verdicts), inferences=1, report_ms=1.0)
    )
    with pytest.raises(GateError, match=r"0\.500 of the recording"):
        install(store, request(good, recording=tmp_path, minimum_agreement=0.9))
    members = dict(decode(good.read_bytes()))
    manifest = msgspec.json.decode(members["manifest.json"]) | {"version": "0.9.0"}
    (tmp_path / "old.emo").write_bytes(encode({**members, "manifest.json": msgspec.json.encode(manifest)}))
    with pytest.raises(BundleError, match=r"older than 1\.0\.0"):
        install(store, request(tmp_path / "old.emo"))


def test_agreement_without_anything_to_agree_on_is_refused(store: BundleStore, good: Path, monkeypatch):
    spoken = TrialResult(verdicts=("rest",), inferences=1, report_ms=1.0)
    monkeypatch.setattr(installing, "tried", lambda job: spoken)
    with pytest.raises(UsageError, match="--on RECORDING"):
        install(store, request(good, minimum_agreement=0.9))


def test_a_recent_recording_that_cannot_be_used_is_no_fault_of_the_new_bundle(
    store: BundleStore, good: Path, tmp_path: Path
):
    (tmp_path / "000000.eelog").write_bytes(b"rubbish")
    assert install(store, request(good, recent=tmp_path)).comparison.recording is None


def test_a_model_that_says_no_number_is_found_out(good: Path, tmp_path: Path):
    model = onnx.load_from_string(decode(good.read_bytes())["model.onnx"])
    for tensor in model.graph.initializer:
        if tensor.name == "zero":
            values = onnx.numpy_helper.to_array(tensor) + float("nan")
            tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype("float32"), "zero"))
    (tmp_path / "nan.emo").write_bytes(rebuilt(good, model.SerializeToString()))
    result = run_trial(TrialJob(bundle=str(tmp_path / "nan.emo"), engine="auto", precision="float32"))
    assert result.fault == "says probabilities that are none"
