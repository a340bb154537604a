"""What a way of working through many items must do, and what becomes of an error in one of them."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from edge_emotion.errors import EdgeEmotionError, WorkerError

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[Item]):
    """One item and the name that an error message gives it. Items travel to workers: keep them small."""

    name: str
    item: Item


class FanOut(Protocol):
    """Works through tasks; whoever stops listening (an error, Ctrl-C) stops the workers."""

    @property
    def shares_files(self) -> bool:
        """Whether a task sees the files of this machine."""
        ...

    def as_finished(
        self, function: Callable[[Item], Result], tasks: Sequence[Task[Item]]
    ) -> Iterator[tuple[int, Result]]:
        """Index and result of each task, as they finish.

        Parameters
        ----------
        function
            Goes to each worker once, with all that it binds: bind what is large with `functools.partial`.

        Raises
        ------
        EdgeEmotionError
            What a task raised, the task's name before the message.
        WorkerError
            If a task broke in another way, or its worker died.
        """
        ...


def in_order(finished: Iterable[tuple[int, Result]]) -> Iterator[Result]:
    """The results alone, in the order of the tasks."""
    waiting: dict[int, Result] = {}
    due = 0
    for index, result in finished:
        waiting[index] = result
        while due in waiting:
            yield waiting.pop(due)
            due += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An exception on its way home: plain values, because not every exception survives the journey."""

    kind: type[EdgeEmotionError]
    message: str
    trace: str

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Describe the exception that is being handled."""
        trace = traceback.format_exc()
        if not isinstance(error, EdgeEmotionError):
            message = f"{type(error).__name__}: {error} (--jobs 1 without --ray shows where)"
            return cls(kind=WorkerError, message=message, trace=trace)
        # A class with a constructor of its own cannot be made again from its message.
        plain = type(error).__init__ is EdgeEmotionError.__init__
        return cls(kind=type(error) if plain else WorkerError, message=str(error), trace=trace)

    def error(self, name: str) -> EdgeEmotionError:
        """The exception to raise for the task ``name``; the worker's traceback is its note."""
        error = self.kind(self.message if name in self.message else f"{name}: {self.message}")
        error.add_note(self.trace)
        return error


def attempt(function: Callable[[Item], Result], task: Task[Item]) -> Result | Failure:
    """The task's result, or why there is none."""
    try:
        return function(task.item)
    except Exception as error:  # whatever broke in a worker must reach the parent as one message
        return Failure.of(error)


def opened(result: Result | Failure, name: str) -> Result:
    """The result, or its exception raised."""
    if isinstance(result, Failure):
        raise result.error(name)
    return result
