"""Export: quantise, convert, prove, pack."""
