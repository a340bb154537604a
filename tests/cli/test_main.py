from __future__ import annotations

import subprocess
import sys

import pytest

import edge_emotion.cli
from edge_emotion import __version__
from edge_emotion.cli import COMMANDS, Command

HEAVY = ("torch", "scipy", "pandas", "sklearn", "rich", "bleak", "onnxruntime", "numpy")


def one_line(text: str) -> bool:
    return text.startswith("edge-emotion: ") and text.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_overview_lists_every_command(cli, arguments):
    outcome = cli(*arguments)
    assert outcome.code == 0
    assert all(name in outcome.out for name in COMMANDS)
    assert "example:" in outcome.out


def test_version(cli):
    assert cli("--version").out == f"edge-emotion {__version__}\n"


def test_unknown_command_names_the_nearest(cli):
    outcome = cli("insepct")
    assert outcome.code == 2
    assert one_line(outcome.err)
    assert "did you mean 'inspect'?" in outcome.err


@pytest.mark.parametrize("name", ["demo", "run", "simulate", "inspect", "doctor"])
def test_every_command_helps_with_an_example(cli, name):
    outcome = cli(name, "--help")
    assert outcome.code == 0
    assert f"edge-emotion {name}" in outcome.out.partition("example")[2]
    assert "--json" in outcome.out


def test_unknown_flag(cli):
    outcome = cli("inspect", "--jsno")
    assert outcome.code == 2
    assert "unrecognized arguments: --jsno" in outcome.err


def test_a_missing_package_names_the_extra(cli, tmp_path, monkeypatch):
    (tmp_path / "needs_lightning.py").write_text("import a_package_that_nobody_has.part\n")
    monkeypatch.syspath_prepend(tmp_path)
    command = Command("needs_lightning", "a command of the training floor", "train")
    monkeypatch.setattr(edge_emotion.cli, "COMMANDS", {"train": command})
    outcome = cli("train")
    assert outcome.code == 3
    assert outcome.err == (
        "edge-emotion: a_package_that_nobody_has is not installed; run: pip install 'edge-emotion[train]'\n"
    )


def test_the_overview_imports_nothing_heavy():
    code = f"import sys, edge_emotion.cli as c; c.main([]); sys.exit(bool(set({HEAVY!r}) & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_a_reader_that_goes_away_is_no_error_message():
    program = f"{sys.executable} -m edge_emotion run --help | true"
    done = subprocess.run(program, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""
