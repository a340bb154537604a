"""The process that is measured: ``python -m edge_emotion.profiling.child`` with a job as JSON on stdin, an outcome on stdout.

A process of its own for each repeat: memory is that of one engine, and nothing is warm that would not be on a device.
"""

import sys
import time


def main() -> None:
    """Do one job."""
    began_ns = time.perf_counter_ns()
    from edge_emotion.profiling import work  # here and not above: how long this takes is a figure

    import_ms = (time.perf_counter_ns() - began_ns) / 1e6
    sys.stdout.buffer.write(work.do(sys.stdin.buffer.read(), import_ms) + b"\n")


if __name__ == "__main__":
    main()
