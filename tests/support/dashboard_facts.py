"""What a dashboard under test serves."""

from __future__ import annotations

from edge_emotion.dashboard.feed import Facts

TOKEN = "a-token-for-the-tests"
FACTS = Facts(
    wearer="anna",
    title="a made-up person",
    labels=("rest", "stress"),
    roles=("cardiac", "eda"),
    hop_s=5.0,
    window_s=60.0,
)
