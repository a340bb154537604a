"""How a session is recorded: how often it reaches the disk, how long a file gets, how much there may be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge_emotion.errors import UsageError

MB = 1_000_000


class WhenFull(StrEnum):
    """What happens when the folder has reached its budget."""

    STOP = "stop"
    """Recording stops, loudly; nothing is ever deleted."""
    DELETE_OLDEST = "delete-oldest"
    """The oldest files of the folder make room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderSettings:
    """Limits of a recorder.

    Parameters
    ----------
    flush_s
        Records reach the operating system this often: what a killed process loses.
    sync_s
        The operating system is asked to put them on the disk this often: what a power cut loses.
    segment_bytes, segment_s
        A new file is begun when one of them is reached.
    budget_bytes
        Of all recordings in the folder together.
    queue_records
        What may wait for the disk; beyond it records are dropped and counted. 20 000 are about an hour of two sensors.

    Raises
    ------
    UsageError
        If a budget does not hold two files, or a limit is not positive.
    """

    flush_s: float = 1.0
    sync_s: float = 5.0
    segment_bytes: int = 64 * MB
    segment_s: float = 3600.0
    budget_bytes: int = 4096 * MB
    when_full: WhenFull = WhenFull.STOP
    queue_records: int = 20_000

    def __post_init__(self) -> None:
        if min(self.flush_s, self.sync_s, self.segment_bytes, self.segment_s, self.queue_records) <= 0:
            raise UsageError("a recorder's limits must be above 0")
        if self.budget_bytes < 2 * self.segment_bytes:
            raise UsageError(
                f"a disk budget of {self.budget_bytes / MB:g} MB is less than two files of {self.segment_bytes / MB:g} MB; "
                "raise --record-budget-mb or lower --record-segment-mb"
            )
