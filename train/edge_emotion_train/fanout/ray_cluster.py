"""Over a Ray cluster. Ray is an extra, and is imported only when somebody asks for it."""

from __future__ import annotations

import importlib
import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import edge_emotion
import edge_emotion_bridge
import edge_emotion_train
from edge_emotion.errors import MissingExtraError, UsageError, WorkerError
from edge_emotion_train.fanout.protocol import Item, Result, Task, attempt, opened

LOCAL = "local"
LOCAL_WORKERS = 2
KNOCK_S = 5.0


class RayCluster:
    """As many tasks side by side as the cluster has processors.

    Parameters
    ----------
    address
        Of a running cluster (``host:port``, ``ray://host:port``, ``auto``), or ``local``, which starts one with two
        workers on this machine and stops it at the end.

    Notes
    -----
    A running cluster is sent this very source code with the work, so that all nodes compute the same; torch and the
    other third-party packages must be there.
    """

    shares_files = False

    def __init__(self, address: str) -> None:
        self.address = address

    def as_finished(
        self, function: Callable[[Item], Result], tasks: Sequence[Task[Item]]
    ) -> Iterator[tuple[int, Result]]:
        if not tasks:
            return
        with _connected(self.address) as ray:
            remote = ray.remote(num_cpus=1)(attempt)
            shared = ray.put(function)
            running = {remote.remote(shared, task): number for number, task in enumerate(tasks)}
            while running:
                done, _ = ray.wait(list(running), num_returns=1)
                number = running.pop(done[0])
                yield number, opened(_fetched(ray, done[0], tasks[number].name), tasks[number].name)


def _fetched(ray: ModuleType, reference: Any, name: str) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[-1]
        raise WorkerError(
            f"{name}: its Ray worker was lost ({reason}): run it again, finished work is kept"
        ) from error


@contextmanager
def _connected(address: str) -> Iterator[ModuleType]:
    """Ray, connected; on leaving, whatever still runs for us is ended with the connection."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine unasked
    try:
        ray = importlib.import_module("ray")
    except ModuleNotFoundError:
        raise MissingExtraError("ray", "ray") from None
    options: dict[str, Any] = {"include_dashboard": False, "num_cpus": LOCAL_WORKERS}
    if address != LOCAL:
        packages = [edge_emotion, edge_emotion_bridge, edge_emotion_train]
        options = {"runtime_env": {"py_modules": packages}}
    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **options)
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UsageError(
            f"--ray {address}: no cluster to work on ({reason}); start one with ray start --head, or use --ray {LOCAL}"
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Fail within seconds where nobody listens: Ray itself goes on trying for minutes."""
    host, _, port = address.rpartition("/")[2].rpartition(":")
    if port.isdecimal():
        socket.create_connection((host, int(port)), timeout=KNOCK_S).close()
