"""Beats from a photoplethysmogram (blood volume pulse), and which of its pulses movement spoils."""
