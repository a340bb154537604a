"""Learning without labels: what paper 3 does to the extractors before anyone tells them what stress is."""
