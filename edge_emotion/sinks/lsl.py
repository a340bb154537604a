"""Everything onto the Lab Streaming Layer, for LabRecorder and whoever else listens on this network.

``NAME-ecg``, ``NAME-eda`` and so on hold the samples; ``NAME-rr`` the corrected interval of every beat, in ms; ``NAME-report``
the probability of each label and, last, 1 where the report abstains. LSL has no lock: who is in the network can read along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from edge_emotion.sinks import SinkItem
from edge_emotion.sources.lsl.library import clock_offset_ns, load_pylsl
from edge_emotion.types import NS_PER_S, Beat, Modality, Report, Samples

UNITS: Mapping[Modality, str] = {
    Modality.ECG: "millivolts",
    Modality.EDA: "microsiemens",
    Modality.ACC: "g",
    Modality.EEG: "microvolts",
    Modality.TEMP: "celsius",
}


class LslSink:
    """One outlet per signal, made when its first sample comes.

    Parameters
    ----------
    name
        Begins the name of every outlet.
    labels
        The bundle's labels, in its order.
    monotonic_ns
        The clock on which the items' times are; ``None`` for a recording, whose items are stamped when they are sent.
    """

    def __init__(self, name: str, labels: tuple[str, ...], monotonic_ns: Callable[[], int] | None) -> None:
        self._pylsl = load_pylsl()
        self._name = name
        self._labels = labels
        self._monotonic_ns = monotonic_ns
        self._offset_ns = 0
        self._outlets: dict[str, Any] = {}

    def open(self) -> None:
        """Offer the reports and beats, so that a recorder can be started before the first of them."""
        if self._monotonic_ns is not None:
            self._offset_ns = clock_offset_ns(self._pylsl, self._monotonic_ns())
        self._outlet("report", (*self._labels, "abstains"), "probability", 0.0)
        self._outlet("rr", ("RR",), "milliseconds", 0.0)

    def write(self, item: SinkItem) -> None:
        """Send samples, beats and reports; liblsl's own threads do the rest."""
        match item:
            case Samples(rate_hz=float(rate_hz)) if len(item.values):
                rows = np.ascontiguousarray(item.values.reshape(len(item.values), -1))
                labels = tuple(f"{item.modality}{i or ''}".upper() for i in range(rows.shape[1]))
                outlet = self._outlet(item.modality, labels, UNITS.get(item.modality, "arbitrary"), rate_hz)
                last_ns = item.time_ns + round((len(rows) - 1) * NS_PER_S / rate_hz)
                outlet.push_chunk(rows.tolist(), self._stamp_s(last_ns))
            case Beat(rr_ms=float(rr_ms)):
                self._outlets["rr"].push_sample([rr_ms], self._stamp_s(item.time_ns))
            case Report():
                probabilities = [item.probabilities.get(label, float("nan")) for label in self._labels]
                abstains = float(item.abstention is not None)
                self._outlets["report"].push_sample([*probabilities, abstains], self._stamp_s(item.end_ns))

    def close(self) -> None:
        """Take the outlets off the network."""
        self._outlets.clear()

    def _stamp_s(self, time_ns: int) -> float:
        """LSL's stamp of a moment; 0 means now."""
        return 0.0 if self._monotonic_ns is None else (time_ns - self._offset_ns) / NS_PER_S

    def _outlet(self, kind: str, labels: tuple[str, ...], unit: str, rate_hz: float) -> Any:
        if kind not in self._outlets:
            name = f"{self._name}-{kind}"
            info = self._pylsl.StreamInfo(name, kind.upper(), len(labels), rate_hz, "float32", name)
            info.set_channel_labels(list(labels))
            info.set_channel_units(unit)
            self._outlets[kind] = self._pylsl.StreamOutlet(info)
        return self._outlets[kind]
