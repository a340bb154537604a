"""Bundles: one file that holds everything a model needs on the device."""
