"""What a picture is drawn from: gathered while the session runs, of bounded size."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping

import numpy as np

from edge_emotion.intervals import LabelledInterval
from edge_emotion.sinks.origin import Origin
from edge_emotion.sinks.picture.strips import STRIP_S, Strips
from edge_emotion.sinks.picture.trace import Marks, Trace
from edge_emotion.types import (
    NS_PER_S,
    ROLE_OF,
    Abstention,
    Beat,
    Gap,
    GapCause,
    Modality,
    Report,
    Role,
    Samples,
    Scr,
    Window,
)

HEART_BIN_S, SKIN_BIN_S, REPORT_BIN_S = 1.0, 0.5, 1.0
ABSTAINED, FIRST_LABEL = len(Role), len(Role) + 1
"""Columns of `Collected.reports`: quality per role, whether it abstained, then a probability per label."""


class Collected:
    """Traces and counts of one session; times in seconds from its beginning."""

    def __init__(self, labels: tuple[str, ...], phases: tuple[LabelledInterval, ...], origin: Origin) -> None:
        self.labels = labels
        self.phases = phases
        self.origin = origin
        middles_s = tuple((p.start_s + p.end_s - STRIP_S) / 2 for p in phases)
        self.strips = Strips(middles_s if len(middles_s) <= 4 else ())
        self.cardiac: Modality | None = None
        self.heart_bpm = Trace(1, HEART_BIN_S)
        self.skin_us = Trace(2, SKIN_BIN_S)  # level, tonic
        self.scrs = Marks()
        self.reports = Trace(FIRST_LABEL + len(labels), REPORT_BIN_S)
        self.beats = 0
        self.verdicts: Counter[str] = Counter()
        self.abstentions: Counter[Abstention] = Counter()
        self.lost_s: defaultdict[Modality, float] = defaultdict(float)
        self.end_s = 0.0
        self._skin_until_ns = -math.inf

    def samples(self, packet: Samples) -> None:
        since_s = self.origin.since_s(packet.time_ns)
        self.end_s = max(
            self.end_s, since_s + (len(packet.values) / packet.rate_hz if packet.rate_hz else 0.0)
        )
        if ROLE_OF.get(packet.modality) is Role.CARDIAC:
            self.cardiac = packet.modality
            self.strips.samples(packet, since_s)

    def beat(self, beat: Beat) -> None:
        since_s = self.origin.since_s(beat.time_ns)
        self.beats += 1
        self.strips.beat(since_s)
        self.heart_bpm.add(since_s, (60_000 / beat.rr_ms if beat.rr_ms else math.nan,))

    def scr(self, scr: Scr) -> None:
        self.scrs.add(self.origin.since_s(scr.peak_ns))

    def window(self, window: Window) -> None:
        """Take the part of the skin-conductance series that the window before did not have."""
        quality = {q.role: q.index for q in window.quality}
        if "eda" not in window.tensors or quality.get(Role.EDA, 0.0) <= 0:
            return
        level, phasic = np.asarray(window.tensors["eda"], np.float64)
        times_ns = np.linspace(window.start_ns, window.end_ns, len(level), endpoint=False)
        for at in np.flatnonzero((times_ns > self._skin_until_ns) & (times_ns >= self.origin.ns)).tolist():
            tonic = level[at] - phasic[at]
            self.skin_us.add(self.origin.since_s(int(times_ns[at])), (level[at], tonic))
        self._skin_until_ns = float(times_ns[-1])

    def report(self, report: Report) -> None:
        quality = {q.role: q.index for q in report.quality}
        abstained = 0.0 if report.abstention is None else 1.0
        shares = [report.probabilities.get(label, math.nan) for label in self.labels]
        row = [*(quality.get(role, math.nan) for role in Role), abstained, *shares]
        self.reports.add(self.origin.since_s(report.end_ns), row)
        if report.abstention is None:
            self.verdicts[report.label or ""] += 1
        else:
            self.abstentions[report.abstention] += 1

    def gap(self, gap: Gap) -> None:
        if gap.cause is not GapCause.END:
            self.lost_s[gap.modality] += (gap.end_ns - gap.start_ns) / NS_PER_S

    def shares(self) -> Mapping[str, float]:
        """Share of the reports by label and by reason for abstaining."""
        counts = {**self.verdicts, **{str(a): n for a, n in self.abstentions.items()}}
        total = sum(counts.values())
        return {name: count / total for name, count in counts.items()} if total else {}
