"""Evaluation: leave one person out, intervals over people, and the rows that keep a network honest."""
