"""Only the known native line is dropped from descriptor 2."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from edge_emotion.engines.chatter import drop_native_lines


def test_known_line_goes_and_others_stay(capfd: pytest.CaptureFixture[str]) -> None:
    with drop_native_lines(b"INFO: Created"):
        os.write(2, b"INFO: Created a delegate\nERROR: bad\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "ERROR: bad\nafter\n"


@drop_native_lines(b"INFO")
def fail() -> None:
    os.write(2, b"why it broke\n")
    raise ValueError("broken")


def test_lines_are_passed_on_when_loading_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"):
        fail()
    assert capfd.readouterr().err == "why it broke\n"


def test_closed_descriptor_is_left_alone() -> None:
    code = (
        "import os; os.close(2)\n"
        "from edge_emotion.engines.chatter import drop_native_lines\n"
        "with drop_native_lines(b'x'): print('ran')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "ran\n")
