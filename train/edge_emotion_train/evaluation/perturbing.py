"""Ways in which signals go wrong, applied to the signals themselves: the true chain has to cope with what is left.

A trouble changes a recording; what only happens on the way from sensor to host changes its packets. All are seeded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import resample_poly

from edge_emotion.errors import InputError
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import NS_PER_S, ROLE_OF, Beat, FloatArray, Modality, Role, Samples
from edge_emotion_train.datasets import Recording, Signal
from edge_emotion_train.preparation.recordings import packets

Random = np.random.Generator
Doubles = NDArray[np.float64]
ChangeRecording = Callable[[Recording, Random], Recording]
ChangePackets = Callable[[list[Samples], Random], list[Samples]]

EVERY_S = 60.0
"""One dropout, slip or loss of contact a minute."""

BEAT_HALF_S = 0.25
TREND_S = 10.0
CONTACT_LOST_S = 10.0
STEPS_US = (0.5, 2.0)
"""Size of the jump when an electrode slips."""

OTHER_RATE_HZ = {Modality.ECG: 130.0, Modality.BVP: 25.0, Modality.EDA: 10.0}
"""Of common sensors: Polar H10, cheap watches, finger straps."""

_WAVES = (Modality.ECG, Modality.BVP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One condition of the panel."""

    group: str
    name: str
    recording: ChangeRecording = lambda recording, random: recording
    packets: ChangePackets = lambda items, random: items

    def spoil(self, recording: Recording, random: Random) -> list[Samples]:
        """What arrives, in order of time."""
        return self.packets(list(packets(self.recording(recording, random))), random)


def without(role: Role) -> ChangeRecording:
    """A modality missing from the start; with the pulse goes the acceleration beside it."""
    gone = {m for m in Modality if ROLE_OF.get(m) is role}
    gone |= {Modality.ACC} if role is Role.CARDIAC else set()
    return lambda recording, random: replace(
        recording, signals=tuple(s for s in recording.signals if s.modality not in gone)
    )


def beats_lost(share: float, spec: SignalSpec) -> ChangeRecording:
    """Beats wiped out of the waveform: half a second around them becomes a straight line."""

    def change(recording: Recording, random: Random) -> Recording:
        times_s = _beats_s(recording, spec)
        lost_s = times_s[random.random(len(times_s)) < share]
        return _each(recording, _WAVES, lambda s: _bridged(s, lost_s - BEAT_HALF_S, lost_s + BEAT_HALF_S))

    return change


def noise(snr_db: float) -> ChangeRecording:
    """White noise on pulse, ECG and skin conductance; its power is set against the signal without its trend of 10 s."""

    def change(recording: Recording, random: Random) -> Recording:
        def noisy(signal: Signal) -> FloatArray:
            detrended = signal.values - _trend(signal)
            deviation = float(np.std(detrended)) * 10 ** (-snr_db / 20)
            return (signal.values + random.normal(0.0, deviation, len(signal.values))).astype(np.float32)

        return _each(recording, (*_WAVES, Modality.EDA), noisy)

    return change


def eda_steps() -> ChangeRecording:
    """The electrode slips once a minute: skin conductance jumps by 0.5 to 2 uS, up or down, and stays there."""

    def change(recording: Recording, random: Random) -> Recording:
        def stepped(signal: Signal) -> FloatArray:
            moments = _moments_s(signal, random)
            sizes = random.uniform(*STEPS_US, len(moments)) * random.choice((-1.0, 1.0), len(moments))
            jumps = np.zeros(len(signal.values))
            np.add.at(jumps, np.minimum((moments * rate_of(signal)).astype(np.int64), len(jumps) - 1), sizes)
            return np.maximum(signal.values + np.cumsum(jumps), 0.0).astype(np.float32)

        return _each(recording, (Modality.EDA,), stepped)

    return change


def eda_contact_lost() -> ChangeRecording:
    """Ten seconds without skin under the electrode, once a minute: conductance falls to nothing."""

    def change(recording: Recording, random: Random) -> Recording:
        def lost(signal: Signal) -> FloatArray:
            values = signal.values.copy()
            for moment_s in _moments_s(signal, random):
                values[_span(signal, moment_s, moment_s + CONTACT_LOST_S)] = 0.0
            return values

        return _each(recording, (Modality.EDA,), lost)

    return change


def drift(share: float) -> ChangeRecording:
    """The sensor's clock runs fast by ``share``: more samples a second than it says; see `says_nominal`."""

    def change(recording: Recording, random: Random) -> Recording:
        return replace(recording, signals=tuple(_drifting(s, share) for s in recording.signals))

    return change


def says_nominal(share: float) -> ChangePackets:
    """Packets that arrive at the host's true time and declare the rate that the sensor believes in."""
    return lambda items, random: [
        item if item.rate_hz is None else replace(item, rate_hz=round(item.rate_hz / (1.0 + share), 6))
        for item in items
    ]


def other_rates() -> ChangeRecording:
    """Another sensor's sampling rates, honestly declared."""

    def change(recording: Recording, random: Random) -> Recording:
        signals = (
            _resampled(s, OTHER_RATE_HZ[s.modality]) if s.modality in OTHER_RATE_HZ else s
            for s in recording.signals
        )
        return replace(recording, signals=tuple(signals))

    return change


def dropouts(length_s: float) -> ChangePackets:
    """All modalities silent for ``length_s`` once a minute: the radio."""

    def change(items: list[Samples], random: Random) -> list[Samples]:
        end_s = items[-1].time_ns / NS_PER_S
        starts_s = np.arange(0.0, end_s, EVERY_S) + random.uniform(
            0.0, EVERY_S - length_s, int(np.ceil(end_s / EVERY_S))
        )
        return [part for item in items for part in _outside(item, starts_s, length_s)]

    return change


def packets_lost(share: float) -> ChangePackets:
    """Packets of one second that never arrive, each modality by itself."""
    return lambda items, random: [item for item in items if random.random() >= share]


def _each(
    recording: Recording, modalities: Sequence[Modality], change: Callable[[Signal], FloatArray]
) -> Recording:
    signals = (replace(s, values=change(s)) if s.modality in modalities else s for s in recording.signals)
    return replace(recording, signals=tuple(signals))


def _beats_s(recording: Recording, spec: SignalSpec) -> Doubles:
    chain = Chain(spec, tuple(s.modality for s in recording.signals))
    times = [e.time_ns for item in packets(recording) for e in chain.push(item) if isinstance(e, Beat)]
    return np.array(times, np.float64) / NS_PER_S


def _bridged(signal: Signal, starts_s: Doubles, ends_s: Doubles) -> FloatArray:
    values = signal.values.copy()
    for start_s, end_s in zip(starts_s, ends_s, strict=True):
        inside = _span(signal, start_s, end_s)
        count = inside.stop - inside.start
        if count > 0:
            values[inside] = np.linspace(values[inside.start], values[inside.stop - 1], count)
    return values


def _span(signal: Signal, start_s: float, end_s: float) -> slice:
    first, last = (int((t - signal.start_s) * rate_of(signal)) for t in (start_s, end_s))
    return slice(min(max(first, 0), len(signal.values)), min(max(last, 0), len(signal.values)))


def _moments_s(signal: Signal, random: Random) -> Doubles:
    """One a minute, in seconds of the signal."""
    length_s = len(signal.values) / rate_of(signal)
    firsts = np.arange(0.0, length_s, EVERY_S)
    return np.asarray(firsts + random.uniform(0.0, EVERY_S - CONTACT_LOST_S, len(firsts)))


def _trend(signal: Signal) -> Doubles:
    size = max(1, round(TREND_S * rate_of(signal)))
    return np.asarray(uniform_filter1d(signal.values.astype(np.float64), size, mode="nearest"))


def rate_of(signal: Signal) -> float:
    """Its sampling rate; intervals between beats have none, and nothing here changes them."""
    if signal.rate_hz is None:
        raise InputError(
            f"{signal.modality} has no sampling rate: a perturbation of waveforms cannot change it"
        )
    return signal.rate_hz


def _drifting(signal: Signal, share: float) -> Signal:
    """Measured by a clock that is faster by ``share``: more samples a second, longer intervals between beats."""
    if signal.times_s is not None:
        return replace(signal, values=signal.values * np.float32(1.0 + share))
    return _sampled(signal, rate_of(signal) * (1.0 + share))


def _sampled(signal: Signal, rate_hz: float) -> Signal:
    """The same course at another rate, by straight lines: rates differ by a percent."""
    own_hz = rate_of(signal)
    count = int((len(signal.values) - 1) / own_hz * rate_hz)
    at = np.arange(count) / rate_hz * own_hz
    columns = signal.values.reshape(len(signal.values), -1)
    own = np.arange(len(columns))
    values = np.stack([np.interp(at, own, column) for column in columns.T], axis=1)
    return replace(
        signal, rate_hz=rate_hz, values=values.reshape(count, *signal.values.shape[1:]).astype(np.float32)
    )


def _resampled(signal: Signal, rate_hz: float) -> Signal:
    ratio = Fraction(rate_hz / rate_of(signal)).limit_denominator(1000)
    values = resample_poly(
        signal.values.astype(np.float64), ratio.numerator, ratio.denominator, padtype="line"
    )
    return replace(signal, rate_hz=rate_hz, values=values.astype(np.float32))


def _outside(item: Samples, starts_s: Doubles, length_s: float) -> list[Samples]:
    """What of a packet lies outside of the dropouts, in as many pieces as there are."""
    if item.rate_hz is None:
        return [item]
    times_s = item.time_ns / NS_PER_S + np.arange(len(item.values)) / item.rate_hz
    index = np.searchsorted(starts_s, times_s, "right") - 1
    silent = (index >= 0) & (times_s < starts_s[np.maximum(index, 0)] + length_s)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], silent, [True]]).astype(np.int8)))
    return [
        replace(
            item,
            time_ns=item.time_ns + round(first * NS_PER_S / item.rate_hz),
            values=item.values[first:last],
        )
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]
