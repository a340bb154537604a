"""What the dashboard costs: CPU and memory of its server alone, idle and with a reader, beside a session in real time.

A child serves made-up signals in real time (130 Hz ECG, 15 Hz EDA) without inference, so that what is measured is the dashboard:
feed, server, encoding. CPU is process time over wall time, so that a busy machine does not change it much.

    python benchmarks/dashboard.py [--seconds 30] [--save]
    python benchmarks/dashboard.py --pictures docs/images    # needs Chromium: pictures of a whole session
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import common
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
VIEWS = (("dashboard", 1280, 1040, False), ("dashboard-phone", 390, 844, True))


def main() -> None:
    """Measure, or take pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="of each phase (default: 30)")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write dashboard*.png there instead")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    common.add_arguments(parser)
    args = parser.parse_args()
    if args.child:
        serve()
    elif args.pictures:
        take_pictures(args.pictures)
    else:
        common.finish("dashboard", measured(args.seconds), args)


def serve() -> None:
    """What the child does: numpy, the feed, the server, and signals in real time."""
    from edge_emotion.dashboard.feed import Facts
    from edge_emotion.dashboard.server import DashboardServer
    from edge_emotion.types import NS_PER_S, Modality, Samples

    facts = Facts(
        wearer="w", title="t", labels=("rest", "stress"), roles=("cardiac", "eda"), hop_s=5, window_s=60
    )
    bare_kb = _memory_kb(os.getpid())
    server = DashboardServer("127.0.0.1", 0)
    feed = server.feed(facts)
    server.start()
    print(f"{server.address} {bare_kb}", flush=True)
    rng = np.random.default_rng(0)
    for packet in range(10**9):
        for modality, rate_hz in ((Modality.ECG, 130.0), (Modality.EDA, 15.0)):
            values = rng.normal(size=int(rate_hz * 0.5)).astype(np.float32)
            feed.write(
                Samples(modality=modality, time_ns=packet * NS_PER_S // 2, rate_hz=rate_hz, values=values)
            )
        time.sleep(0.5)


def measured(seconds: float) -> dict[str, object]:
    """Idle, one reader, a thousand connections that say nothing."""
    command = [sys.executable, __file__, "--child"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        address, bare_kb = child.stdout.readline().split()
        host, port, token = re.match(r"http://([^:]+):(\d+)/\?token=(.+)", address).groups()  # type: ignore[union-attr]
        time.sleep(2.0)
        idle = _share(child.pid, seconds)
        idle_kb = _memory_kb(child.pid)
        reader = threading.Thread(target=_read, args=(host, int(port), token), daemon=True)
        reader.start()
        time.sleep(2.0)
        one = _share(child.pid, seconds)
        one_kb = _memory_kb(child.pid)
        links = [_connect(host, int(port)) for _ in range(1000)]
        time.sleep(3.0)
        crowded_kb = _memory_kb(child.pid)
        for link in links:
            link.close()
        child.kill()
    return {
        "idle_cpu_share": round(idle, 4),
        "idle_pss_mb": round(idle_kb / 1000, 1),
        "pss_before_the_server_mb": round(int(bare_kb) / 1000, 1),
        "one_reader_cpu_share": round(one, 4),
        "one_reader_pss_mb": round(one_kb / 1000, 1),
        "pss_with_1000_silent_connections_mb": round(crowded_kb / 1000, 1),
        "seconds": seconds,
    }


def _connect(host: str, port: int) -> http.client.HTTPConnection:
    link = http.client.HTTPConnection(host, port, timeout=30)
    link.connect()
    return link


def _read(host: str, port: int, token: str) -> None:
    link = _connect(host, port)
    link.request("GET", "/events", headers={"Cookie": f"edge_emotion_{port}={token}"})
    answer = link.getresponse()
    with suppress(http.client.IncompleteRead):  # the server is killed while it sends
        while answer.read1(65536):
            pass


def _share(pid: int, seconds: float) -> float:
    began_s, used_s = time.monotonic(), _cpu_s(pid)
    time.sleep(seconds)
    return (_cpu_s(pid) - used_s) / (time.monotonic() - began_s)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _memory_kb(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)[1])  # type: ignore[index]


def take_pictures(folder: Path) -> None:
    """A simulated session, after all of its phases were seen."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from chromium import Browser

    flags = ["--source", "simulate", "--speed", "12", "--dashboard", "--dashboard-listen", "127.0.0.1:0"]
    command = [sys.executable, "-m", "edge_emotion", "run", *flags]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        found = None
        while found is None:
            found = re.search(r"http\S+", child.stderr.readline())
        for name, width, height, dark in VIEWS:
            with Browser(width, height, dark) as browser:
                browser.open(found[0])
                # Rest, stress and the beginning of recovery are in the timeline.
                browser.wait_for(
                    "parseInt(document.getElementById('elapsed')?.textContent) >= 13", patience_s=240
                )
                picture = browser.picture(whole=width < 600)
                (folder / f"{name}.png").write_bytes(picture)
        child.terminate()


if __name__ == "__main__":
    main()
