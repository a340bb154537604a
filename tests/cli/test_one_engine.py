"""An install has one engine, and everything works with it alone."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.sources.replay.npz import write_npz
from edge_emotion.sources.simulator import as_recording

ROOT = Path(__file__).resolve().parents[2]
ABSENT = """
import sys
absent, tried = sys.argv[1].split(","), []
sys.modules.update(dict.fromkeys(absent))
sys.addaudithook(lambda event, told: tried.append(told[0]) if event == "import" and told[0].partition(".")[0] in absent else None)
from edge_emotion.cli import main
code = main(sys.argv[2:])
sys.exit(code if not tried else f"tried to import {tried}")
"""
"""The command line in a process that has not the packages named; the attempt to import one of them fails it."""
LITERT = ("ai_edge_litert", "tflite_runtime")
ONNX = ("onnxruntime",)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The five minutes of reference, and two more."""
    path = tmp_path_factory.mktemp("recording") / "person.npz"
    write_npz(path, as_recording(simulate(Protocol(phase=(Phase(name="rest", duration_s=420.0),)), seed=3)))
    return path


def without(packages: Sequence[str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", ABSENT, ",".join(packages), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("absent", [ONNX, LITERT])
def test_the_shipped_bundle_reports_with_one_engine(person: Path, absent: Sequence[str]) -> None:
    done = without(absent, "run", "--input", person, "--json")
    assert done.returncode == 0, done.stderr
    labels = [r["label"] for line in done.stdout.splitlines() if (r := json.loads(line))["type"] == "report"]
    assert labels.count("rest") > 10


@pytest.mark.parametrize("command", [("inspect", "--json"), ("benchmark", "--help"), ("run", "--help")])
def test_other_commands_do_without_onnxruntime(command: Sequence[str]) -> None:
    done = without(ONNX, *command)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("absent", "engine"), [(ONNX, "onnxruntime"), (LITERT, "litert")])
def test_the_other_engine_asked_for_names_its_extra(person: Path, absent: Sequence[str], engine: str) -> None:
    done = without(absent, "run", "--input", person, "--engine", engine)
    assert done.returncode == 3
    assert f"run: pip install 'edge-emotion[{engine}]'" in done.stderr
    assert done.stderr.count("\n") == 1


PLATFORMS = [
    *((version, "linux", "aarch64", "ai-edge-litert") for version in ("3.11", "3.13", "3.14")),
    ("3.12", "linux", "x86_64", "ai-edge-litert"),
    ("3.12", "darwin", "arm64", "ai-edge-litert"),
    ("3.12", "win32", "AMD64", "ai-edge-litert"),
    ("3.15", "linux", "x86_64", "onnxruntime"),
    ("3.11", "linux", "armv7l", "onnxruntime"),
    ("3.11", "darwin", "x86_64", "onnxruntime"),
    ("3.12", "win32", "ARM64", "onnxruntime"),
    ("3.12", "linux", "arm64", "onnxruntime"),
]


@pytest.mark.parametrize(("version", "system", "machine", "engine"), PLATFORMS)
def test_every_platform_gets_exactly_one(version: str, system: str, machine: str, engine: str) -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    here = {"python_version": version, "sys_platform": system, "platform_machine": machine}
    wanted = [r.name for r in map(Requirement, told) if r.marker is None or r.marker.evaluate(here)]
    assert {"ai-edge-litert", "onnxruntime"} & set(wanted) == {engine}
