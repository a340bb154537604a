"""What the package itself needs: an engine that loads, a sound bundle, optional packages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.cli.checks.check import Check, State, doubtful, fine
from edge_emotion.engines.opening import open_engine
from edge_emotion.errors import EdgeEmotionError

CHILD_TIMEOUT_S = 60
ABSENT = "not installed"
ENGINES: Mapping[str, tuple[str, str]] = {
    "ai-edge-litert": ("ai_edge_litert.interpreter", "pip install 'edge-emotion[litert]'"),
    "onnxruntime": ("onnxruntime", "pip install 'edge-emotion[onnxruntime]'"),
}
"""What is imported, and how to have it. One of them is enough."""
EXTRAS: Mapping[str, tuple[str, str]] = {
    "wfdb": ("wfdb", "reading WFDB records"),
    "crypto": ("cryptography", "signed bundles and encrypted references"),
    "simulate": ("bumble", "virtual sensors, also for the demo"),
    "lsl": ("pylsl", "Lab Streaming Layer, in and out"),
    "train": ("torch", "training and evaluating"),
    "export": ("litert_torch", "exporting bundles"),
}


def check_engine(name: str) -> Check:
    """Import an engine in a child process: one that was built for another CPU dies of SIGILL, and takes only the child."""
    module, advice = ENGINES[name]
    if find_spec(module.partition(".")[0]) is None:
        return doubtful(name, ABSENT, advice)
    code = f"import {module}; from importlib.metadata import version; print(version({name!r}))"
    try:
        child = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=CHILD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return doubtful(name, f"import hung for {CHILD_TIMEOUT_S} s", advice)
    if child.returncode < 0:
        found = f"import was killed by signal {-child.returncode}"
        return doubtful(name, found, f"this build does not suit the CPU: other version, {advice}")
    if child.returncode:
        reason = (child.stderr.strip().splitlines() or ["unknown error"])[-1]
        return doubtful(name, reason[:100], advice)
    return fine(name, child.stdout.strip())


def check_bundle() -> Check:
    """The shipped bundle is sound and an engine opens it."""
    try:
        bundle = load_bundle(default_bundle_path())
        engine = open_engine(bundle)
    except EdgeEmotionError as error:
        advice = "reinstall: pip install --force-reinstall edge-emotion; or name another with --bundle"
        return Check(name="bundle", state=State.FAILED, found=str(error), advice=advice)
    manifest = bundle.manifest
    return fine("bundle", f"{manifest.name} {manifest.version}, opened by {engine.name} {engine.precision}")


def check_extra(name: str) -> Check:
    """Whether an optional part is installed; nothing is imported."""
    package, purpose = EXTRAS[name]
    if find_spec(package) is None:
        return doubtful(f"extra {name}", ABSENT, f"for {purpose}: pip install 'edge-emotion[{name}]'")
    return fine(f"extra {name}", _version(package))


def _version(package: str) -> str:
    try:
        return version(package.replace("_", "-"))
    except PackageNotFoundError:
        return "installed"
