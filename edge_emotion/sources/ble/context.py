"""What belongs to one sensor of the source."""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion.clock import Clock
from edge_emotion.sources.ble.link import Heard, nobody_listens
from edge_emotion.sources.ble.policy import LinkPolicy
from edge_emotion.sources.ble.request import SensorRequest
from edge_emotion.sources.live.reporter import Reporter
from edge_emotion.sources.live.tracks import Tracks


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorContext:
    """What all that deals with one sensor works with."""

    request: SensorRequest
    tracks: Tracks
    report: Reporter
    clock: Clock
    policy: LinkPolicy
    heard: Heard = nobody_listens
