"""Over processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
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
        others = set(multiprocessing.active_children())
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(function,))
        try:
            numbers = {pool.submit(_work, task): number for number, task in enumerate(tasks)}
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


_function: Callable[[Any], Any] = repr
"""What this worker process does; set once, when it begins. The parent never reads it."""


def _begin(function: Callable[[Any], Any]) -> None:
    global _function
    _function = function
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a terminal sends Ctrl-C to all: the parent ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent cannot end its workers, and they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(task: Task[Any]) -> Any | Failure:
    return attempt(_function, task)
