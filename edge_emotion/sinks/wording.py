"""What the terminal and the picture say to a person."""

from __future__ import annotations

from collections.abc import Mapping

from edge_emotion.runtime.rest import RestReason, RestVerdict
from edge_emotion.runtime.state import SessionState, StateChange
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.types import Abstention, Calibration, Gap, GapCause, Quality, QualityReason

ABSTENTION_TEXT: Mapping[Abstention, str] = {
    Abstention.WARMING_UP: "warming up: less than one window of data",
    Abstention.COLLECTING_REFERENCE: "learning your rest: sit still",
    Abstention.MISSING_SIGNAL: "no usable signal",
    Abstention.POOR_QUALITY: "signal too poor: check the sensors",
    Abstention.UNFAMILIAR: "unlike anything the model has seen",
    Abstention.UNCERTAIN: "not sure enough",
}

CALIBRATION_TEXT: Mapping[Calibration, str] = {
    Calibration.STORED: "calibrated: stored rest",
    Calibration.SESSION: "calibrated: this session's rest",
    Calibration.DOUBTFUL: "doubtful: the first minutes were no rest",
    Calibration.COLLECTING: "learning your rest",
    Calibration.UNCALIBRATED: "uncalibrated",
}

REST_TEXT: Mapping[RestReason, str] = {
    RestReason.TOO_SHORT: "too short",
    RestReason.POOR_SIGNAL: "too little good signal: moisten the electrodes, tighten the strap",
    RestReason.MOVING: "too much movement: keep still",
    RestReason.RISING_AROUSAL: "arousal was rising: settle down first",
    RestReason.UNSTEADY: "the heart rate was not steady: no talking, no moving, no screen",
    RestReason.AROUSED: "too many skin responses for rest: wait until you are calm",
    RestReason.IMPLAUSIBLE: "outside of what a resting person has: check how the sensor sits",
}

REASON_TEXT: Mapping[QualityReason, str] = {
    QualityReason.MISSING: "samples missing",
    QualityReason.FLAT: "flat line",
    QualityReason.SATURATED: "at the sensor's limit",
    QualityReason.OUT_OF_RANGE: "outside the plausible range",
    QualityReason.NOISY: "noisy",
    QualityReason.LEAD_OFF: "electrodes off",
    QualityReason.CLIPPED: "peaks cut off",
    QualityReason.POWERLINE: "mains hum",
    QualityReason.MOTION: "moving",
    QualityReason.BASELINE: "wandering baseline",
    QualityReason.NOT_A_NUMBER: "not a number",
    QualityReason.TOO_FEW_BEATS: "too few beats",
    QualityReason.IMPLAUSIBLE_RR: "implausible beat intervals",
    QualityReason.STEEP: "changes too fast for skin",
    QualityReason.SETTLING: "filters settling",
}

_ABSTENTIONS = frozenset(map(str, Abstention))

_EVENT_TEXT: Mapping[SensorEventKind, str] = {
    SensorEventKind.FOUND: "found",
    SensorEventKind.CONNECTED: "connected",
    SensorEventKind.STREAMING: "streaming",
    SensorEventKind.DISCONNECTED: "disconnected",
    SensorEventKind.BATTERY: "battery",
    SensorEventKind.CONTACT_LOST: "lost skin contact",
    SensorEventKind.CONTACT: "skin contact",
    SensorEventKind.HEART_RATE: "heart rate",
    SensorEventKind.BAD_PACKET: "refused a packet, so far",
}

_UNIT: Mapping[SensorEventKind, str] = {
    SensorEventKind.FOUND: " dBm",
    SensorEventKind.BATTERY: " %",
    SensorEventKind.HEART_RATE: " bpm",
}

STATE_TEXT: Mapping[SessionState, str] = {
    SessionState.CONNECTING: "connecting",
    SessionState.WARMING_UP: "warming up",
    SessionState.RUNNING: "running",
    SessionState.ABSTAINING: "abstaining",
    SessionState.STALLED: "stalled",
    SessionState.RECONNECTING: "reconnecting",
    SessionState.ENDED: "ended",
}

_GAP_TEXT: Mapping[GapCause, str] = {
    GapCause.LOST: "samples lost",
    GapCause.STALLED: "sensor silent",
    GapCause.DISCONNECTED: "link down",
    GapCause.CLOCK_RESTART: "sensor's clock restarted",
    GapCause.END: "end of the recording",
}


def quality_text(quality: Quality) -> str:
    """The reasons that lowered a quality index, or an empty text."""
    return ", ".join(REASON_TEXT[r] for r in quality.reasons)


def rest_lines(verdict: RestVerdict) -> list[str]:
    """One line for each thing that speaks against a rest."""
    return [
        f"{f.role}: {REST_TEXT[f.reason]} ({f.measure} {f.value:.3g}, limit {f.limit:g})"
        for f in verdict.findings
    ]


def sensor_text(event: SensorEvent) -> str:
    """One line about a sensor."""
    value = "" if event.value is None else f" {event.value:g}{_UNIT.get(event.kind, '')}"
    return f"{event.sensor}: {_EVENT_TEXT[event.kind]}{value}"


def state_text(change: StateChange) -> str:
    """The state and why, such as ``reconnecting (eda)``."""
    word = STATE_TEXT[change.state]
    reasons = [ABSTENTION_TEXT[Abstention(r)] if r in _ABSTENTIONS else r for r in change.reasons]
    return word + (f" ({', '.join(r.removeprefix(f'{word}: ') for r in reasons)})" if reasons else "")


def gap_text(gap: Gap) -> str:
    """One line about a gap."""
    return f"{gap.modality}: {_GAP_TEXT[gap.cause]}, {(gap.end_ns - gap.start_ns) / 1e9:.1f} s"


def clock_text(seconds: float) -> str:
    """Time since the start as m:ss or h:mm:ss."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def figure_text(value: float, digits: int = 0) -> str:
    """A figure, or a dash where it is not known."""
    return "\N{EN DASH}" if value != value else f"{value:.{digits}f}"
