"""The README's table of what was broken on purpose."""

from __future__ import annotations

from pages import prose, result, table

REST = prose(
    "Bundles that are truncated, flipped at 1 000 positions, climb out, are too large, too new or ask for all memory:",
    "all refused by tests, the old model stays. A wall clock that jumps by an hour at each look: the same reports to",
    "the bit.",
)


def reliability() -> str:
    """What was broken on purpose, and what a month alone costs."""
    rows = [*_recording(), *_bluetooth(), *_service()]
    return table(["", "times", "found", "benchmark"], rows) + "\n\n" + REST


def _recording() -> list[list[str]]:
    soak, day = result("soak"), result("day")
    killed = prose(
        f"{soak['kills_that_lost_acknowledged']} lost anything acknowledged,",
        f"{soak['unreadable']} unreadable, {soak['files']} files",
    )
    lived = prose(
        f"{day['reports']} reports, memory {day['rss_slope_mb_per_day']:+.1f} MB a day at {day['rss_mb']['end']:.0f} MB,",
        f"{day['fd_growth']} descriptors more, {day['records_left_out']} records left out",
    )
    return [
        ["SIGKILL at a random moment of recording", str(soak["kills"]), killed, "`soak.py`"],
        [f"{day['hours']:g} simulated hours, something wrong in most of them", "1", lived, "`day.py`"],
    ]


def _bluetooth() -> list[list[str]]:
    ble, bluez, fuzz = (result(name) for name in ("ble", "bluez", "fuzz"))
    cut = prose(
        f"streaming again after {ble['reconnect_p95_s']:.1f} s (p95, virtual radio),",
        f"{ble['leaked_tasks_after_drops']} tasks left",
    )
    real = prose(
        f"{bluez['green']} green, {bluez['lost_samples']} of {bluez['ecg_samples']} samples lost,",
        f"streaming again after at most {bluez['reconnect_largest_s']:.1f} s",
    )
    return [
        [
            "hostile Bluetooth frames; the same guided by coverage",
            f"{ble['frames_fuzzed']}; {fuzz['frames']}",
            f"{ble['exceptions']}; {fuzz['exceptions']} exceptions but the one packet error",
            "`ble.py`, `fuzz.py`",
        ],
        ["links cut", str(ble["drops"]), cut, "`ble.py`"],
        ["rounds with the real BlueZ, in a row", str(bluez["asked"]), real, "`bluez.py`"],
    ]


def _service() -> list[list[str]]:
    page, fleet = result("dashboard"), result("fleet")
    served = prose(
        f"{page['idle_cpu_share']:.2%} of a core and {page['idle_pss_mb']:.0f} MB,",
        f"{page['one_reader_cpu_share']:.2%} and {page['one_reader_pss_mb']:.0f} MB,",
        f"{page['pss_with_1000_silent_connections_mb']:.0f} MB",
    )
    wearers = prose(
        f"{fleet['broken_sessions']} sessions broke; a report {fleet['report_late_ms_p50'] / 1000:.2f} s after its window,",
        f"p99 {fleet['report_late_ms_p99'] / 1000:.2f} s; {fleet['cpu_ms_per_wearer_second']:.1f} ms of CPU and",
        f"{fleet['rss_kb_per_wearer'] / 1000:.1f} MB each",
    )
    return [
        ["dashboard: idle; with a reader; with 1 000 silent connections", "", served, "`dashboard.py`"],
        ["wearers on one gateway of two cores, in real time", str(fleet["wearers"]), wearers, "`fleet.py`"],
    ]
