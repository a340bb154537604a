from __future__ import annotations

import json
from pathlib import Path

SHORT = "".join(
    f'[[phase]]\nname = "{name}"\nduration_s = {length}\nheart_rate_bpm = {rate}\nscr_per_min = {scrs}\nscr_amplitude_us = 0.4\n'
    for name, length, rate, scrs in (("rest", 140, 70, 1), ("stress", 130, 105, 12))
)


def test_the_whole_path_over_a_virtual_radio(cli, model, tmp_path: Path):
    (tmp_path / "short.toml").write_text(SHORT)
    outcome = cli(
        "demo",
        *model,
        "--out",
        tmp_path / "report",
        "--protocol",
        tmp_path / "short.toml",
        "--speed",
        60,
        "--json",
    )
    assert outcome.code == 0
    facts = json.loads(outcome.out)
    rest, stress = facts["phases"]
    assert rest["mean_probability"]["stress"] < 0.5 < stress["mean_probability"]["stress"]
    assert stress["verdicts"]["stress"] == stress["reports"]
    assert facts["summary"]["bad_packets"] == 0
    assert "stress</text>" in (tmp_path / "report" / "session.html").read_text()


def test_refuses_a_speed_or_folder_that_makes_no_sense(cli, model, tmp_path: Path):
    assert cli("demo", *model, "--speed", "0").code == 2
    (tmp_path / "file").write_text("")
    assert cli("demo", *model, "--out", tmp_path / "file").code == 2
