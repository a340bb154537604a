"""What the package itself needs: an engine that loads, a sound bundle, optional packages.

Native code runs in children alone: an engine that was built for another CPU dies of a signal, and would take the doctor along.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.cli.checks.check import Check, State, doubtful, fine
from edge_emotion.cli.checks.machine import Machine
from edge_emotion.errors import EdgeEmotionError

CHILD_TIMEOUT_S = 60
LONGEST_REASON = 160
ABSENT = "not installed"
ENGINES: Mapping[str, tuple[str, str]] = {
    "ai-edge-litert": ("ai_edge_litert.interpreter", "in the clone: pip install '.[litert]'"),
    "onnxruntime": ("onnxruntime", "in the clone: pip install '.[onnxruntime]'"),
}
"""What is imported, and how to have it. One of them is enough."""
REINSTALL = "in the clone: pip install --force-reinstall . ; or name another with --bundle"
OTHER_ENGINE = (
    "remove the engine that dies, or choose the other: edge-emotion run --engine onnxruntime (or litert)"
)
_OPENING = """\
import sys
from pathlib import Path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_engine
engine = open_engine(load_bundle(Path(sys.argv[1])))
print(engine.name, engine.precision)
"""
EXTRAS: Mapping[str, tuple[str, str]] = {
    "wfdb": ("wfdb", "reading WFDB records"),
    "crypto": ("cryptography", "signed bundles and encrypted references"),
    "simulate": ("bumble", "virtual sensors, also for the demo"),
    "lsl": ("pylsl", "Lab Streaming Layer, in and out"),
    "mqtt": ("aiomqtt", "reports to a broker"),
    "dashboard": ("starlette", "a live page"),
    "parquet": ("pyarrow", "recordings as Parquet"),
    "keyring": ("keyring", "a recording's key in the system's keyring"),
    "train": ("torch", "training and evaluating"),
    "export": ("litert_torch", "exporting bundles"),
}
WORKSTATION = ("train", "export")
"""Nothing is missing where a device lacks these."""


def check_engine(name: str) -> Check:
    """Import an engine in a child process."""
    module, advice = ENGINES[name]
    if find_spec(module.partition(".")[0]) is None:
        return doubtful(name, ABSENT, advice)
    code = f"import {module}; from importlib.metadata import version; print(version({name!r}))"
    child = _child(code)
    if child.died:
        return doubtful(
            name, f"import {child.said}", f"this build does not suit the CPU: other version, {advice}"
        )
    return fine(name, child.said) if child.worked else doubtful(name, child.said, advice)


def check_bundle() -> Check:
    """The shipped bundle is sound, and the engine that ``run`` would take opens it, in a child process."""
    path = default_bundle_path()
    try:
        manifest = load_bundle(path).manifest
    except EdgeEmotionError as error:
        return Check(name="bundle", state=State.FAILED, found=str(error), advice=REINSTALL)
    child = _child(_OPENING, str(path))
    if child.worked:
        return fine("bundle", f"{manifest.name} {manifest.version}, opened by {child.said}")
    advice = OTHER_ENGINE if child.died else REINSTALL
    return Check(name="bundle", state=State.FAILED, found=f"opening it: {child.said}", advice=advice)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """How a child ended, and the last thing that it said."""

    worked: bool
    died: bool
    said: str


def _child(code: str, *arguments: str) -> _Ended:
    command = [sys.executable, "-c", code, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return _Ended(worked=False, died=False, said=f"hung for {CHILD_TIMEOUT_S} s")
    if done.returncode < 0:
        return _Ended(worked=False, died=True, said=f"was killed by signal {-done.returncode}")
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["unknown error"])[-1]
        return _Ended(worked=False, died=False, said=reason[:LONGEST_REASON])
    return _Ended(worked=True, died=False, said=done.stdout.strip())


def check_extra(name: str, machine: Machine) -> Check:
    """Whether an optional part is installed; nothing is imported."""
    package, purpose = EXTRAS[name]
    if find_spec(package) is not None:
        return fine(f"extra {name}", _version(package))
    if name in WORKSTATION and machine.is_pi:
        return fine(f"extra {name}", f"{ABSENT}: {purpose} belongs on a workstation")
    return doubtful(f"extra {name}", ABSENT, f"for {purpose}, in the clone: pip install '.[{name}]'")


def _version(package: str) -> str:
    try:
        return version(package.replace("_", "-"))
    except PackageNotFoundError:
        return "installed"
