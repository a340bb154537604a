"""Beats from an electrocardiogram, and how far it is to be trusted."""
