"""Which way of working the command line's flags ask for."""

from __future__ import annotations

from edge_emotion_train.fanout.processes import Processes
from edge_emotion_train.fanout.protocol import FanOut
from edge_emotion_train.fanout.ray_cluster import RayCluster
from edge_emotion_train.fanout.serial import Serial


def fan_out_of(jobs: int, ray: str | None) -> FanOut:
    """Ray where an address is given, else ``jobs`` processes, else none."""
    if ray is not None:
        return RayCluster(ray)
    return Processes(jobs) if jobs > 1 else Serial()
