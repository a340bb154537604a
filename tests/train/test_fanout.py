"""The same work one by one, over processes and over Ray; what becomes of errors, dead workers and Ctrl-C."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.errors import BundleError, UsageError, WorkerError
from edge_emotion_train.fanout import FanOut, Processes, RayCluster, Serial, Task, fan_out_of, in_order


def tasks_of(*items: object) -> list[Task[object]]:
    return [Task(name=f"item {number}", item=item) for number, item in enumerate(items)]


@pytest.fixture(params=["serial", "processes"])
def fan_out(request: pytest.FixtureRequest) -> FanOut:
    return Serial() if request.param == "serial" else Processes(2)


def test_results_come_in_the_order_of_the_tasks(fan_out: FanOut) -> None:
    found = list(in_order(fan_out.as_finished(math.factorial, tasks_of(20000, 3, 4, 5))))
    assert found == [math.factorial(n) for n in (20000, 3, 4, 5)]


def test_in_order_hands_out_what_is_due_and_keeps_the_rest() -> None:
    given: list[int] = []

    def finished() -> Iterator[tuple[int, str]]:
        for number, text in ((1, "b"), (0, "a"), (2, "c")):
            given.append(number)
            yield number, text

    ordered = in_order(finished())
    assert (next(ordered), given) == ("a", [1, 0])
    assert list(ordered) == ["b", "c"]


def test_an_error_keeps_its_class_and_gains_the_task(fan_out: FanOut) -> None:
    with pytest.raises(BundleError, match=r"item \d: .*calm\.emo"):
        list(fan_out.as_finished(load_bundle, tasks_of(Path("calm.emo"), Path("calm.emo"))))


def test_a_bug_in_a_worker_is_one_clean_message() -> None:
    with pytest.raises(WorkerError, match=r"item 1: JSONDecodeError.*--jobs 1") as caught:
        list(Processes(2).as_finished(json.loads, tasks_of("1", "{", "2")))
    assert "Traceback" in caught.value.__notes__[0]


def test_a_bug_in_this_process_keeps_its_traceback() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        list(Serial().as_finished(json.loads, tasks_of("{")))
    assert caught.value.__notes__ == ["while working on item 0"]


def test_a_dead_worker_is_told() -> None:
    with pytest.raises(WorkerError, match="worker process died"):
        list(Processes(2).as_finished(os._exit, tasks_of(3, 3)))


FOREVER = 10_000.0


def test_who_stops_listening_stops_the_workers() -> None:
    before = set(multiprocessing.active_children())
    finished = Processes(2).as_finished(time.sleep, tasks_of(0.0, FOREVER, FOREVER))
    assert next(finished) == (0, None)
    finished.close()  # type: ignore[attr-defined]  # what an exception or Ctrl-C in the consumer does
    assert set(multiprocessing.active_children()) == before


CHILD = """
import time
from edge_emotion_train.fanout import Processes, Task
if __name__ == "__main__":
    for _ in Processes(2).as_finished(time.sleep, [Task(name="n", item=s) for s in (0.0, 1e4, 1e4)]):
        print(*[c.pid for c in __import__("multiprocessing").active_children()], flush=True)
"""


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_parent(kind: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text(CHILD, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "child.py")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        parent.send_signal(kind)
        parent.stdout.read()  # ends when the last process that holds the pipe is gone
    assert len(workers) == 2
    assert not any(Path(f"/proc/{pid}").exists() and "Z" not in state(pid) for pid in workers)


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", maxsplit=1)[1].split()[0]


# Other tests of the same process load the converters, and with them JAX, which warns of any fork; Ray's forks become other
# programs at once.
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_ray_does_the_same_work_and_names_what_failed() -> None:
    cluster = RayCluster("local")
    assert list(in_order(cluster.as_finished(math.factorial, tasks_of(30, 3)))) == [math.factorial(30), 6]
    with pytest.raises(BundleError, match=r"item 0: .*calm\.emo"):
        list(cluster.as_finished(load_bundle, tasks_of(Path("calm.emo"))))


def test_a_cluster_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match="ray start --head"):
        list(RayCluster("127.0.0.1:1").as_finished(math.factorial, tasks_of(3)))


def test_flags_choose() -> None:
    assert isinstance(fan_out_of(1, None), Serial)
    assert isinstance(fan_out_of(3, None), Processes)
    assert isinstance(fan_out_of(3, "local"), RayCluster)
