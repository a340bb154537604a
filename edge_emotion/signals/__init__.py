"""The incremental signal chain: the same objects make the training data and run on the device. No I/O, no clock, no engine.

`ecg`, `bvp`, `eda` and `rr` hold what is particular to a signal, `timing` turns sample indices into time; the files beside them
join all of it: `chain`, `streams`, `analysis`, then `window` and `features`.
"""
