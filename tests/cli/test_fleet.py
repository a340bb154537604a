"""``run`` with several wearers."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest


def test_each_wearer_has_reports_files_and_recordings_of_his_own(
    capfdbinary, model, recording: Path, tmp_path: Path
):
    from edge_emotion.cli import main

    flags = [
        "--input",
        recording,
        "--sink",
        f"jsonl:{tmp_path}/{{wearer}}.jsonl",
        "--record",
        tmp_path / "r",
        "--json",
    ]
    wearers = [
        "--wearer",
        "anna=",
        "--wearer",
        "ben=no_eda=true",
        "--wearer",
        f"cleo=input={tmp_path}/absent.csv",
    ]
    assert main(["run", *map(str, (*flags, *wearers, *model))]) == 0
    streams = capfdbinary.readouterr()
    lines = [json.loads(line) for line in streams.out.splitlines()]
    by_wearer = {name: [line for line in lines if line["wearer"] == name] for name in ("anna", "ben")}
    assert [len(found) for found in by_wearer.values()] == [36, 36]
    assert by_wearer["ben"][-1]["quality"]["eda"]["reasons"] == ["missing"]
    assert b"cleo: " in streams.err
    assert b"this wearer is left out" in streams.err
    assert (tmp_path / "anna.jsonl").stat().st_size > 0
    assert {p.name for p in (tmp_path / "r").iterdir()} == {"anna", "ben"}


def test_systemd_hears_of_every_wearer_and_each_recording_is_summed_up(
    capfdbinary, model, recording: Path, tmp_path: Path, monkeypatch
):
    from edge_emotion.cli import main

    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)

        def listen() -> None:
            while b"STOPPING=1" not in heard:
                heard.append(systemd.recv(4096))

        listener = threading.Thread(target=listen)
        listener.start()
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        flags = (
            "--input",
            recording,
            "--record",
            tmp_path / "r",
            "--wearer",
            "anna=",
            "--wearer",
            "ben=",
            *model,
        )
        assert main(["run", *map(str, flags)]) == 0
        listener.join()
    assert any(line.count(b": ended") == 2 for line in heard)
    assert any(b"anna: running" in line for line in heard)
    lines = capfdbinary.readouterr().out.decode().splitlines()
    for name in ("anna", "ben"):
        assert any(line.startswith(f"{name}: recorded") and f"/{name}/" in line for line in lines)


def test_wearers_of_a_file_are_printed_back(cli, tmp_path: Path):
    config = tmp_path / "fleet.toml"
    config.write_text('source = "simulate"\n[[wearer]]\nname = "anna"\nseed = 3\n[[wearer]]\nname = "ben"\n')
    printed = cli("run", "--config", config, "--print-config")
    assert printed.out.endswith('[[wearer]]\nname = "anna"\nseed = 3\n[[wearer]]\nname = "ben"\n')
    config.write_text(printed.out)
    assert cli("run", "--config", config, "--print-config").out == printed.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--wearer", "anna=", "--wearer", "anna="), "two wearers are called 'anna'"),
        (("--wearer", "a=", "--sink", "jsonl:x.jsonl"), "write {wearer} where the name belongs"),
        (("--wearer", "a b="), "$.wearer[0].name"),
        (("--wearer", "a=colour=red"), "colour"),
        (("--wearer", "a=seed"), "no key=value"),
        (("--wearer", "a='seed"), "No closing quotation"),
        (("--wearer", "a=source=replay"), "needs --input"),
    ],
)
def test_wearers_that_make_no_sense_give_one_line_and_code_2(cli, model, arguments, expected):
    source = () if "replay" in arguments[-1] else ("--source", "simulate")
    outcome = cli("run", *source, *arguments, *model)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert expected in outcome.err
