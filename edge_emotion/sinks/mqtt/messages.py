"""What is published: topics and payloads, and what Home Assistant is told about them.

References
----------
Home Assistant, MQTT discovery: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from edge_emotion import __version__
from edge_emotion.runtime.state import SessionState, StateChange
from edge_emotion.sinks.jsonl import encode
from edge_emotion.sinks.mqtt.settings import MqttSettings
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.types import Report

ONLINE, OFFLINE = b"online", b"offline"
STALE_AFTER_S = 60
"""Home Assistant shows a value that is older as unknown: a feeling of yesterday is none of today."""
KINDS = (Report, StateChange, SensorEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One publication; ``retain``: whoever subscribes later gets the last one."""

    topic: str
    payload: bytes
    retain: bool = False


def status(settings: MqttSettings, payload: bytes) -> Message:
    """Whether this wearer's gateway is there; the broker itself publishes `OFFLINE` when the link is lost."""
    return Message(topic=f"{settings.base}/status", payload=payload, retain=True)


def of(settings: MqttSettings, item: object) -> Message | None:
    """The publication of an item; nothing of samples and beats leaves the device."""
    match item:
        case Report():
            return Message(topic=f"{settings.base}/report", payload=encode(item))
        case StateChange():
            return Message(topic=f"{settings.base}/state", payload=encode(item), retain=True)
        case SensorEvent(kind=SensorEventKind.BATTERY):
            return Message(topic=f"{settings.base}/battery", payload=encode(item), retain=True)
        case _:
            return None


def discovery(settings: MqttSettings, labels: Sequence[str]) -> Message | None:
    """One device with its entities for Home Assistant."""
    if settings.discovery is None:
        return None
    node = f"{settings.prefix}_{settings.wearer}".replace("/", "_")
    payload = {
        "dev": {"ids": [node], "name": f"{settings.wearer} (edge-emotion)", "sw": __version__},
        "o": {"name": "edge-emotion", "sw": __version__},
        "cmps": {
            name: {"p": "sensor", "unique_id": f"{node}_{name}", **fields}
            for name, fields in _entities(settings, labels)
        },
        "availability_topic": f"{settings.base}/status",
        "qos": 1,
    }
    return Message(
        topic=f"{settings.discovery}/device/{node}/config", payload=msgspec.json.encode(payload), retain=True
    )


def _entities(settings: MqttSettings, labels: Sequence[str]) -> Iterator[tuple[str, dict[str, object]]]:
    report: dict[str, object] = {
        "state_topic": f"{settings.base}/report",
        "expire_after": STALE_AFTER_S,
    }
    options = {"device_class": "enum", "options": [*labels, "none"]}
    yield (
        "label",
        {**report, **options, "name": "label", "value_template": "{{ value_json.label or 'none' }}"},
    )
    figures = (("heart_rate_bpm", "bpm"), ("rmssd_ms", "ms"), ("eda_us", "µS"), ("scr_per_min", "1/min"))
    for name, unit in figures:
        template = f"{{{{ value_json.{name} }}}}"
        spoken = name.rpartition("_")[0].replace("_", " ")
        yield name, {**report, "name": spoken, "unit_of_measurement": unit, "value_template": template}
    for index, label in enumerate(labels):
        template = f"{{{{ value_json.probabilities.get({msgspec.json.encode(label).decode()}) }}}}"
        yield (
            f"probability_{index}",
            {**report, "name": f"probability of {label}", "value_template": template},
        )
    state = {"device_class": "enum", "options": [str(s) for s in SessionState]}
    topic = {"state_topic": f"{settings.base}/state", "value_template": "{{ value_json.state }}"}
    yield "state", {**state, **topic, "name": "session", "entity_category": "diagnostic"}
    battery = {"device_class": "battery", "unit_of_measurement": "%", "entity_category": "diagnostic"}
    topic = {"state_topic": f"{settings.base}/battery", "value_template": "{{ value_json.value }}"}
    yield "battery", {**battery, **topic, "name": "battery"}
