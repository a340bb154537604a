"""A new model on a device that nobody stands beside: tried before it is used, watched after, taken back when it fails."""
