"""What is rest, what is not, and why."""

from __future__ import annotations

import numpy as np
import pytest

from edge_emotion.bundle.manifest import NormalisationSpec
from edge_emotion.runtime.rest import RestJudge, RestReason, RestVerdict
from edge_emotion.signals.features import CARDIAC_FEATURES, EDA_FEATURES
from edge_emotion.types import NS_PER_S, Quality, QualityReason, Role, Window

SPEC = NormalisationSpec(reference_s=300.0, minimum_good_share=0.5, prior_windows=60.0, limit=4.0, scaling=())
WINDOWS = 49  # five minutes of windows of a minute, each five seconds


def window(
    index: int,
    heart_rate_bpm: float = 65.0,
    level_us: float = 2.0,
    scr_per_min: float = 2.0,
    cardiac: Quality | None = None,
) -> Window:
    features = np.zeros(len(CARDIAC_FEATURES), np.float32)
    features[CARDIAC_FEATURES.index("mean_heart_rate_bpm")] = heart_rate_bpm
    skin = np.zeros(len(EDA_FEATURES), np.float32)
    skin[EDA_FEATURES.index("log_mean_level_us")] = np.log(level_us)
    skin[EDA_FEATURES.index("scr_per_min")] = scr_per_min
    end_ns = (60 + 5 * index) * NS_PER_S
    return Window(
        start_ns=end_ns - 60 * NS_PER_S,
        end_ns=end_ns,
        tensors={"cardiac_features": features, "eda_features": skin},
        quality=(cardiac or Quality(role=Role.CARDIAC, index=0.9), Quality(role=Role.EDA, index=1.0)),
        complete=True,
    )


def judged(windows: list[Window]) -> RestVerdict:
    judge = RestJudge(SPEC, minimum_quality=0.25)
    for one in windows:
        judge.push(one)
    return judge.verdict()


def test_a_calm_person_rests() -> None:
    verdict = judged([window(i, 65 + (i % 3) / 2) for i in range(WINDOWS)])
    assert verdict.findings == ()
    assert verdict.measures.heart_rate_bpm == pytest.approx(65.5, abs=0.1)
    assert verdict.measures.level_us == pytest.approx(2.0, rel=1e-5)


@pytest.mark.parametrize(
    ("windows", "reason"),
    [
        ([window(i) for i in range(20)], RestReason.TOO_SHORT),
        ([window(i, 60 + 0.25 * i) for i in range(WINDOWS)], RestReason.RISING_AROUSAL),
        ([window(i, level_us=1 + 0.05 * i) for i in range(WINDOWS)], RestReason.RISING_AROUSAL),
        ([window(i, 65 + 10 * (i % 2)) for i in range(WINDOWS)], RestReason.UNSTEADY),
        ([window(i, scr_per_min=9.0) for i in range(WINDOWS)], RestReason.AROUSED),
        ([window(i, 150.0) for i in range(WINDOWS)], RestReason.IMPLAUSIBLE),
        ([window(i, level_us=0.005) for i in range(WINDOWS)], RestReason.IMPLAUSIBLE),
    ],
)
def test_each_fault_has_its_reason_and_spoils_what_it_must(windows: list[Window], reason: RestReason) -> None:
    verdict = judged(windows)
    assert reason in verdict.reasons
    assert not verdict.allows(Role.CARDIAC)
    assert not verdict.allows(Role.EDA)


def test_falling_arousal_is_what_rest_does() -> None:
    assert judged([window(i, 72 - 0.1 * i, level_us=3 - 0.02 * i) for i in range(WINDOWS)]).reasons == ()


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [((QualityReason.NOISY,), RestReason.POOR_SIGNAL), ((QualityReason.MOTION,), RestReason.MOVING)],
)
def test_a_poor_signal_spoils_itself_alone(reasons: tuple[QualityReason, ...], expected: RestReason) -> None:
    poor = Quality(role=Role.CARDIAC, index=0.1, reasons=reasons)
    verdict = judged([window(i, cardiac=poor) for i in range(WINDOWS)])
    assert verdict.reasons == (expected,)
    assert not verdict.allows(Role.CARDIAC)
    assert verdict.allows(Role.EDA)


def test_windows_that_are_no_good_are_not_measured() -> None:
    poor = Quality(role=Role.CARDIAC, index=0.1)
    windows = [window(i, 180.0, cardiac=poor) if i % 4 == 0 else window(i) for i in range(WINDOWS)]
    assert judged(windows).findings == ()


def test_nothing_seen_is_too_short_and_no_error() -> None:
    verdict = judged([])
    assert verdict.reasons == (RestReason.TOO_SHORT, RestReason.POOR_SIGNAL)
    assert verdict.about((Role.EDA,)).findings[0].role is Role.EDA
