"""A made-up person in a scripted protocol: ECG, RR and EDA with known truth.

For tests and for the demo, never for a claim of accuracy: whatever a detector or a model scores here says that it runs, not that
it is right about people.
"""
