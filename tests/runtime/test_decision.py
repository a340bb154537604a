"""Labels and abstentions."""

from __future__ import annotations

import numpy as np
import pytest

from edge_emotion.bundle.manifest import DecisionSpec
from edge_emotion.runtime.decision import Decider, refuse_before_inference, softmax
from edge_emotion.runtime.normalise import NormalisedWindow
from edge_emotion.types import Abstention, Quality, QualityReason, Role, Window

SPEC = DecisionSpec(
    temperature=2.0, smoothing_windows=3, minimum_probability=0.6, minimum_quality=0.5, unfamiliar_share=0.3
)
LABELS = ("rest", "stress")


def logits(stress: float) -> np.ndarray:
    return np.array([0.0, stress], np.float32)


def test_softmax_divides_by_the_temperature() -> None:
    assert softmax(logits(2.0), 2.0)[1] == pytest.approx(1 / (1 + np.exp(-1)))


def test_probabilities_are_the_mean_of_the_last_windows() -> None:
    decider = Decider(SPEC, LABELS)
    got = [decider.push(logits(x)).probabilities[1] for x in (8.0, 8.0, -8.0, -8.0)]
    high, low = 1 / (1 + np.exp(-4)), 1 / (1 + np.exp(4))
    assert got == pytest.approx([high, high, (2 * high + low) / 3, (high + 2 * low) / 3])


def test_no_class_probable_enough_is_an_abstention() -> None:
    decision = Decider(SPEC, LABELS).push(logits(0.1))
    assert (decision.label, decision.abstention) == (None, Abstention.UNCERTAIN)


def test_a_sure_class_is_named() -> None:
    decision = Decider(SPEC, LABELS).push(logits(4.0))
    assert (decision.label, decision.abstention) == ("stress", None)


def test_reset_forgets_earlier_windows() -> None:
    decider = Decider(SPEC, LABELS)
    decider.push(logits(8.0))
    decider.reset()
    assert decider.push(logits(-8.0)).label == "rest"


def refusal(
    present: float = 1.0,
    ready: bool = True,
    clipped: float = 0.0,
    complete: bool = True,
    missing: bool = False,
) -> Abstention | None:
    reasons = (QualityReason.MISSING,) if missing else ()
    window = Window(
        start_ns=0,
        end_ns=1,
        tensors={},
        quality=tuple(Quality(role=role, index=0.0, reasons=reasons) for role in Role),
        complete=complete,
    )
    normalised = NormalisedWindow(
        inputs={"present": np.array([present, 0.0], np.float32)}, reference_ready=ready, clipped_share=clipped
    )
    return refuse_before_inference(window, normalised, SPEC)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"complete": False}, Abstention.WARMING_UP),
        ({"present": 0.0}, Abstention.POOR_QUALITY),
        ({"present": 0.0, "missing": True}, Abstention.MISSING_SIGNAL),
        ({"ready": False}, Abstention.COLLECTING_REFERENCE),
        ({"clipped": 0.4}, Abstention.UNFAMILIAR),
    ],
)
def test_each_refusal_has_its_reason(given: dict[str, float], expected: Abstention | None) -> None:
    assert refusal(**given) is expected  # type: ignore[arg-type]
