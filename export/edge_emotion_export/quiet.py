"""Keeps converters' chatter off the screen, and quotes it when one of them fails.

torchao complains of CUDA libraries, litert-torch draws a progress tree, LLVM and absl log to the descriptors directly:
only redirecting the descriptors themselves catches all of it.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from edge_emotion.errors import EdgeEmotionError, EngineError

_STDOUT, _STDERR = 1, 2
_QUOTED_CHARACTERS = 300


@contextmanager
def quiet(step: str) -> Iterator[None]:
    """Run a converter silently.

    Parameters
    ----------
    step
        What is being done, for the message.

    Raises
    ------
    EngineError
        If the converter fails; the message quotes its reason.
    """
    with tempfile.TemporaryFile() as log:
        try:
            with _descriptors_to(log.fileno()), _streams_to(log.fileno()), warnings.catch_warnings():
                # Deprecations inside of torch, torchao and jax: nothing that a user of this command can act on.
                warnings.simplefilter("ignore")
                yield
        except EdgeEmotionError:
            raise
        except Exception as error:  # converters raise whatever they like; the cause is kept
            reason = " ".join((str(error) or _tail(log.fileno())).split()) or type(error).__name__
            raise EngineError(
                f"{step} failed: {reason[:_QUOTED_CHARACTERS]}; leave this format out with --formats, "
                "or change the network's operator that it names"
            ) from error


@contextmanager
def _descriptors_to(target: int) -> Iterator[None]:
    saved = [(fd, os.dup(fd)) for fd in (_STDOUT, _STDERR)]
    level = logging.root.manager.disable
    _flush()
    for fd, _ in saved:
        os.dup2(target, fd)
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(level)
        _flush()
        for fd, copy in saved:
            os.dup2(copy, fd)
            os.close(copy)


@contextmanager
def _streams_to(target: int) -> Iterator[None]:
    """Python's own streams too: a caller may have replaced them, and then they lead past the descriptors."""
    with (
        os.fdopen(os.dup(target), "w", errors="replace") as stream,
        redirect_stdout(stream),
        redirect_stderr(stream),
    ):
        yield


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


def _tail(log: int) -> str:
    size = os.fstat(log).st_size
    return os.pread(log, _QUOTED_CHARACTERS, max(0, size - _QUOTED_CHARACTERS)).decode(errors="replace")
