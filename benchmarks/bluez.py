"""The real Linux kernel and BlueZ again and again: rounds of `scripts/test-bluez` in a row, and what each of them took.

A round boots the machine, scans, connects a strap and a skin sensor, takes ECG without loss, cuts the strap's link, gets it
back and stops both streams. The first round that fails ends the row.

    python benchmarks/bluez.py [--times 20] [--seconds 60] [--save]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

import common

ROOT = Path(__file__).resolve().parents[1]
Round = dict[str, float]


def main() -> None:
    """Run the row, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0, help="of ECG in a round")
    common.add_arguments(parser)
    args = parser.parse_args()
    rounds = row(args.times, args.seconds)
    common.finish("bluez", {"asked": args.times, "ecg_s_a_round": args.seconds, **summary(rounds)}, args)


def row(times: int, seconds: float) -> list[Round]:
    """The rounds that were green, told as they end."""
    command = [ROOT / "scripts" / "test-bluez", "--times", str(times), "--seconds", f"{seconds:g}"]
    rounds: list[Round] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            sys.stderr.write(line)
            rounds.append(json.loads(line))
    return rounds


def summary(rounds: list[Round]) -> dict[str, object]:
    """Figures of a row; none where not a single round was green."""
    if not rounds:
        return {"green": 0}
    return {
        "green": len(rounds),
        "ecg_samples": sum(r["ecg_samples"] for r in rounds),
        "eda_samples": sum(r["eda_samples"] for r in rounds),
        "lost_samples": sum(r["lost_samples"] for r in rounds),
        "machines_started_twice": sum(r["starts"] > 1 for r in rounds),
        "reconnect_median_s": statistics.median(r["reconnect_s"] for r in rounds),
        "reconnect_largest_s": max(r["reconnect_s"] for r in rounds),
        "stop_median_s": statistics.median(r["stop_s"] for r in rounds),
        "machine_ready_median_s": statistics.median(r["machine_s"] for r in rounds),
        "round_median_s": statistics.median(r["round_s"] for r in rounds),
        "rounds": rounds,
    }


if __name__ == "__main__":
    main()
