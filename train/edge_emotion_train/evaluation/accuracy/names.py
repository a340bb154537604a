"""Names of rows, apart from what makes them: who only reads saved results need not load a network."""

from __future__ import annotations

FAMILIES = ("acmc", "maan", "me_mhacl")
HEADLINE = "fusion"
"""Half the mean of the three families, half the classical row that people of the training side choose."""

CLASSICAL = ("lr", "et", "lr_et", "rf", "gb", "lr_both", "et_both", "lr_et_both", "chosen", "et_both_pooled")
"""Causal rows without a network; the strongest of them is the one to beat."""

PROTOCOL_ROWS = ("majority", "clock", "presence", "et_expanding")
"""Rows that are no rivals: without physiology, or with a clock in them."""
