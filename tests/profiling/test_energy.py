"""Traces, their import from CSV, and what they come to."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.errors import InputError
from edge_emotion.profiling.energy import MeterFacts
from edge_emotion.profiling.energy.account import Run, account, restated
from edge_emotion.profiling.energy.estimate import estimate
from edge_emotion.profiling.energy.passes import EnergyPlan, from_csv, measure_energy
from edge_emotion.profiling.energy.sampler import Sampler
from edge_emotion.profiling.energy.trace import Trace
from edge_emotion.profiling.result import Energy, Phase

FACTS = MeterFacts(name="test", scope="all", highest_hz=1000.0, uncertainty=0.01)
PHASES = (
    Phase(name="idle", start_s=0, end_s=10),
    Phase(name="inference", start_s=11, end_s=16, inferences=5000),
    Phase(name="inference", start_s=17, end_s=22, inferences=4000),
    Phase(name="stream", start_s=23, end_s=29),
)
# 1 W while idle, 3 W under load, 1.2 W while streaming: steps between the phases.
TIMES_S = (0, 10.4, 10.5, 22.4, 22.5, 30)
WATTS = (1, 1, 3, 3, 1.2, 1.2)


def write(path: Path, lines: str) -> Path:
    path.write_text(lines)
    return path


def test_energy_is_the_integral_and_nothing_is_extrapolated():
    trace = Trace.of_power([0, 1, 3], [2, 4, 4])
    assert trace.energy_j(0, 3) == 3 + 8
    assert trace.watts(1, 2) == 4
    with pytest.raises(InputError, match="--trace-start"):
        trace.energy_j(0, 9)


def test_idle_is_subtracted_and_repeats_give_a_spread():
    run = Run(engine="litert", precision="int8", phases=PHASES, battery_wh=12.0)
    energy = account(run, FACTS, Trace.of_power(TIMES_S, WATTS))
    assert energy.idle_w == pytest.approx(1.0)
    assert energy.gross_mj == pytest.approx((3.0 + 3.75) / 2)
    assert energy.net_mj == pytest.approx((2.0 + 2.5) / 2)
    assert energy.net_spread_mj == pytest.approx(0.5)
    assert energy.stream_net_w == pytest.approx(0.2)
    assert energy.battery_hours == pytest.approx(10.0)


def test_another_battery_and_a_data_sheet_are_laid_over_the_same_measurement():
    energy = account(Run(engine="e", precision="p", phases=PHASES), FACTS, Trace.of_power(TIMES_S, WATTS))
    assert (energy.battery_hours, energy.uncertainty) == (None, 0.01)
    told = restated(energy, 24.0, 1.5)
    assert told.battery_hours == pytest.approx(20.0)
    assert (told.uncertainty, told.uncertainty_source) == (0.015, "given by --uncertainty")
    assert restated(energy, None, None) == energy


def test_what_was_not_run_is_not_measured():
    energy = account(Run(engine="e", precision="p", phases=PHASES[:1]), FACTS, Trace.of_power(TIMES_S, WATTS))
    assert (energy.net_mj, energy.stream_w, energy.battery_hours) == (None, None, None)


def test_a_trace_from_outside_is_laid_over_the_phases(tmp_path: Path):
    marked = Energy(meter="external", scope="", engine="litert", precision="int8", phases=PHASES)
    lines = "\n".join(f"{t + 4.5},{w}" for t, w in zip(TIMES_S, WATTS, strict=True))
    path = write(tmp_path / "usb.csv", f"time (s),power (W)\n{lines}\n")
    assert from_csv(marked, path, 4.5, None).net_mj == pytest.approx(2.25)
    with pytest.raises(InputError, match="covers"):
        from_csv(marked, path, 9.0, None)


class Constant:
    facts = FACTS

    def watts(self) -> float:
        return 2.0


class Counting:
    facts = FACTS

    def __init__(self) -> None:
        self._counts = itertools.count(100.0)

    def joules(self) -> float:
        return next(self._counts)


class Failing(Constant):
    def __init__(self) -> None:
        self._left = 2

    def watts(self) -> float:
        self._left -= 1
        if self._left < 0:
            raise InputError("the meter was unplugged")
        return 1.0


def sampled(meter: Constant | Counting) -> Sampler:
    sampler = Sampler(meter)
    with sampler:  # reads at its beginning and its end, however short
        pass
    return sampler


def test_the_sampler_integrates_power():
    trace = sampled(Constant()).trace()
    start_s, end_s = trace.times_s[0], trace.times_s[-1]
    assert trace.watts(float(start_s), float(end_s)) == pytest.approx(2.0)


def test_the_sampler_takes_a_counter_as_it_is():
    trace = sampled(Counting()).trace()
    np.testing.assert_array_equal(trace.joules, np.arange(len(trace.joules)))


def test_a_meter_that_fails_on_the_way_is_told():
    sampler = Sampler(Failing())
    with sampler:
        sampler._thread.join()
    with pytest.raises(InputError, match="unplugged"):
        sampler.trace()


def test_the_pass_runs_idle_and_inference_under_the_meter(bundle_path: Path):
    bundle = load_bundle(bundle_path)
    plan = EnergyPlan(idle_s=0.05, load_s=0.05, repeats=2, stream_s=0.0)
    energy = measure_energy(bundle, bundle.manifest.model_files[0], Constant(), plan, lambda _: None)
    assert [p.name for p in energy.phases] == ["idle", "inference", "inference"]
    assert all(p.inferences > 0 for p in energy.phases[1:])
    assert energy.idle_w == pytest.approx(2.0)
    assert energy.net_mj == pytest.approx(0.0, abs=1e-9)  # power that never changes costs nothing above idle
    assert energy.gross_mj is not None
    assert energy.gross_mj > 0


def test_an_estimate_says_what_it_assumes(make_result):
    guess = estimate(make_result(), None, None)
    assert guess.net_mj == pytest.approx((4.51 - 1.55) / 4 * 1.0)
    assert guess.assumptions[0].startswith("not measured")
    assert any("student" in a for a in guess.assumptions)


def test_no_estimate_without_a_known_board(make_result):
    guess = estimate(make_result(board="Somebody's PC"), None, 10.0)
    assert (guess.net_mj, guess.battery_hours) == (None, None)
    assert "--core-watts" in guess.assumptions[-2]
