"""Installed bundles on the command line: used, confirmed, taken back, and never the reason that nothing runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.updates.store import BundleStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundle: Path) -> BundleStore:
    monkeypatch.setenv("EDGE_EMOTION_BUNDLES", str(tmp_path / "bundles"))
    made = BundleStore(tmp_path / "bundles")
    made.install(load_bundle(bundle), bundle.read_bytes())
    return made


def test_the_installed_bundle_runs_and_its_first_report_ends_the_trial(cli, store, recording: Path):
    assert store.state.starts == 0
    outcome = cli("run", "--input", recording, "--precision", "float32")
    assert (outcome.code, store.state.starts) == (0, None)
    listed = json.loads(cli("bundle", "list", "--json").out)
    assert listed["current"].startswith("tiny 1.0.0")
    assert not listed["on_trial"]


def test_a_file_that_rotted_falls_back_to_the_one_that_ships(cli, store, recording: Path):
    path = store.path(store.state.current)
    path.write_bytes(path.read_bytes()[:-7])
    outcome = cli("run", "--input", recording)
    assert outcome.code == 0
    assert "falling back" in outcome.err
    assert "36 reports" in outcome.out
    assert store.state.starts == 1, "the reports were another bundle's: the trial goes on"


def test_rollback_says_what_counts_now(cli, store):
    assert "ships with the package" in cli("bundle", "rollback").out
    again = cli("bundle", "rollback")
    assert (again.code, again.err.count("\n")) == (2, 1)


def test_a_bad_bundle_is_one_line_and_code_4(cli, store, bundle: Path, tmp_path: Path):
    (tmp_path / "cut.emo").write_bytes(bundle.read_bytes()[:500])
    outcome = cli("bundle", "install", tmp_path / "cut.emo")
    assert (outcome.code, outcome.err.count("\n")) == (4, 1)
