"""What an engine does beside inferring: nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import edge_emotion

OPENED = """
from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_engine
open_engine(load_bundle(default_bundle_path()), "onnxruntime")
"""
TOLD = "import os, edge_emotion; print(os.environ['ORT_DISABLE_TELEMETRY'])"


def python(code: str, home: Path, **environment: str) -> str:
    """What a process prints whose home is a folder, and whose environment says no more than it must."""
    root = Path(edge_emotion.__file__).parents[1]
    paths = os.pathsep.join([str(root), str(root / "firmware_bridge")])
    told = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": paths, **environment}
    done = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_onnxruntime_leaves_no_identifier_of_the_device(tmp_path: Path) -> None:
    python(OPENED, tmp_path)
    assert list(tmp_path.rglob("*")) == []


def test_an_owner_decides(tmp_path: Path) -> None:
    assert python(TOLD, tmp_path, ORT_DISABLE_TELEMETRY="0") == "0"
