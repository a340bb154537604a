"""Systems that tell stress from a heart and a skin, each asked in the same way: a second of signal, then a report.

A system is used in a process of its own: what it imports, holds and takes is its alone. `benchmarks/peers.py` asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

HOP_S = 1.0
WINDOW_S = 60
_NS_PER_MS = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Of some seconds of signal: wall time of each report, and CPU time of everything."""

    reports_ms: list[float]
    cpu_ms: float
    signal_s: float


class System(Protocol):
    """Ready to be asked; making one is importing and loading."""

    def prepare(self, session: Path) -> None:
        """Take in so much of a session that the next second ends in a report; nothing here is timed."""
        ...

    def turn(self, seconds: int) -> Turn:
        """The next seconds, a report after each."""
        ...


class OurChain:
    """The product's pipeline at a hop of a second, around any engine that takes its windows."""

    def __init__(self, engine: Callable[[Any], Any]) -> None:
        from msgspec.structs import replace

        from edge_emotion.bundle import default_bundle_path
        from edge_emotion.bundle.reader import load_bundle
        from edge_emotion.runtime.pipeline import Pipeline
        from edge_emotion.types import Modality, Report

        bundle = load_bundle(default_bundle_path())
        manifest = replace(bundle.manifest, signals=replace(bundle.manifest.signals, hop_s=HOP_S))
        self._pipeline = Pipeline(manifest, engine(bundle), (Modality.ECG, Modality.EDA))
        self._report = Report
        self._seconds: Iterator[list[Any]] = iter(())

    def prepare(self, session: Path) -> None:
        from edge_emotion.profiling.inputs import load_inputs

        inputs = load_inputs(session)
        self._seconds = _by_second(inputs.packets())
        while not self._second(next(self._seconds)):
            pass

    def turn(self, seconds: int) -> Turn:
        reports_ms: list[float] = []
        began_ns = time.process_time_ns()
        for _ in range(seconds):
            reports_ms += self._second(next(self._seconds))
        cpu_ms = (time.process_time_ns() - began_ns) / _NS_PER_MS
        return Turn(reports_ms=reports_ms, cpu_ms=cpu_ms, signal_s=seconds)

    def _second(self, items: list[Any]) -> list[float]:
        """Times of the pushes that ended in a report with an inference."""
        took_ms = []
        for item in items:
            began_ns = time.perf_counter_ns()
            events = self._pipeline.push(item)
            passed_ns = time.perf_counter_ns() - began_ns
            if any(isinstance(event, self._report) and event.probabilities for event in events):
                took_ms.append(passed_ns / _NS_PER_MS)
        return took_ms


def _by_second(packets: list[Any]) -> Iterator[list[Any]]:
    second: list[Any] = []
    for packet in packets:
        if second and packet.due_ns // 10**9 > second[-1][0]:
            yield [item for _, item in second]
            second = []
        second.append((packet.due_ns // 10**9, packet.item))


def ours(engine: str, precision: str) -> System:
    """A model of the shipped bundle."""
    from edge_emotion.engines.opening import open_engine

    return OurChain(lambda bundle: open_engine(bundle, engine, precision))  # type: ignore[arg-type]


def torch_eager(run: str) -> System:
    """The trained network itself, as a notebook calls it."""
    import torch

    from edge_emotion_train.runs.record import load_run

    model = load_run(Path(run)).model
    torch.set_num_threads(1)

    class Eager:
        name, precision = "torch", "float32"

        def run(self, inputs: Mapping[str, NDArray[np.float32]]) -> Mapping[str, NDArray[np.float32]]:
            with torch.no_grad():
                logits, shares = model(**{name: torch.from_numpy(values) for name, values in inputs.items()})
            return {"logits": logits.numpy(), "contributions": shares.numpy()}

    return OurChain(lambda bundle: Eager())


class Notebook:
    """NeuroKit2 over the last minute, again each second, and scikit-learn's logistic regression on what it found.

    The classifier is fitted on numbers without meaning: what it says is not used here, and it takes the same time.
    """

    def __init__(self) -> None:
        import neurokit2
        from sklearn.linear_model import LogisticRegression

        self._neurokit = neurokit2
        random = np.random.default_rng(0)
        self._model = LogisticRegression().fit(random.normal(size=(40, 5)), np.arange(40) % 2)
        self._at_s = 0

    def prepare(self, session: Path) -> None:
        with np.load(session, allow_pickle=False) as held:
            self._ecg, self._eda = held["ecg"].astype(np.float64), held["eda"].astype(np.float64)
            self._rates = round(float(held["ecg_rate_hz"])), round(float(held["eda_rate_hz"]))
        self._at_s = WINDOW_S
        self._one()

    def turn(self, seconds: int) -> Turn:
        reports_ms = []
        cpu_began_ns = time.process_time_ns()
        for _ in range(seconds):
            began_ns = time.perf_counter_ns()
            self._one()
            reports_ms.append((time.perf_counter_ns() - began_ns) / _NS_PER_MS)
        cpu_ms = (time.process_time_ns() - cpu_began_ns) / _NS_PER_MS
        return Turn(reports_ms=reports_ms, cpu_ms=cpu_ms, signal_s=seconds)

    def _one(self) -> None:
        last_s, self._at_s = self._at_s, self._at_s + 1
        ecg, eda = (
            signal[(last_s - WINDOW_S) * rate : last_s * rate]
            for signal, rate in zip((self._ecg, self._eda), self._rates, strict=True)
        )
        _, beats = self._neurokit.ecg_process(ecg, sampling_rate=self._rates[0])
        heart = self._neurokit.hrv_time(beats["ECG_R_Peaks"], sampling_rate=self._rates[0])
        skin, responses = self._neurokit.eda_process(eda, sampling_rate=self._rates[1])
        features = [
            *(float(heart[name].iloc[0]) for name in ("HRV_MeanNN", "HRV_RMSSD", "HRV_SDNN")),
            float(skin["EDA_Tonic"].mean()),
            float(len(responses["SCR_Peaks"])),
        ]
        self._model.predict_proba([features])


class Synheart:
    """synheart-emotion 0.1.0 at its window of a minute. It takes intervals between beats, so finding beats is not in its figures.

    It compares timestamps with the wall clock: they must be naive local times of this very minute, so its window is filled anew
    before each report, untimed.
    """

    MODEL = "extratrees_w60s5_binary_v1_0"

    def __init__(self) -> None:
        from synheart_emotion import EmotionConfig, EmotionEngine

        config = EmotionConfig(model_id=self.MODEL, window_seconds=WINDOW_S, step_seconds=0.0)
        self._engine = EmotionEngine(config)
        self._random = np.random.default_rng(0)

    def prepare(self, session: Path) -> None:
        self._one()

    def turn(self, seconds: int) -> Turn:
        times = [self._one() for _ in range(seconds)]
        return Turn(reports_ms=[t[0] for t in times], cpu_ms=sum(t[1] for t in times), signal_s=seconds)

    def _one(self) -> tuple[float, float]:
        intervals_ms = self._random.normal(820, 45, WINDOW_S).tolist()
        self._engine.clear()
        newest = datetime.now()
        for age_s in range(WINDOW_S - 1, 0, -1):
            self._push(intervals_ms[age_s], newest - timedelta(seconds=age_s))
        cpu_began_ns, began_ns = time.process_time_ns(), time.perf_counter_ns()
        self._push(intervals_ms[0], newest)
        told = self._engine.consume_ready()
        ended_ns, cpu_ended_ns = time.perf_counter_ns(), time.process_time_ns()
        if not told:
            raise RuntimeError("synheart-emotion told nothing of a full window")
        return (ended_ns - began_ns) / _NS_PER_MS, (cpu_ended_ns - cpu_began_ns) / _NS_PER_MS

    def _push(self, interval_ms: float, at: datetime) -> None:
        self._engine.push(hr=60_000 / interval_ms, rr_intervals_ms=[interval_ms], timestamp=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A system, what it is called, and which packages it asks for."""

    name: str
    make: Callable[[str], System]
    packages: tuple[str, ...]


PEERS = (
    Peer(
        name="edge-emotion int8, LiteRT",
        make=lambda run: ours("litert", "int8"),
        packages=("edge-emotion", "ai-edge-litert"),
    ),
    Peer(
        name="edge-emotion int8, onnxruntime",
        make=lambda run: ours("onnxruntime", "int8"),
        packages=("edge-emotion", "onnxruntime"),
    ),
    Peer(
        name="our chain, LiteRT float",
        make=lambda run: ours("litert", "float32"),
        packages=("edge-emotion", "ai-edge-litert"),
    ),
    Peer(
        name="our chain, onnxruntime float",
        make=lambda run: ours("onnxruntime", "float32"),
        packages=("edge-emotion", "onnxruntime"),
    ),
    Peer(
        name="our chain, torch eager",
        make=torch_eager,
        packages=("edge-emotion", "torch", "lightning", "safetensors"),
    ),
    Peer(
        name="synheart-emotion 0.1.0, given beats",
        make=lambda run: Synheart(),
        packages=("synheart-emotion",),
    ),
    Peer(
        name="NeuroKit2 notebook loop",
        make=lambda run: Notebook(),
        packages=("neurokit2", "scikit-learn"),
    ),
)
