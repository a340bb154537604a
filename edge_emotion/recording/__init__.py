"""A log of a session that survives power cuts: written beside inference, read back bit by bit."""
