"""From sample indices and device stamps to one time axis and one grid."""
