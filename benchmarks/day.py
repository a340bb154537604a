"""A day of one wearer in minutes: does memory grow, do files stay open, does anything break?

The shipped model with the whole rim around it: recorder with rotation and a budget that is spent many times, JSON Lines, CSV and
a dashboard's feed. Signals of a made-up person are repeated in blocks; in nearly every block something is wrong: a lost link,
a stall, lead off, a flat line, no numbers, swapped sensors. Time is the data's, played as fast as it goes.

    python benchmarks/day.py [--hours 24] [--save]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import common
import numpy as np

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.clock import SystemClock
from edge_emotion.dashboard.feed import Facts, Feed
from edge_emotion.engines.opening import open_engine
from edge_emotion.recording.attaching import PatientRecordedSource, RecordingSink
from edge_emotion.recording.folder import used_bytes
from edge_emotion.recording.recorder import Recorder
from edge_emotion.recording.settings import MB, RecorderSettings, WhenFull
from edge_emotion.recording.writer import About
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.runtime.session import Session
from edge_emotion.simulation.generator import simulate
from edge_emotion.sinks import SinkItem
from edge_emotion.sinks.csv_tables import CsvSink
from edge_emotion.sinks.jsonl import JsonlFileSink
from edge_emotion.sources import SourceItem
from edge_emotion.types import NS_PER_S, Gap, GapCause, Modality, Report, Samples

BOTH = (Modality.ECG, Modality.EDA)
PACKET_S = 0.5
FAULT_AT_S, FAULT_S = 500, 40
FAULTS = ("none", "disconnected", "stalled", "lead_off", "flat", "not_a_number", "swapped")
LOOK_EVERY_S = 900.0
SETTLED_SHARE = 0.25
"""The first quarter of a run is warming up: imports, caches, the first files."""
SETTINGS = RecorderSettings(segment_bytes=4 * MB, budget_bytes=32 * MB, when_full=WhenFull.DELETE_OLDEST)


class LongDay:
    """The same person again and again, each time with another fault."""

    modalities = BOTH

    def __init__(self, hours: float) -> None:
        made = simulate(seed=3)
        self._ends_s = hours * 3600
        self._streams = {
            Modality.ECG: (made.ecg_rate_hz, made.ecg_mv),
            Modality.EDA: (made.eda_rate_hz, made.eda_us),
        }
        self._block_s = len(made.eda_us) // made.eda_rate_hz

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        block = 0
        while block * self._block_s < self._ends_s:
            for item in self._block(block):
                await asyncio.sleep(0)
                yield item
            block += 1

    async def aclose(self) -> None:
        """Nothing to release."""

    def _block(self, block: int) -> Iterator[SourceItem]:
        fault, began_ns = FAULTS[block % len(FAULTS)], round(block * self._block_s * NS_PER_S)
        for packet in range(round(self._block_s / PACKET_S)):
            at_s = packet * PACKET_S
            wrong = fault if FAULT_AT_S <= at_s < FAULT_AT_S + FAULT_S else "none"
            for modality in BOTH:
                yield self._packet(modality, packet, began_ns + round(at_s * NS_PER_S), wrong)

    def _packet(self, modality: Modality, packet: int, time_ns: int, wrong: str) -> SourceItem:
        rate_hz, values = self._streams[modality]
        count = round(PACKET_S * rate_hz)
        if wrong in (GapCause.DISCONNECTED, GapCause.STALLED):
            end_ns = time_ns + round(PACKET_S * NS_PER_S)
            return Gap(modality=modality, start_ns=time_ns, end_ns=end_ns, cause=GapCause(wrong))
        if wrong == "swapped":
            other = self._streams[Modality.EDA if modality is Modality.ECG else Modality.ECG][1]
            values = np.resize(other, len(values))
        piece = values[round(packet * PACKET_S * rate_hz) :][:count]
        if wrong == "not_a_number":
            piece = np.full_like(piece, np.nan)
        elif wrong in ("flat", "lead_off"):
            piece = np.full_like(piece, 0.0 if wrong == "flat" else 16.0)
        return Samples(modality=modality, time_ns=time_ns, rate_hz=rate_hz, values=piece)


class Looked:
    """Notes memory and open files as the data's time goes by."""

    def __init__(self) -> None:
        self.at_s: list[float] = []
        self.rss_mb: list[float] = []
        self.files: list[int] = []
        self.verdicts: Counter[str] = Counter()

    def open(self) -> None:
        """Nothing to prepare."""

    def write(self, item: SinkItem) -> None:
        if isinstance(item, Report):
            self.verdicts[str(item.abstention or "label")] += 1
            if not self.at_s or item.end_ns / NS_PER_S - self.at_s[-1] >= LOOK_EVERY_S:
                self._look(item.end_ns / NS_PER_S)

    def close(self) -> None:
        """Nothing to finish."""

    def _look(self, at_s: float) -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.at_s.append(at_s)
        self.rss_mb.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        self.files.append(sum(1 for _ in Path("/proc/self/fd").iterdir()))


def main() -> None:
    """Live through it, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=24.0)
    common.add_arguments(parser)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        common.finish("day", lived(args.hours, Path(folder)), args)


def lived(hours: float, folder: Path) -> dict[str, object]:
    """One session of so many hours."""
    bundle = load_bundle(default_bundle_path())
    manifest = bundle.manifest
    pipeline = Pipeline(manifest, open_engine(bundle), BOTH)
    about = About(source="day", modalities=BOTH, time_axis="recording")
    recorder = Recorder(folder / "log", about, SETTINGS)
    looked, stops = Looked(), list[str]()
    facts = Facts(
        wearer="w",
        title="t",
        labels=manifest.labels,
        roles=tuple(map(str, manifest.roles)),
        hop_s=manifest.signals.hop_s,
        window_s=manifest.signals.window_s,
    )
    sinks = [
        RecordingSink(recorder, lambda stopped: stops.append(stopped.reason)),
        JsonlFileSink(folder / "said.jsonl"),
        CsvSink(folder / "tables", manifest.labels),
        Feed(facts),
        looked,
    ]
    source = PatientRecordedSource(LongDay(hours), recorder)
    began_s, cpu_s = time.monotonic(), time.process_time()
    summary = asyncio.run(Session(source, pipeline, sinks, SystemClock()).run())
    settled = np.array(looked.at_s) >= SETTLED_SHARE * hours * 3600
    days, rss_mb = np.array(looked.at_s)[settled] / 86_400, np.array(looked.rss_mb)[settled]
    return {
        "hours": hours,
        "reports": summary.reports,
        "verdicts": dict(looked.verdicts),
        "rss_slope_mb_per_day": round(float(np.polyfit(days, rss_mb, 1)[0]), 3),
        "rss_mb": {"settled": round(float(rss_mb[0]), 1), "end": round(float(rss_mb[-1]), 1)},
        "fd_growth": int(looked.files[-1] - np.array(looked.files)[settled][0]),
        "recording_stopped": stops,
        "records_left_out": recorder.dropped_records,
        "recorded_mb_kept": round(used_bytes(folder / "log") / MB, 1),
        "states_s": {str(state): round(s) for state, s in summary.states_s.items()},
        "cpu_s": round(time.process_time() - cpu_s, 1),
        "wall_s": round(time.monotonic() - began_s, 1),
    }


if __name__ == "__main__":
    main()
