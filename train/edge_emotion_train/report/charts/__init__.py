"""The pictures of a report: each a pure function from figures to an SVG text, narrow enough to be read on a phone."""
