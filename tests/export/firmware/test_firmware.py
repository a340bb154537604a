"""A bundle as C: built without a warning, and the same numbers as the Python chain."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import ChannelScaling
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.cli import main
from edge_emotion.errors import UsageError
from edge_emotion.runtime.reference import Moments
from edge_emotion.runtime.views import compressed
from edge_emotion.signals.biquad import BiquadCascade
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion_export.firmware import write_firmware
from edge_emotion_export.firmware.tables import without_manifest

WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wconversion", "-Wshadow"]
UNFUSED = "-ffp-contract=off"
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
pytestmark = pytest.mark.skipif(
    not COMPILERS, reason="no C compiler here: install gcc or clang to test the firmware"
)

Ask = Callable[..., list[str]]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(default_bundle_path())


@pytest.fixture(scope="module")
def sources(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The written folder."""
    folder = tmp_path_factory.mktemp("firmware") / "model"
    write_firmware(bundle, folder)
    return folder


def build(sources: Path, compiler: str, *flags: str) -> Ask:
    """A program that answers lines."""
    program = sources / f"driver-{compiler}{''.join(flags)}"
    files = [str(path) for path in sorted(sources.glob("*.c"))]
    driver = str(Path(__file__).with_name("driver.c"))
    command = [
        compiler,
        "-O2",
        UNFUSED,
        *WARNINGS,
        *flags,
        f"-I{sources}",
        driver,
        *files,
        "-lm",
        "-o",
        str(program),
    ]
    subprocess.run(command, check=True)

    def ask(*lines: str) -> list[str]:
        asked = "\n".join(lines) + "\n"
        done = subprocess.run([program], input=asked, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    return ask


@pytest.fixture(scope="module", params=COMPILERS)
def ask(request: pytest.FixtureRequest, sources: Path) -> Ask:
    return build(sources, request.param)


def real_like(bank: str, rate_hz: float) -> np.ndarray:
    """Twenty seconds of a made-up person."""
    rates = {"eda_rate_hz": rate_hz} if bank == "eda_smooth" else {"ecg_rate_hz": max(rate_hz, 50.0)}
    made = simulate(Protocol(phase=(Phase(name="rest", duration_s=20),)), seed=5, **rates)
    return (made.eda_us if bank == "eda_smooth" else made.ecg_mv).astype(np.float64)


def filtered(ask: Ask, bank: str, rate_hz: float, values: np.ndarray) -> list[float]:
    (line,) = ask(f"filter {bank} {rate_hz!r} " + " ".join(map(float.hex, values.tolist())))
    return [float.fromhex(word) for word in line.split()]


def test_every_filter_gives_the_same_bits(ask: Ask, bundle: Bundle) -> None:
    for bank in bundle.manifest.signals.banks:
        for design in bank.filters:
            values = real_like(bank.name, design.rate_hz)
            assert filtered(ask, bank.name, design.rate_hz, values) == BiquadCascade(design.sos).push(values)


def test_in_single_precision_the_filters_stay_close(sources: Path, bundle: Bundle) -> None:
    single = build(sources, COMPILERS[0], "-DEDGE_REAL=float")
    for name, rate_hz in (("ecg_detection", 130.0), ("eda_smooth", 15.0)):
        values = real_like(name, rate_hz)
        exact = BiquadCascade(bundle.manifest.signals.bank(name).at(rate_hz)).push(values)
        assert np.abs(np.subtract(filtered(single, name, rate_hz, values), exact)).max() < 2e-4 * np.ptp(
            values
        )


def test_a_rate_that_is_off_by_a_percent_is_taken_and_another_is_not(ask: Ask) -> None:
    values = np.ones(3)
    assert filtered(ask, "ecg_detection", 131.0, values) == filtered(ask, "ecg_detection", 130.0, values)
    assert ask("filter ecg_detection 77 1") == ["none"]


def told(
    ask: Ask, question: str, scaling: ChannelScaling, channel: int, raw: np.ndarray, *more: float
) -> list[float]:
    rest = " ".join(repr(float(value)) for value in more)
    return [
        float.fromhex(a)
        for a in ask(*(f"{question} {scaling.tensor} {channel} {float(v)!r} {rest}" for v in raw))
    ]


def test_values_are_standardised_as_the_runtime_does(ask: Ask, bundle: Bundle) -> None:
    spec = bundle.manifest.normalisation
    for scaling in spec.scaling:
        spread = np.multiply(3, scaling.scale)[:, None]
        raw = np.random.default_rng(1).normal(
            np.array(scaling.mean)[:, None], spread, (len(scaling.mean), 40)
        )
        raw = raw.astype(np.float32)
        values = compressed(raw, scaling)
        own = Moments(scaling, spec.prior_windows)
        own.add(values[:, :20])
        own.add(values[:, 20:])
        for channel, of_one in enumerate(values):
            population = np.clip(
                (of_one - scaling.mean[channel]) / scaling.scale[channel], -spec.limit, spec.limit
            )
            mean, scale = (figures[channel] for figures in own.mean_and_scale())
            reference = np.clip((of_one - mean) / scale, -spec.limit, spec.limit)
            found = told(ask, "population", scaling, channel, raw[channel])
            assert found == pytest.approx(population.tolist(), rel=1e-12, abs=1e-14)
            found = told(ask, "reference", scaling, channel, raw[channel], mean, of_one.var(), 2)
            assert found == pytest.approx(reference.tolist(), rel=1e-9, abs=1e-9)


def test_the_network_is_the_bundles(ask: Ask, bundle: Bundle) -> None:
    (network,) = ask("network")
    content = bundle.read("model.int8.tflite")
    assert bytes.fromhex(network) == without_manifest(content)
    shown = [Interpreter(model_content=data) for data in (bytes.fromhex(network), content)]
    for interpreter in shown:
        interpreter.allocate_tensors()
        for port in interpreter.get_input_details():
            interpreter.set_tensor(port["index"], np.full(port["shape"], 0.5, port["dtype"]))
        interpreter.invoke()
    first, second = ([i.get_tensor(p["index"]) for p in i.get_output_details()] for i in shown)
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


def test_nothing_in_it_needs_an_operating_system(sources: Path, tmp_path: Path) -> None:
    compiler = shutil.which("arm-none-eabi-gcc") or COMPILERS[0]
    flags = ["-mcpu=cortex-m4", "-mthumb"] if "arm" in compiler else ["-ffreestanding"]
    for path in sources.glob("*.c"):
        out = str(tmp_path / f"{path.stem}.o")
        subprocess.run(
            [compiler, "-Os", *flags, *WARNINGS, "-DEDGE_REAL=float", "-c", str(path), "-o", out], check=True
        )


def test_the_command_writes_a_finished_bundles_firmware(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(default_bundle_path()), "--firmware", str(tmp_path / "fw")]) == 0
    assert "edge_model_network.c" in capsys.readouterr().err
    assert (tmp_path / "fw" / "edge_chain.h").exists()


def test_a_bundle_without_an_int8_file_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    floats = tuple(f for f in bundle.manifest.model_files if f.precision == "float32")
    manifest = msgspec.structs.replace(bundle.manifest, model_files=floats)
    poorer = Bundle(manifest=manifest, path=bundle.path, sha256="", members=bundle.members)
    with pytest.raises(UsageError, match="export with --int8"):
        write_firmware(poorer, tmp_path / "fw")
    assert main(["export", "runs/x", "--firmware", str(tmp_path)]) == 2


def test_a_name_that_would_end_a_comment_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    manifest = msgspec.structs.replace(bundle.manifest, name="x */ int main;")
    hostile = Bundle(manifest=manifest, path=bundle.path, sha256="", members=bundle.members)
    with pytest.raises(UsageError, match="letters, digits"):
        write_firmware(hostile, tmp_path / "fw")
