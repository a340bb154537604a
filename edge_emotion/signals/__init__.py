"""The incremental signal chain: the same objects make the training data and run on the device. No I/O, no clock, no engine."""
