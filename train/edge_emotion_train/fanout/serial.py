"""One after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from edge_emotion.errors import EdgeEmotionError
from edge_emotion_train.fanout.protocol import Failure, Item, Result, Task


class Serial:
    """No workers. An unforeseen exception passes as it is, with its traceback."""

    shares_files = True

    def as_finished(
        self, function: Callable[[Item], Result], tasks: Sequence[Task[Item]]
    ) -> Iterator[tuple[int, Result]]:
        for index, task in enumerate(tasks):
            try:
                result = function(task.item)
            except EdgeEmotionError as error:
                raise Failure.of(error).error(task.name) from error
            except Exception as error:
                error.add_note(f"while working on {task.name}")
                raise
            yield index, result
