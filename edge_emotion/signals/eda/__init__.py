"""Skin conductance: level, phasic part, responses, quality."""
