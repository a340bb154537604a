"""The same function over many items: one after the other, over processes, or over a Ray cluster."""

from __future__ import annotations

from edge_emotion_train.fanout.choosing import fan_out_of
from edge_emotion_train.fanout.processes import Processes
from edge_emotion_train.fanout.protocol import FanOut, Task, in_order
from edge_emotion_train.fanout.ray_cluster import RayCluster
from edge_emotion_train.fanout.serial import Serial

__all__ = ["FanOut", "Processes", "RayCluster", "Serial", "Task", "fan_out_of", "in_order"]
