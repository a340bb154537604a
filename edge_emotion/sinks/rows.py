"""Session events as rows of tables: the same columns in a live CSV and in a converted recording. Times are seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge_emotion.sources import SensorEvent
from edge_emotion.types import Beat, Gap, Report, Scr

Since = Callable[[int], float]
"""From a time in ns to the seconds that a table shows."""
Row = tuple[object, ...]

REPORT_FIGURES = ("heart_rate_bpm", "rmssd_ms", "eda_us", "scr_per_min")
BEAT_COLUMNS = ("time_s", "modality", "rr_ms", "kind")
SCR_COLUMNS = ("onset_s", "peak_s", "amplitude_us", "rise_time_s")
GAP_COLUMNS = ("modality", "start_s", "end_s", "cause")
SENSOR_COLUMNS = ("time_s", "sensor", "kind", "value")


def report_columns(labels: Sequence[str], roles: Sequence[str]) -> tuple[str, ...]:
    """Names for `report_row`."""
    return (
        *("start_s", "end_s", "label", "abstention", "calibration", *REPORT_FIGURES),
        *(f"probability_{label}" for label in labels),
        *(f"quality_{role}" for role in roles),
    )


def report_row(report: Report, labels: Sequence[str], roles: Sequence[str], since_s: Since) -> Row:
    """A report; what it does not know is ``None`` or nan."""
    quality = {str(q.role): q.index for q in report.quality}
    return (
        since_s(report.start_ns),
        since_s(report.end_ns),
        report.label,
        report.abstention,
        report.calibration,
        *(getattr(report, name) for name in REPORT_FIGURES),
        *(report.probabilities.get(label) for label in labels),
        *(quality.get(role) for role in roles),
    )


def beat_row(beat: Beat, since_s: Since) -> Row:
    """A beat."""
    return since_s(beat.time_ns), beat.modality, beat.rr_ms, beat.kind


def scr_row(scr: Scr, since_s: Since) -> Row:
    """A skin-conductance response."""
    return since_s(scr.onset_ns), since_s(scr.peak_ns), scr.amplitude_us, scr.rise_time_s


def gap_row(gap: Gap, since_s: Since) -> Row:
    """A gap."""
    return gap.modality, since_s(gap.start_ns), since_s(gap.end_ns), gap.cause


def sensor_row(event: SensorEvent, since_s: Since) -> Row:
    """Something a sensor did."""
    return since_s(event.time_ns), event.sensor, event.kind, event.value


def cell(value: object) -> object:
    """What is not known, as an empty cell."""
    return "" if value is None or value != value else value
