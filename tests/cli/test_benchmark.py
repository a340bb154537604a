"""The whole command, with a model of one layer and a plan of a few runs."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
import written_result

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.cli import benchmark
from edge_emotion.profiling.plan import Plan

TINY = Plan(mode="quick", warm_up=1, runs=3, seconds=0.0, repeats=1)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "QUICK", TINY)


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
        (("--result", "absent.json"), 4),
        (("--baseline", "absent.json"), 4),
        (("absent.emo",), 4),
    ],
)
def test_refused_before_anything_is_measured(cli, arguments, code):
    assert cli("benchmark", *arguments).code == code


def test_a_result_without_phases_takes_no_trace(cli, kept: Path):
    outcome = cli("benchmark", "--result", kept, "--meter", "csv:trace.csv")
    assert outcome.code == 2
    assert "--meter external" in outcome.err
