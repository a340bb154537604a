"""The whole command, with a model of one layer and a plan of a few runs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import msgspec
import pytest
import written_result

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.cli import benchmark
from edge_emotion.cli.benchmark_checks import check
from edge_emotion.profiling import measure, metrics
from edge_emotion.profiling.plan import Plan
from edge_emotion.profiling.result import Energy, Result

TINY = Plan(mode="quick", warm_up=1, runs=3, seconds=0.0, repeats=1)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "QUICK", TINY)


def cli_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    benchmark.add_arguments(parser)
    return parser.parse_args(words)


def measured(cli, bundle: Path, *arguments: object) -> dict:
    outcome = cli("benchmark", bundle, "--quick", "--json", "--meter", "none", *arguments)
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


@pytest.mark.usefixtures("brief")
def test_from_a_bundle_to_json_and_back_to_a_table(cli, bundle: Path, tmp_path: Path):
    result = measured(cli, bundle, "--stream", 1, "--threads", 1)
    assert {c["what"] for c in result["cells"]} == {"model", "report"}
    assert all(c["times"]["runs"] >= 3 for c in result["cells"])
    assert result["mode"] == "quick"
    assert result["energy"] is None
    assert result["stream"]["deadline_ms"] == 1000 * bundle_hop_s(bundle)
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(result))
    html = tmp_path / "page.html"
    shown = cli("benchmark", "--result", kept, "--baseline", kept, "--html", html)
    assert shown.code == 0
    assert "report.onnxruntime-float32" in shown.out
    assert "not measured" in shown.out
    assert "verdict: undecided" in shown.out
    assert "<svg" in html.read_text()


def bundle_hop_s(path: Path) -> float:
    return load_bundle(path).manifest.signals.hop_s


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "kept.json"
    path.write_bytes(msgspec.json.encode(written_result.make()))
    return path


def test_a_floor_that_does_not_hold_is_a_failed_gate(cli, kept: Path):
    outcome = cli("benchmark", "--result", kept, "--json", "--floor", "model.litert-int8.p50_ms=0.5")
    assert outcome.code == 5
    assert json.loads(outcome.out)["schema"] == 1
    assert "p50_ms: 1 is not <= 0.5" in outcome.err


def test_floors_that_hold(cli, kept: Path):
    assert cli("benchmark", "--result", kept, "--floor", "install_mb=71").code == 0


def test_an_estimate_is_labelled(cli, kept: Path):
    outcome = cli("benchmark", "--result", kept, "--estimate")
    assert "ESTIMATE, not a measurement" in outcome.out
    assert "none: not measured" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--meter", "csv:trace.csv"), 2),
        (("--meter", "psychic"), 2),
        (("--threads", "0"), 2),
        (("--stream", "-1"), 2),
        (("--ssh", "-x"), 2),
        (("--ssh", "host", "--result", "r.json"), 2),
        (("--floor", "install_mb=x"), 2),
        (("--floor", "report.litert-int8.p98_ms=1"), 2),
        (("--html", "nodir/x.html"), 2),
        (("--core-watts", "-3"), 2),
        (("--battery-wh", "-5"), 2),
        (("--battery-wh", "37"), 2),  # of streaming, and none is asked for
        (("--battery-wh", "37", "--stream", "1", "--meter", "none"), 2),
        (("--volts", "0"), 2),
        (("--volts", "5"), 2),  # of a trace, and none is given
        (("--uncertainty", "100"), 2),
        (("--ssh-command", "bin/x"), 2),
        (("--result", "absent.json"), 4),
        (("--baseline", "absent.json"), 4),
        (("absent.emo",), 4),
    ],
)
def test_refused_before_anything_is_measured(cli, monkeypatch: pytest.MonkeyPatch, arguments, code):
    monkeypatch.setattr(measure, "measure", None)  # whoever calls it fails in another way
    assert cli("benchmark", *arguments).code == code


@pytest.mark.parametrize(
    "measuring",
    [
        ("--quick",),
        ("--engine", "litert"),
        ("--threads", 1),
        ("--stream", 5),
        ("--idle", 5),
        ("--meter", "external"),
        ("x.emo",),
    ],
)
def test_flags_of_measuring_beside_a_result(cli, kept: Path, measuring):
    outcome = cli("benchmark", "--result", kept, *measuring)
    assert outcome.code == 2
    assert "measures nothing" in outcome.err


def test_a_battery_for_a_result_without_streaming(cli, kept: Path):
    outcome = cli("benchmark", "--result", kept, "--battery-wh", 37)
    assert outcome.code == 2
    assert "--stream 60" in outcome.err
    assert cli("benchmark", "--result", kept, "--battery-wh", 37, "--estimate").code == 0


def test_a_battery_for_a_result_with_streaming(cli, kept: Path):
    energy = Energy(meter="m", scope="all", engine="litert", precision="int8", stream_w=2.0)
    kept.write_bytes(msgspec.json.encode(msgspec.structs.replace(written_result.make(), energy=energy)))
    outcome = cli("benchmark", "--result", kept, "--battery-wh", 37, "--uncertainty", 2)
    assert "37 Wh: 18.5 hours" in outcome.out
    assert "2.00% (given by --uncertainty)" in outcome.out


@pytest.mark.usefixtures("brief")
def test_every_floor_of_a_run_is_known_before_it(cli, bundle: Path):
    found = measured(cli, bundle, "--threads", 1)
    keys = set(metrics.figures(msgspec.convert(found, Result)))
    wish = measure.Wish(plan=TINY)
    assert set(metrics.names(measure.cell_keys(load_bundle(bundle), wish))) == keys


def test_examples_of_the_help_are_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """As far as flags alone tell; whether a host answers or a meter is there is another matter."""
    monkeypatch.chdir(tmp_path)
    lines = [
        line.split("   ")[0].split()[2:] for line in benchmark.EPILOG.splitlines() if "edge-emotion b" in line
    ]
    assert len(lines) > 5
    for line in lines:
        words = [w for w in line if w != "--json"]
        check(cli_arguments(words[: words.index(">")] if ">" in words else words))


def test_a_result_without_phases_takes_no_trace(cli, kept: Path):
    outcome = cli("benchmark", "--result", kept, "--meter", "csv:trace.csv")
    assert outcome.code == 2
    assert "--meter external" in outcome.err
