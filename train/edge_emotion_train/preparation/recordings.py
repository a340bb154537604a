"""Runs the runtime's own chain over recordings: there is no second, offline preprocessing.

Results are cached under a hash of everything that they depend on and of nothing else: the recording's files, the signal
specification, and the sources of the chain, of the readers and of this file. A changed line of the chain therefore prepares
everything anew; a changed model, recipe label or training setting prepares nothing. A cache file that cannot be read is made
again.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

import edge_emotion.signals
import edge_emotion.sources.replay
import edge_emotion_train.datasets
from edge_emotion.errors import InputError, RecordingError
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import NS_PER_S, ROLE_OF, FloatArray, Modality, Quality, Role, Samples, Window
from edge_emotion_train.datasets import Dataset, Interval, Recording, Signal
from edge_emotion_train.fanout import Processes, Task
from edge_emotion_train.learning.progress import track
from edge_emotion_train.whole_files import whole_file

PACKET_S = 1.0
"""Length of the packets fed to the chain; any other gives bit-identical windows."""

_PLAIN = ("start_ns", "end_ns", "quality", "complete")
_ABOUT = "about"

CACHE_VARIABLE = "EDGE_EMOTION_CACHE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRecording:
    """All windows of one recording in physical units.

    Parameters
    ----------
    tensors
        By window tensor name, each float32 with a leading axis of N windows.
    start_ns, end_ns
        Shape (N,), int64.
    quality
        Shape (N, roles), float64, quality index in the order of `Role`.
    complete
        Shape (N,), bool.
    """

    name: str
    person: str
    intervals: tuple[Interval, ...]
    tensors: Mapping[str, FloatArray]
    start_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    quality: NDArray[np.float64]
    complete: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.end_ns)

    def window(self, index: int) -> Window:
        """One window as the runtime sees it (the reasons for poor quality are not kept)."""
        return Window(
            start_ns=int(self.start_ns[index]),
            end_ns=int(self.end_ns[index]),
            tensors={name: values[index] for name, values in self.tensors.items()},
            quality=tuple(
                Quality(role=r, index=float(q)) for r, q in zip(Role, self.quality[index], strict=True)
            ),
            complete=bool(self.complete[index]),
        )


def default_cache() -> Path:
    """Where prepared recordings are kept unless ``--cache`` says otherwise."""
    override = os.environ.get(CACHE_VARIABLE)
    base = os.environ.get("XDG_CACHE_HOME")
    if override:
        return Path(override)
    return (Path(base) if base else Path.home() / ".cache") / "edge-emotion"


def prepare(recording: Recording, spec: SignalSpec) -> PreparedRecording:
    """Windows of one recording.

    Raises
    ------
    RecordingError
        If it is too short for a single window, or the specification has no filter for a sampling rate.
    """
    used = chain_modalities(recording, spec)
    if not used:
        held = ", ".join(signal.modality for signal in recording.signals) or "nothing"
        raise RecordingError(
            f"{recording.name} holds {held}: one of ecg, bvp, rr, eda is needed, with a sample in it"
        )
    chain = Chain(spec, used)
    windows = [e for packet in packets(recording) for e in chain.push(packet) if isinstance(e, Window)]
    if not windows:
        raise RecordingError(
            f"{recording.name} is shorter than one hop of {spec.hop_s:g} s: there is no window in it"
        )
    return PreparedRecording(
        name=recording.name,
        person=recording.person,
        intervals=recording.intervals,
        tensors={name: np.stack([w.tensors[name] for w in windows]) for name in windows[0].tensors},
        start_ns=np.array([w.start_ns for w in windows], np.int64),
        end_ns=np.array([w.end_ns for w in windows], np.int64),
        quality=np.array([[q.index for q in w.quality] for w in windows], np.float64),
        complete=np.array([w.complete for w in windows], np.bool_),
    )


def chain_modalities(recording: Recording, spec: SignalSpec) -> tuple[Modality, ...]:
    """Which of the recording's signals the chain is built for: those of a role, movement beside a pulse wave, and EEG where
    the specification asks for it. A signal without a single number counts as not recorded."""
    there = tuple(s.modality for s in recording.signals if np.isfinite(s.values).any())
    return tuple(
        m
        for m in there
        if m in ROLE_OF
        or (m is Modality.ACC and Modality.BVP in there)
        or (m is Modality.EEG and spec.eeg_channels)
    )


def packets(recording: Recording) -> Iterator[Samples]:
    """The recording as packets of one second, in order of time."""
    cut = [packet for signal in recording.signals for packet in _cut(signal)]
    yield from sorted(cut, key=lambda packet: packet.time_ns)


def _cut(signal: Signal) -> Iterator[Samples]:
    if signal.rate_hz is None or signal.times_s is not None:
        yield from _beats(signal)
        return
    size = max(1, round(signal.rate_hz * PACKET_S))
    for first in range(0, len(signal.values), size):
        yield Samples(
            modality=signal.modality,
            time_ns=round((signal.start_s + first / signal.rate_hz) * NS_PER_S),
            rate_hz=signal.rate_hz,
            values=signal.values[first : first + size],
        )


def _beats(signal: Signal) -> Iterator[Samples]:
    """Intervals one by one: each is known with the beat that ends it."""
    times_s = [] if signal.times_s is None else signal.times_s.tolist()
    for index, time_s in enumerate(times_s):
        yield Samples(
            modality=signal.modality,
            time_ns=round(time_s * NS_PER_S),
            rate_hz=None,
            values=signal.values[index : index + 1],
        )


def prepare_dataset(
    dataset: Dataset, names: Sequence[str], spec: SignalSpec, cache: Path, jobs: int
) -> list[PreparedRecording]:
    """Windows of the recordings ``names``, from the cache where it has them, in ``jobs`` processes where not.

    Raises
    ------
    RecordingError
        If one cannot be read or holds no window.
    InputError
        If the cache cannot be read back.
    """
    code = _source_digest()
    files = [cache / f"{_key(dataset.fingerprint(n), dataset.info.name, n, spec, code)}.npz" for n in names]
    cache.mkdir(parents=True, exist_ok=True)
    kept = [_read(file) for file in files]
    todo = [
        (dataset, name, spec, file)
        for name, file, found in zip(names, files, kept, strict=True)
        if found is None
    ]
    tasks = [Task(name=f"{dataset.info.name}/{item[1]}", item=item) for item in todo]
    done = Processes(jobs).as_finished(_prepare_to_file, tasks)
    for _ in track(done, f"preparing {dataset.info.name}", len(todo)):
        pass
    return [_kept(file) if found is None else found for file, found in zip(files, kept, strict=True)]


Todo = tuple[Dataset, str, SignalSpec, Path]


def _prepare_to_file(task: Todo) -> None:
    dataset, name, spec, file = task
    prepared = prepare(dataset.load(name), spec)
    about = msgspec.json.encode(_About(prepared.name, prepared.person, prepared.intervals))
    arrays: dict[str, Any] = {f"tensor.{n}": values for n, values in prepared.tensors.items()}
    arrays |= {name: getattr(prepared, name) for name in _PLAIN}
    arrays[_ABOUT] = np.frombuffer(about, np.uint8)
    with whole_file(file) as handle:
        np.savez(handle, **arrays)


class _About(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """What a cache file holds beside its arrays."""

    name: str
    person: str
    intervals: tuple[Interval, ...]


def _read(file: Path) -> PreparedRecording | None:
    """What the cache holds; ``None`` where the file is absent or damaged: it will be made again."""
    try:
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
            arrays: dict[str, Any] = {name: archive[name] for name in archive.files}
        about = msgspec.json.decode(arrays[_ABOUT].tobytes(), type=_About)
        tensors = {n.removeprefix("tensor."): v for n, v in arrays.items() if n.startswith("tensor.")}
        return PreparedRecording(
            name=about.name,
            person=about.person,
            intervals=about.intervals,
            tensors=tensors,
            **{name: arrays[name] for name in _PLAIN},
        )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, msgspec.DecodeError):
        return None


def _kept(file: Path) -> PreparedRecording:
    found = _read(file)
    if found is None:
        raise InputError(
            f"{file} was just written and cannot be read: is the disk full? Name another --cache"
        )
    return found


def _key(fingerprint: bytes, dataset: str, name: str, spec: SignalSpec, code: bytes) -> str:
    digest = hashlib.sha256(fingerprint)
    for part in (dataset.encode(), name.encode(), msgspec.json.encode(spec), code):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _source_digest() -> bytes:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for package in (edge_emotion.signals, edge_emotion.sources.replay, edge_emotion_train.datasets):
        for folder in package.__path__:
            for source in sorted(Path(folder).rglob("*.py")):
                digest.update(source.read_bytes())
    return digest.digest()
