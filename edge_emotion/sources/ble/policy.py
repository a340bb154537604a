"""How patient the source is with its sensors. All times are of the injected clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPolicy:
    """Waiting times of a sensor's supervision.

    Parameters
    ----------
    scan_s
        How long a sensor is looked for at the start before `DeviceError` says that it was not found.
    rescan_s
        How long one search lasts when a sensor was lost; short, because the other sensors wait for the one scanner.
    answer_s
        How long a sensor may take to answer a command.
    first_attempts
        Connection attempts at the start before the source gives up; after the first samples it never does.
    backoff_s, backoff_cap_s
        First pause between attempts, which doubles up to the cap.
    jitter
        Each pause is longer or shorter by up to this share, another for each sensor and machine, so that those that lost their
        links together do not come back together.
    tick_s
        How often the stream is looked at.
    stalled_ticks
        Looks without a sample after which the stream counts as stalled. Looks are counted instead of time, so that a
        process that was suspended does not accuse its sensors.
    reconnect_ticks
        Looks without a sample after which the link is given up and made anew. Not eager: some straps send their first
        ECG only 25 to 30 s after the start (polar-ble-sdk issues 414, 424).
    lag_s
        A gap of a silent stream grows up to this long before now: packets that are still under way cover what is newer.
    """

    scan_s: float = 30.0
    rescan_s: float = 10.0
    answer_s: float = 10.0
    first_attempts: int = 3
    backoff_s: float = 1.0
    backoff_cap_s: float = 30.0
    jitter: float = 0.25
    tick_s: float = 1.0
    stalled_ticks: int = 5
    reconnect_ticks: int = 60
    lag_s: float = 1.5
