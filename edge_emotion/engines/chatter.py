"""Keeps lines that native libraries print to file descriptor 2 off the user's screen, and nothing else.

LiteRT announces its XNNPACK delegate with a hard-wired ``INFO:`` line at every first load; no environment variable
or flag of its Python package turns it off.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2
_one_at_a_time = threading.Lock()  # the descriptor is one for the whole process


@contextmanager
def drop_native_lines(prefix: bytes) -> Iterator[None]:
    """Hold back what is written to descriptor 2 meanwhile, then pass on every line but those with ``prefix``.

    A process without a usable descriptor 2 is left as it is.
    """
    with _one_at_a_time:
        try:
            saved = os.dup(_STDERR)
        except OSError:
            saved = -1
        if saved < 0:
            yield
            return
        with tempfile.TemporaryFile() as held:
            os.dup2(held.fileno(), _STDERR)
            try:
                yield
            finally:
                os.dup2(saved, _STDERR)
                os.close(saved)
                _pass_on(held.fileno(), prefix)


def _pass_on(held: int, prefix: bytes) -> None:
    os.lseek(held, 0, os.SEEK_SET)
    lines = os.read(held, os.fstat(held).st_size).splitlines(keepends=True)
    kept = b"".join(line for line in lines if not line.startswith(prefix))
    if kept:
        os.write(_STDERR, kept)
