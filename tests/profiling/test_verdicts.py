"""Floors, comparisons, and results from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_emotion.errors import InputError, UsageError
from edge_emotion.profiling.compare import compare, differences, overall
from edge_emotion.profiling.floors import check_keys, judge, read_floors
from edge_emotion.profiling.page import page
from edge_emotion.profiling.plan import Plan
from edge_emotion.profiling.remote import run_remote
from edge_emotion.profiling.result import load_result, read_result
from edge_emotion.profiling.timing import distribution, histogram, timed_ms
from edge_emotion.profiling.view import cell_rows, text


@pytest.mark.parametrize(
    ("now_ms", "word"),
    [
        ((1.0, 1.01, 0.99), "same"),
        ((1.03, 1.04, 1.05), "same"),  # 4 %: within three deviations of both
        ((1.5, 1.51, 1.49), "slower"),
        ((0.5, 0.51, 0.49), "faster"),
        ((2.0, 0.4, 9.0), "same"),  # so noisy that nothing can be said to differ
        ((5.0, 5.0), "undecided"),
    ],
)
def test_a_difference_must_be_larger_than_the_noise(make_result, now_ms, word):
    (compared,) = compare(make_result(), make_result(now_ms))
    assert compared.word == word
    assert overall([compared]) == word


def test_without_noise_two_percent_are_nothing(make_result):
    quiet = make_result((1.0, 1.0, 1.0))
    assert overall(compare(quiet, make_result((1.019,) * 3))) == "same"
    assert overall(compare(quiet, make_result((1.021,) * 3))) == "slower"


def test_what_else_differs_is_told(make_result):
    (told,) = differences(make_result(), make_result(board="Raspberry Pi 4 Model B"))
    assert told.startswith("board differs: Raspberry Pi 5")
    assert overall(()) == "undecided"


def test_floors_hold_or_not(make_result, tmp_path: Path):
    file = tmp_path / "floors.toml"
    file.write_text('"energy.net_mj" = 1\ninstall_mb = 71\n[model.litert-int8]\np50_ms = 0.9\n')
    verdicts = judge(make_result(), read_floors([str(file), "model.litert-int8.p99_ms=1.5"]))
    assert [v.holds for v in verdicts] == [False, True, False, True]
    assert "not measured" in verdicts[0].text()


def test_a_floor_for_a_figure_that_is_none(make_result):
    with pytest.raises(UsageError, match=r"did you mean .*model\.litert-int8\.p99_ms"):
        judge(make_result(), read_floors(["model.litert-int8.p98_ms=1"]))


@pytest.mark.parametrize("key", ["report.litert-int8.p99_ms", "stream.duty_cycle", "install_mb"])
def test_floors_that_a_run_will_have(key: str):
    check_keys(read_floors([f"{key}=1"]), ["report.litert-int8"])
    check_keys(read_floors([f"{key}=1"]))


@pytest.mark.parametrize("cells", [None, ["report.litert-int8"]])
@pytest.mark.parametrize(
    "key", ["report.litert-int8.p98_ms", "stream.p99_ms", "install", "latency.litert-int8.p99_ms"]
)
def test_floors_that_no_run_has(key: str, cells: list[str] | None):
    with pytest.raises(UsageError, match="no figure"):
        check_keys(read_floors([f"{key}=1"]), cells)


def test_a_floor_for_an_engine_that_is_not_measured():
    with pytest.raises(UsageError, match=r"did you mean report\.litert-int8"):
        check_keys(read_floors(["report.onnxruntime-int8.p99_ms=1"]), ["report.litert-int8"])


@pytest.mark.parametrize("given", ["install_mb=small", "install_mb=", "install_mb=nan"])
def test_a_limit_that_is_no_number(given: str):
    with pytest.raises(UsageError, match="must be a number"):
        read_floors([given])


def test_a_floor_file_that_is_none(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        read_floors([str(tmp_path / "absent.toml")])
    (tmp_path / "bad.toml").write_text("install_mb : 3")
    with pytest.raises(InputError, match="no TOML"):
        read_floors([str(tmp_path / "bad.toml")])


def test_results_come_back_as_they_were(make_result, tmp_path: Path):
    path = tmp_path / "r.json"
    path.write_bytes(msgspec.json.encode(make_result()))
    assert load_result(path) == make_result()


@pytest.mark.parametrize("data", [b"", b"{}", b'{"schema": 99}', b"\xff"])
def test_what_is_no_result(data: bytes):
    with pytest.raises(InputError, match="not a benchmark result"):
        read_result(data, "somewhere")


def fake_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    script = tmp_path / "bin/ssh"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/asked"\n{body}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")


def test_a_result_is_brought_home(make_result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "r.json").write_bytes(msgspec.json.encode(make_result()) + b"\n")
    fake_ssh(tmp_path, monkeypatch, f'echo "round 1" >&2; cat "{tmp_path}/r.json"')
    assert run_remote("pi@board", ["--quick", "my bundle.emo"]) == make_result()
    asked = (tmp_path / "asked").read_text().splitlines()
    told = "edge-emotion benchmark --json --quick 'my bundle.emo'"
    assert asked[-2:] == ["pi@board", f'PATH="$PATH:$HOME/edge-emotion/.venv/bin" {told}']


FAR = """#!/bin/sh
echo "$0" >> "$HOME/ran"; cat "$HOME/r.json"
"""


@pytest.mark.parametrize(
    ("place", "given"),
    [
        ("edge-emotion/.venv/bin/edge-emotion", None),
        ("my tools/emotion", "~/my tools/emotion"),
        ("my tools/emotion", "my tools/emotion"),
    ],
)
def test_the_command_is_found_where_readme_puts_it_or_where_one_says(
    make_result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, given: str | None
):
    (tmp_path / "r.json").write_bytes(msgspec.json.encode(make_result()))
    far = tmp_path / place
    far.parent.mkdir(parents=True)
    far.write_text(FAR)
    far.chmod(0o755)
    # What sshd does: a shell in the home folder is given the command, with the path of a session without login.
    fake_ssh(
        tmp_path,
        monkeypatch,
        f'for a; do :; done; cd "{tmp_path}"; HOME="$PWD" PATH=/usr/bin:/bin sh -c "$a"',
    )
    assert run_remote("pi@board", ["--quick"], given) == make_result()
    assert (tmp_path / "ran").read_text().strip().endswith(Path(place).name)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("exit 255", "cannot connect"),
        ("exit 127", "--ssh-command"),
        ("exit 4", "ended with code 4"),
        ("echo hello", "not a benchmark result"),
        ("true", "not a benchmark result"),
    ],
)
def test_a_target_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, words: str):
    fake_ssh(tmp_path, monkeypatch, body)
    with pytest.raises(InputError, match=words):
        run_remote("pi@board", [])


@pytest.mark.parametrize("target", ["", "-oProxyCommand=evil"])
def test_a_target_that_is_none(target: str):
    with pytest.raises(UsageError, match="--ssh"):
        run_remote(target, [])


def test_runs_and_warm_up_are_counted():
    seen: list[int] = []
    plan = Plan(mode="quick", warm_up=2, runs=5, seconds=0.0, repeats=1)
    took_ms, cpu_ms = timed_ms(seen.append, plan)
    assert seen == [0, 1, 0, 1, 2, 3, 4]
    assert len(took_ms) == 5
    assert cpu_ms >= 0


def test_figures_of_many_times():
    found = distribution([[1.0, 2.0, 3.0], [3.0, 4.0, 101.0]], [1.0, 2.0])
    assert (found.runs, found.min_ms, found.p50_ms, found.max_ms) == (6, 1.0, 3.0, 101.0)
    assert found.repeats_ms == (2.0, 4.0)
    assert sum(found.histogram.counts) == 6


def test_a_histogram_of_equal_times():
    assert sum(histogram(np.full(7, 0.5)).counts) == 7


def test_what_a_second_of_a_wearer_costs_is_shown(make_result):
    made = make_result()
    report = msgspec.structs.replace(made.cells[0], what="report", wearer_ms_per_s=0.625)
    made = msgspec.structs.replace(made, cells=(made.cells[0], report))
    assert "0.625" in text(made)
    assert "<td>0.625</td>" in page(made)
    head, model, _ = cell_rows(made.cells)
    assert (head[9], model[9]) == ("cpu/s", "")


def test_the_page_holds_the_figures_and_fetches_nothing(make_result):
    html = page(make_result(), compare(make_result(), make_result((1.5, 1.51, 1.49))), ["board <differs>"])
    assert "model.litert-int8: p50 1.000 ms" in html
    assert "slower" in html
    assert "board &lt;differs&gt;" in html
    assert "http" not in html.replace("http-equiv", "")
    assert "not measured" in html
