"""RR intervals: from plain packets, and their correction."""
