"""Training: data sets, models, objectives and evaluation. Needs torch."""
