from __future__ import annotations

from pathlib import Path

import pytest


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_flags_win_over_the_file_and_the_result_reads_back(cli, tmp_path: Path):
    config = written(
        tmp_path / "c.toml", 'source = "simulate"\nspeed = 20\nseed = 3\nsink = ["jsonl:a\\"b"]\n'
    )
    shown = cli("run", "--config", config, "--seed", "5", "--print-config")
    assert shown.code == 0
    assert {"speed = 20.0", "seed = 5", 'source = "simulate"', 'sink = ["jsonl:a\\"b"]'} <= set(
        shown.out.splitlines()
    )
    again = written(tmp_path / "d.toml", shown.out)
    assert cli("run", "--config", again, "--print-config").out == shown.out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spede = 1", "unknown field `spede`"),
        ('seed = "one"', "$.seed"),
        ('source = "radio"', "$.source"),
        ("ecg_rate = -1", "$.ecg_rate"),
        ("seed = ", "is not TOML"),
    ],
)
def test_wrong_files_are_named(cli, tmp_path: Path, text: str, expected: str):
    config = written(tmp_path / "c.toml", text)
    outcome = cli("run", "--config", config, "--print-config")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert expected in outcome.err
    assert "c.toml" in outcome.err
