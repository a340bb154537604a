"""Proof: every file in its engine on held-out windows, what of it is int8, and which layer lost what."""
