"""A bundle is data: nothing on the way from its bytes to an engine can run what it holds."""

from __future__ import annotations

import ast
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import edge_emotion
from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.container import encode
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_model
from edge_emotion.errors import BundleError, EngineError

UNSAFE = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "yaml"}
DEVICE = Path(edge_emotion.__file__).parent


class Attack:
    """Makes a folder where it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.target),)


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_device_imports_nothing_that_unpickles() -> None:
    found = {
        (str(path), name)
        for path in DEVICE.rglob("*.py")
        for name in imported(path.read_text(encoding="utf-8"))
        if name.partition(".")[0] in UNSAFE
    }
    assert found == set()


def test_the_device_never_asks_numpy_to_unpickle() -> None:
    sources = (path.read_text(encoding="utf-8") for path in DEVICE.rglob("*.py"))
    assert not [source for source in sources if "allow_pickle=True" in source]


def test_reading_a_bundle_and_opening_its_models_unpickles_and_runs_nothing() -> None:
    code = (
        "import sys, numpy, onnxruntime\n"
        "from edge_emotion.bundle.reader import load_bundle\n"
        "from edge_emotion.engines.opening import open_engine\n"
        "def hook(event, _):\n"
        "    if event in ('pickle.find_class', 'os.system', 'subprocess.Popen', 'marshal.loads', 'socket.connect'):\n"
        "        raise SystemExit(event)\n"
        f"bundle = load_bundle({str(default_bundle_path())!r})\n"
        "sys.addaudithook(hook)\n"
        f"bundle = load_bundle({str(default_bundle_path())!r})\n"
        "open_engine(bundle, 'onnxruntime', 'int8')\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_pickle_is_no_bundle(tmp_path: Path) -> None:
    path, target = tmp_path / "a.emo", tmp_path / "made"
    path.write_bytes(pickle.dumps(Attack(target)))
    with pytest.raises(BundleError, match="is not a bundle"):
        load_bundle(path)
    assert not target.exists()


def test_a_pickle_is_no_manifest(tmp_path: Path, members: dict[str, bytes]) -> None:
    path, target = tmp_path / "a.emo", tmp_path / "made"
    path.write_bytes(encode({**members, "manifest.json": pickle.dumps(Attack(target))}))
    with pytest.raises(BundleError, match="cannot use"):
        load_bundle(path)
    assert not target.exists()


@pytest.mark.parametrize("name", ["model.onnx", "model.tflite"])
def test_a_pickle_is_no_model(tmp_path: Path, name: str) -> None:
    target, shipped = tmp_path / "made", load_bundle(default_bundle_path()).manifest
    file = next(f for f in shipped.model_files if f.path == name)
    with pytest.raises(EngineError):
        open_model(pickle.dumps(Attack(target)), file, shipped.inputs)
    assert not target.exists()
