"""EEG: power of four bands, second by second."""
