from __future__ import annotations

import pytest

from edge_emotion.intervals import LabelledInterval
from edge_emotion.sinks.tally import PhaseTally
from edge_emotion.types import NS_PER_S, Abstention

PHASES = tuple(
    LabelledInterval(label=name, start_s=start, end_s=start + 100)
    for name, start in (("rest", 0), ("stress", 100))
)


def test_only_windows_that_lie_in_a_phase_count(make_report):
    tally = PhaseTally(PHASES, origin_ns=1000 * NS_PER_S)
    for end_s, stress in ((1060, 0.2), (1100, 0.4), (1130, 0.9), (1160, 0.8)):
        tally.write(make_report(end_s, stress))
    tally.write(make_report(1180, None, Abstention.POOR_QUALITY))
    rest, stress = tally.results()
    assert rest.verdicts == {"rest": 2}
    assert rest.mean_probability["stress"] == pytest.approx(0.3)
    assert stress.verdicts == {"stress": 1, "poor_quality": 1}
    assert stress.mean_probability == pytest.approx({"rest": 0.2, "stress": 0.8})
    assert stress.reports == 2
