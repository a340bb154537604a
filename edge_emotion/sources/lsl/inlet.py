"""One stream of the network. Everything here blocks: it belongs into a thread."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.lsl.request import StreamRequest
from edge_emotion.types import FloatArray, Modality

PULL_S = 0.25
LOOK_S = 0.5
OPEN_S = 5.0
MOST_SAMPLES = 4096
BUFFERED_S = 120
UNIT_SHOWN = {Modality.ECG: "uV", Modality.EDA: "uS", Modality.RR: "ms"}
OTHER_NAMES = {Modality.EDA: ("eda", "gsr", "ea"), Modality.BVP: ("bvp", "ppg")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Samples of one channel in the modality's unit, and LSL's local time of the last of them."""

    values: FloatArray
    last_s: float


class Inlet:
    """A stream that was found, subscribed to; make it with `open_inlet`."""

    def __init__(
        self, pylsl: ModuleType, inlet: Any, *, name: str, rate_hz: float, channel: int, factor: float
    ) -> None:
        self._silence = pylsl.util.TimeoutError
        self.name = name
        self.rate_hz = rate_hz
        self._inlet = inlet
        self._channel = channel
        self._factor = factor

    def pull(self) -> Chunk | None:
        """What has come since the last call; ``None`` after a quarter of a second without any."""
        rows, stamps = self._inlet.pull_chunk(timeout=PULL_S, max_samples=MOST_SAMPLES)
        if not stamps:
            return None
        column = np.asarray([row[self._channel] for row in rows], dtype=np.float64)
        return Chunk(values=(column * self._factor).astype(np.float32), last_s=float(stamps[-1]))

    def wait_for_clock(self) -> None:
        """Let the first estimate of the sender's clock arrive, or the first stamps would jump; five seconds at most."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < OPEN_S:
            with suppress(self._silence):
                self._inlet.time_correction(timeout=LOOK_S)
                return

    def close(self) -> None:
        """Unsubscribe."""
        self._inlet.close_stream()


def find(pylsl: ModuleType, request: StreamRequest) -> Any | None:
    """The stream's short description if it is heard within half a second."""
    for quality in ("name", "type"):
        found = pylsl.resolve_byprop(quality, request.name, minimum=1, timeout=LOOK_S)
        if found:
            return found[0]
    return None


def not_found(pylsl: ModuleType, request: StreamRequest, patience_s: float) -> DeviceError:
    """What to say when it was not heard."""
    names = sorted({f"{s.name()} ({s.type()})" for s in pylsl.resolve_streams(LOOK_S)})
    others = f"streams that are there: {', '.join(names)}" if names else "no stream is there at all"
    return DeviceError(
        DeviceReason.NOT_FOUND,
        f"no LSL stream {request.name!r} within {patience_s:g} s ({others}): start its sender, "
        "put both machines into one network, and let UDP 16571 and TCP and UDP 16572-16604 through the firewall",
    )


def open_inlet(pylsl: ModuleType, request: StreamRequest, found: Any) -> Inlet:
    """Subscribe.

    Raises
    ------
    DeviceError
        If the stream does not fit the request.
    """
    inlet = pylsl.StreamInlet(found, max_buflen=BUFFERED_S, processing_flags=pylsl.proc_clocksync)
    try:
        info = inlet.info(timeout=OPEN_S)
        inlet.open_stream(timeout=OPEN_S)
    except (pylsl.util.TimeoutError, pylsl.util.LostError) as error:
        raise DeviceError(
            DeviceReason.CONNECT_FAILED,
            f"LSL stream {request.name!r} was found but does not answer: restart its sender; "
            "a firewall may let its announcement through and not its data (TCP 16572-16604)",
        ) from error
    channel = _channel(info, request)
    rate_hz = float(info.nominal_srate())
    if (rate_hz == 0) is not (request.modality is Modality.RR):
        wanted = "an irregular one" if request.modality is Modality.RR else "one with a sampling rate"
        raise _unfit(
            request, f"its nominal rate is {rate_hz:g} Hz, wanted is {wanted}: choose another stream"
        )
    return Inlet(
        pylsl,
        inlet,
        name=info.name(),
        rate_hz=rate_hz,
        channel=channel,
        factor=_factor(info, request, channel),
    )


def _channel(info: Any, request: StreamRequest) -> int:
    labels = [str(label or "") for label in info.get_channel_labels() or [""] * info.channel_count()]
    wanted = (request.channel,) if request.channel else OTHER_NAMES.get(request.modality, (request.modality,))
    for name in wanted:
        for index, label in enumerate(labels):
            if label.lower() == str(name).lower():
                return index
    if request.channel is None and info.channel_count() == 1:
        return 0
    raise _unfit(request, f"its channels are {', '.join(labels)}: name one as {request.name}/CHANNEL")


def _factor(info: Any, request: StreamRequest, channel: int) -> float:
    units = info.get_channel_units() or []
    told = str(units[channel] or "") if channel < len(units) else ""
    factor = request.factor(told)
    if factor is None:
        says = f"says that its unit is {told!r}" if told else "does not say its unit"
        raise _unfit(
            request, f"it {says}: add the unit, as in --stream {request}:{UNIT_SHOWN[request.modality]}"
        )
    return factor


def _unfit(request: StreamRequest, why: str) -> DeviceError:
    return DeviceError(
        DeviceReason.REFUSED, f"LSL stream {request.name!r} cannot be read as {request.modality}: {why}"
    )
