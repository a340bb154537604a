"""A picture of a whole session: signals, beats, responses, quality and the probability timeline in one HTML file."""

from __future__ import annotations

from pathlib import Path

from edge_emotion.errors import UsageError
from edge_emotion.intervals import LabelledInterval
from edge_emotion.sinks import SinkItem
from edge_emotion.sinks.origin import Origin
from edge_emotion.sinks.picture.collected import Collected
from edge_emotion.sinks.picture.page import Heading, page
from edge_emotion.types import Beat, Gap, Report, Samples, Scr, Window


class PictureSink:
    """Gathers a bounded summary of a session and draws it at the end.

    Parameters
    ----------
    path
        The HTML file to write; its folder must exist.
    heading
        Title and subtitle.
    labels
        The bundle's labels, in its order.
    phases
        What the script said, in seconds since the session began; empty when nobody knows.
    origin_ns
        When it began; ``None`` takes the first thing that the source delivers.

    Raises
    ------
    UsageError
        If the file cannot be written; told before the session, not after it.
    """

    def __init__(
        self,
        path: Path,
        heading: Heading,
        labels: tuple[str, ...],
        phases: tuple[LabelledInterval, ...] = (),
        origin_ns: int | None = None,
    ) -> None:
        self.path = path
        self._heading = heading
        self._collected = Collected(labels, phases, Origin(origin_ns))

    def open(self) -> None:
        """Make sure that the file can be written."""
        self._save("")

    def write(self, item: SinkItem) -> None:
        self._collected.origin.see(item)
        match item:
            case Samples():
                self._collected.samples(item)
            case Beat():
                self._collected.beat(item)
            case Scr():
                self._collected.scr(item)
            case Window():
                self._collected.window(item)
            case Report():
                self._collected.report(item)
            case Gap():
                self._collected.gap(item)
            case _:
                pass

    def close(self) -> None:
        """Draw and save."""
        self._save(page(self._heading, self._collected))

    def _save(self, content: str) -> None:
        try:
            self.path.write_text(content, encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"{self.path}: cannot be written ({error.strerror}); give a path in an existing folder"
            ) from None
