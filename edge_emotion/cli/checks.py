"""What ``doctor`` looks at. Every check answers in bounded time and changes nothing."""

from __future__ import annotations

import platform
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_engine
from edge_emotion.errors import EdgeEmotionError

CHILD_TIMEOUT_S = 60
BLUETOOTH_TIMEOUT_S = 5
ENGINES: Mapping[str, tuple[str, str]] = {
    "onnxruntime": ("import onnxruntime as m; print(m.__version__)", "pip install onnxruntime"),
    "ai-edge-litert": (
        "import ai_edge_litert.interpreter; from importlib.metadata import version; print(version('ai-edge-litert'))",
        "pip install 'edge-emotion[litert]'",
    ),
}
EXTRAS: Mapping[str, tuple[str, str]] = {
    "wfdb": ("wfdb", "reading WFDB records"),
    "crypto": ("cryptography", "signed bundles and encrypted references"),
    "simulate": ("bumble", "the demo's virtual radio"),
    "train": ("torch", "training and evaluating"),
    "export": ("litert_torch", "exporting bundles"),
}


class State(StrEnum):
    """How a check came out; only ``FAILED`` keeps the runtime from working."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding; ``advice`` is the next step, empty when all is well."""

    name: str
    state: State
    found: str
    advice: str = ""


def all_checks() -> list[Check]:
    """Everything, in the order in which one would look."""
    engines = [check_engine(name) for name in ENGINES]
    usable = any(c.state is State.OK for c in engines)
    if not usable:
        engines = [Check(name=c.name, state=State.FAILED, found=c.found, advice=c.advice) for c in engines]
    first = [check_python(), check_system()]
    return [*first, *engines, check_bundle(), check_bluetooth(), *(check_extra(name) for name in EXTRAS)]


def check_python() -> Check:
    """Python's version and word size: no engine has wheels for 32 bit. Under 3.11 this line could not run at all."""
    bits = struct.calcsize("P") * 8
    found = f"{platform.python_version()}, {bits} bit"
    if bits != 64:
        return Check(
            name="python", state=State.FAILED, found=found, advice="install a 64-bit operating system"
        )
    return Check(name="python", state=State.OK, found=found)


def check_system(system: Callable[[], str] = platform.system) -> Check:
    """Operating system and machine."""
    found = f"{system()} {platform.release()}, {platform.machine()}"
    if system() != "Linux":
        return Check(
            name="system", state=State.WARNING, found=found, advice="only Linux is tested; replay should work"
        )
    return Check(name="system", state=State.OK, found=found)


def check_engine(name: str) -> Check:
    """Import an engine in a child process: one that was built for another CPU dies of SIGILL, and takes only the child."""
    code, advice = ENGINES[name]
    try:
        child = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=CHILD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Check(
            name=name, state=State.WARNING, found=f"import hung for {CHILD_TIMEOUT_S} s", advice=advice
        )
    if child.returncode < 0:
        found = f"import was killed by signal {-child.returncode}"
        return Check(
            name=name,
            state=State.WARNING,
            found=found,
            advice=f"this build does not suit the CPU: other version, {advice}",
        )
    if child.returncode:
        reason = (child.stderr.strip().splitlines() or ["unknown error"])[-1]
        return Check(name=name, state=State.WARNING, found=reason[:100], advice=advice)
    return Check(name=name, state=State.OK, found=child.stdout.strip())


def check_bundle() -> Check:
    """The shipped bundle is sound and an engine opens it."""
    try:
        bundle = load_bundle(default_bundle_path())
        engine = open_engine(bundle)
    except EdgeEmotionError as error:
        advice = "reinstall: pip install --force-reinstall edge-emotion; or name another with --bundle"
        return Check(name="bundle", state=State.FAILED, found=str(error), advice=advice)
    found = f"{bundle.manifest.name} {bundle.manifest.version}, opened by {engine.name} {engine.precision}"
    return Check(name="bundle", state=State.OK, found=found)


def check_bluetooth(adapters: Path = Path("/sys/class/bluetooth")) -> Check:
    """A powered adapter under BlueZ; needed for sensors, not for recordings."""
    names = sorted(p.name for p in adapters.glob("hci*"))
    if not names:
        advice = (
            "needed for sensors only: plug in an adapter; on a Raspberry Pi: sudo systemctl start hciuart"
        )
        return Check(name="bluetooth", state=State.WARNING, found="no adapter", advice=advice)
    tool = shutil.which("bluetoothctl")
    if tool is None:
        advice = "install BlueZ: sudo apt install bluez"
        return Check(
            name="bluetooth",
            state=State.WARNING,
            found=f"{', '.join(names)}, but no bluetoothctl",
            advice=advice,
        )
    return _check_power(tool, names)


def check_extra(name: str) -> Check:
    """Whether an optional part is installed; nothing is imported."""
    package, purpose = EXTRAS[name]
    if find_spec(package) is None:
        advice = f"for {purpose}: pip install 'edge-emotion[{name}]'"
        return Check(name=f"extra {name}", state=State.WARNING, found="not installed", advice=advice)
    return Check(name=f"extra {name}", state=State.OK, found=_version(package))


def _check_power(tool: str, names: list[str]) -> Check:
    try:
        shown = subprocess.run(
            [tool, "show"], capture_output=True, text=True, timeout=BLUETOOTH_TIMEOUT_S, check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        advice = "restart it: sudo systemctl restart bluetooth"
        return Check(
            name="bluetooth", state=State.WARNING, found="bluetoothctl does not answer", advice=advice
        )
    if "Powered: yes" not in shown.stdout:
        advice = "switch it on: rfkill unblock bluetooth; bluetoothctl power on"
        return Check(
            name="bluetooth", state=State.WARNING, found=f"{', '.join(names)}, powered off", advice=advice
        )
    return Check(name="bluetooth", state=State.OK, found=f"{', '.join(names)}, powered")


def _version(package: str) -> str:
    try:
        return version(package.replace("_", "-"))
    except PackageNotFoundError:
        return "installed"
