"""Cold start and memory of the runtime: from an empty process to the first window accepted, per engine, and installed size.

Each figure is the median over fresh processes. ``ready_s`` is wall time from process start to the first report, ``rss_mb`` the
peak resident set of that process. ``steady_mb`` is the resident set after another two minutes of signal with the session and the
Bluetooth source loaded, BlueZ backend included; ``steady_own_mb`` is what of it no file stands behind. ``--install`` also
builds environments and measures their size on disk, bytecode included: ``litert`` is ``pip install .`` where LiteRT has wheels,
``onnxruntime`` what it is elsewhere, ``both`` has both; ``install_packages_mb`` says what each is made of.

    python benchmarks/footprint.py [--runs 5] [--install] [--save]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import common

ROOT = Path(__file__).resolve().parent.parent
ENGINES = {"onnxruntime": "onnxruntime", "litert": "ai-edge-litert"}
"""Names on the package index."""
BY_PACKAGE = """
import json
from edge_emotion.profiling.installed import install_mb
print(json.dumps(install_mb()))
"""

CHILD = """
import json, resource, sys, time
began = time.clock_gettime(time.CLOCK_BOOTTIME)
with open("/proc/self/stat") as stat:
    ticks = int(stat.read().rsplit(")", 1)[1].split()[19])
import os
process_start = ticks / os.sysconf("SC_CLK_TCK")
from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_engine
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.types import Modality, Report, Samples
import numpy as np
bundle = load_bundle(default_bundle_path())
pipeline = Pipeline(bundle.manifest, open_engine(bundle, sys.argv[1], "int8"), (Modality.ECG, Modality.EDA))
loaded = time.clock_gettime(time.CLOCK_BOOTTIME)
hop = int(bundle.manifest.signals.hop_s) + 1
ecg = Samples(modality=Modality.ECG, time_ns=0, rate_hz=130.0, values=np.zeros(130 * hop, np.float32))
eda = Samples(modality=Modality.EDA, time_ns=0, rate_hz=4.0, values=np.ones(4 * hop, np.float32))
reports = [e for item in (ecg, eda) for e in pipeline.push(item) if isinstance(e, Report)]
ready = time.clock_gettime(time.CLOCK_BOOTTIME)
assert reports
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
import importlib
for name in ("edge_emotion.runtime.session", "edge_emotion.sources.ble.source", "bleak.backends.bluezdbus.client"):
    importlib.import_module(name)
for second in range(hop, hop + 120):
    for modality, rate in ((Modality.ECG, 130), (Modality.EDA, 4)):
        values = 2 + np.sin(9.0 * (second + np.arange(rate) / rate), dtype=np.float32)
        pipeline.push(Samples(modality=modality, time_ns=second * 10**9, rate_hz=float(rate), values=values))
resident = dict(line.split(":") for line in open("/proc/self/status") if line.startswith(("VmRSS", "RssAnon")))
print(json.dumps({
    "interpreter_s": began - process_start, "load_s": loaded - began, "ready_s": ready - process_start,
    "rss_mb": peak_mb,
    "steady_mb": int(resident["VmRSS"].split()[0]) / 1024,
    "steady_own_mb": int(resident["RssAnon"].split()[0]) / 1024,
}))
"""


def cold_start(engine: str, runs: int) -> dict[str, float]:
    """Medians over fresh processes."""
    rows = []
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, engine],
            capture_output=True,
            text=True,
            check=True,
            cwd=tempfile.gettempdir(),
        )
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    return {key: round(statistics.median(r[key] for r in rows), 3) for key in rows[0]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """MB (10^6 bytes) of an environment, whole and by package."""

    whole: float
    packages: dict[str, float]


def installed(engines: Sequence[str]) -> Installed:
    """A fresh environment's site-packages with this project and these engines, without pip and setuptools."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [r for r in told["dependencies"] if re.split(r"[<>=; ]", r)[0] not in ENGINES.values()]
    wanted = [r for name in engines for r in told["optional-dependencies"][name]]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(Path(folder) / "bin" / "python")
        install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        # The project's own choice of an engine goes by platform; here it is made for it.
        subprocess.run([*install, *needed, *wanted], check=True)
        subprocess.run([*install, "--no-deps", "."], check=True, cwd=ROOT)
        site = next(Path(folder).glob("lib/python*/site-packages"))
        ours = [
            p
            for p in site.iterdir()
            if not p.name.startswith(("pip", "setuptools", "_distutils", "pkg_resources"))
        ]
        # Isolated: a PYTHONPATH would measure another copy.
        asked = subprocess.run([python, "-I", "-c", BY_PACKAGE], capture_output=True, text=True, check=True)
        packages = {name: round(mb, 2) for name, mb in json.loads(asked.stdout).items()}
        return Installed(whole=round(sum(_bytes(p) for p in ours) / 1e6, 1), packages=packages)


def _bytes(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(os.lstat(Path(folder) / name).st_size for folder, _, names in os.walk(path) for name in names)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--install", action="store_true", help="also build environments (minutes)")
    common.add_arguments(parser)
    args = parser.parse_args()
    environments = {**{engine: [engine] for engine in ENGINES}, "both": list(ENGINES)}
    sizes = {name: installed(engines) for name, engines in environments.items()} if args.install else {}
    starts = {engine: cold_start(engine, args.runs) for engine in ENGINES}
    common.finish(
        "footprint",
        {
            "ready_s": {engine: row["ready_s"] for engine, row in starts.items()},
            "load_s": {engine: row["load_s"] for engine, row in starts.items()},
            "rss_mb": {engine: row["rss_mb"] for engine, row in starts.items()},
            "steady_mb": {engine: row["steady_mb"] for engine, row in starts.items()},
            "steady_own_mb": {engine: row["steady_own_mb"] for engine, row in starts.items()},
            "install_mb": {name: size.whole for name, size in sizes.items()} or None,
            "install_packages_mb": {name: size.packages for name, size in sizes.items()} or None,
            "runs": args.runs,
        },
        args,
    )


if __name__ == "__main__":
    main()
