"""Over processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from edge_emotion.errors import WorkerError
from edge_emotion_train.fanout.protocol import Failure, Item, Result, Task, attempt, opened
from edge_emotion_train.fanout.serial import Serial


class Processes:
    """Up to ``jobs`` tasks side by side.

    Workers are spawned, not forked: a fork of a process that has run torch may hang.
    """

    shares_files = True

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def as_finished(
        self, function: Callable[[Item], Result], tasks: Sequence[Task[Item]]
    ) -> Iterator[tuple[int, Result]]:
        jobs = min(self.jobs, len(tasks))
        if jobs <= 1:
            yield from Serial().as_finished(function, tasks)
            return
        with TemporaryDirectory(prefix="edge-emotion-") as folder:
            # By file: as an argument it would go through a pipe while the worker imports torch, one worker after the other.
            file = Path(folder) / "function"
            file.write_bytes(pickle.dumps(function))
            yield from _spread(file, tasks, jobs)


def _spread(file: Path, tasks: Sequence[Task[Any]], jobs: int) -> Iterator[tuple[int, Any]]:
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin)
    try:
        numbers = {pool.submit(_work, file, task): number for number, task in enumerate(tasks)}
        for future in as_completed(numbers):
            number = numbers[future]
            yield number, opened(future.result(), tasks[number].name)
    except BrokenProcessPool as error:
        raise WorkerError(
            "a worker process died, perhaps for want of memory: try fewer --jobs; finished work is kept"
        ) from error
    finally:
        _stop(pool, set(multiprocessing.active_children()) - others)


def _stop(pool: ProcessPoolExecutor, workers: set[BaseProcess]) -> None:
    """At once, also in the middle of a task: a fold runs for minutes, and nobody wants its result any more."""
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()


def _begin() -> None:
    # A terminal sends Ctrl-C to all of them: the parent ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent cannot end its workers, and they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(file: Path, task: Task[Any]) -> Any | Failure:
    try:
        function = _function(file)
    except Exception as error:  # what this process cannot even load must reach the parent as one message too
        return Failure.of(error)
    return attempt(function, task)


@lru_cache(maxsize=1)
def _function(file: Path) -> Callable[[Any], Any]:
    """Read once by each worker; the file is the parent's own."""
    function: Callable[[Any], Any] = pickle.loads(file.read_bytes())
    return function
