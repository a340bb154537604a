"""The boards of `benchmarks/accuracy.py`: one row reproduced from recordings alone, every rival beside it."""
