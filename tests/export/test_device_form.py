"""The int8 rows of the accuracy boards: they are int8, and they are the network."""

from __future__ import annotations

import numpy as np

from edge_emotion_export.device_form import StaticInt8
from edge_emotion_train.learning.training import predict
from edge_emotion_train.runs.record import Run


def test_int8_says_nearly_what_the_network_says(run: Run) -> None:
    float_logits = predict(run.model, run.heldout)
    found = StaticInt8(roles=run.record.roles).logits(run.model, run.calibration, run.heldout)
    assert np.mean(found.argmax(axis=1) == float_logits.argmax(axis=1)) > 0.95
    assert 0 < np.abs(found - float_logits).mean() < 0.1  # never the same: it would have stayed float
