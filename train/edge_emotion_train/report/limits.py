"""What the figures do not say: always on the page, some of it depending on the run."""

from __future__ import annotations

from edge_emotion.sinks.picture.page import NOT_MEDICAL
from edge_emotion_train.report.figures import ReportFigures

SMALL_BOARD = 20

CLOCK_LEAKS = (
    "In a fixed protocol the time of day is the label. Where the clock row is as good as the network, the figure proves "
    "nothing about physiology."
)


def limits(figures: ReportFigures) -> list[str]:
    """Sentences for the last section."""
    record = figures.record
    found = [
        NOT_MEDICAL,
        _labels(record.labels),
        CLOCK_LEAKS,
        _judged(record.normalisation.reference_s),
        "Neighbouring windows share most of their samples: people, not windows, are what the intervals count.",
    ]
    people = min((row.people for board in figures.boards for row in board.rows), default=0)
    if 0 < people < SMALL_BOARD:
        found.append(
            f"The smallest board has {people} people. A difference of a few hundredths between two systems is noise there."
        )
    trained = {use.name for use in record.training.datasets}
    if not any(board.board.split("-")[0] not in trained for board in figures.boards):
        found.append("No board shows another data set: other sensors and protocols usually cost a lot.")
    if figures.robustness is None:
        found.append(
            "What bad signals do to it was not measured for this run: edge-emotion report --robustness does it."
        )
    if figures.stages is None or not figures.stages.engine:
        found.append("The quantised model is not on this page: edge-emotion report --bundle FILE adds it.")
    return found


def _labels(labels: tuple[str, ...]) -> str:
    return (
        f"It tells states that went with the labels {', '.join(labels)} in the protocols it learned from. Exercise, "
        "caffeine, heat, pain and joy move the same signals."
    )


def _judged(reference_s: float) -> str:
    return (
        f"Windows are judged only after the wearer's own rest of {reference_s:g} s, and only where at least 90 % of them carry "
        "one label. Transitions are harder than the boards show."
    )
