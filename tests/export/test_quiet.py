"""Converters keep off the screen, whichever way they write; their failures are one line."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings

import pytest

from edge_emotion.errors import EngineError, InputError
from edge_emotion_export.quiet import quiet


@quiet("conversion")
def convert(error: Exception | None = None) -> None:
    sys.stdout.write("python stdout\n")
    sys.stderr.write("python stderr\n")
    os.write(1, b"descriptor 1\n")
    os.write(2, b"descriptor 2\n")
    subprocess.run(["echo", "child"], check=True)
    warnings.warn("deprecated", FutureWarning, stacklevel=1)
    if error is not None:
        raise error


def test_nothing_reaches_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    convert()
    sys.stdout.write("after\n")
    assert capfd.readouterr() == ("after\n", "")


def test_replaced_streams_stay_clean(capsys: pytest.CaptureFixture[str]) -> None:
    convert()
    assert capsys.readouterr() == ("", "")


def test_failure_is_one_line_with_the_reason() -> None:
    with pytest.raises(
        EngineError, match=r"^conversion failed: no kernel for op; leave this format out"
    ) as caught:
        convert(RuntimeError("no kernel\n  for op"))
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_failure_without_a_reason_quotes_the_output() -> None:
    with pytest.raises(EngineError, match="child"):
        convert(RuntimeError())


def test_own_errors_pass_unchanged() -> None:
    with pytest.raises(InputError, match=r"^mine$"):
        convert(InputError("mine"))
