"""``edge-emotion report``: one self-contained page that shows what a run can do, beside what needs no physiology at all."""
