"""From recordings to model inputs: the incremental chain, window labels, normalisation, and a pool of processes for it."""
