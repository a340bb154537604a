"""Recordings as a source: one reader per file format, one way to play them.

Use `edge_emotion.sources.replay.opening.open_recording` and `edge_emotion.sources.replay.source.ReplaySource`.
"""
