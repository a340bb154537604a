from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from edge_emotion.recording.records import Dropped, FoundGap, Kind, TimeAxis, decode, encode
from edge_emotion.sources import RawPacket, SensorEvent, SensorEventKind
from edge_emotion.types import (
    Abstention,
    Beat,
    Calibration,
    Gap,
    GapCause,
    Modality,
    Quality,
    QualityReason,
    Report,
    Role,
    RrKind,
    Samples,
    Scr,
)

TIMES = st.integers(-(2**62), 2**62)
FLOATS = st.floats()
FINITE = st.floats(allow_nan=False)
NAMES = st.text(max_size=20)
GAPS = st.builds(
    Gap,
    modality=st.sampled_from(Modality),
    start_ns=TIMES,
    end_ns=TIMES,
    cause=st.sampled_from(GapCause),
)
OTHERS = st.one_of(
    GAPS,
    st.builds(FoundGap, gap=GAPS),
    st.builds(
        SensorEvent,
        time_ns=TIMES,
        sensor=NAMES,
        kind=st.sampled_from(SensorEventKind),
        value=st.none() | FINITE,
    ),
    st.builds(RawPacket, time_ns=TIMES, sensor=NAMES, characteristic=NAMES, data=st.binary(max_size=50)),
    st.builds(
        Beat,
        modality=st.sampled_from(Modality),
        time_ns=TIMES,
        decided_ns=TIMES,
        rr_ms=st.none() | FINITE,
        kind=st.sampled_from(RrKind),
        amplitude=FINITE,
        measured_rr_ms=st.lists(FINITE, max_size=3).map(tuple),
    ),
    st.builds(Scr, onset_ns=TIMES, peak_ns=TIMES, decided_ns=TIMES, amplitude_us=FINITE, rise_time_s=FINITE),
    st.builds(Dropped, records=st.integers(0, 2**32), from_ns=TIMES, to_ns=TIMES),
    st.builds(TimeAxis, monotonic_ns=TIMES, unix_ns=TIMES),
)
VALUES = st_numpy.arrays(
    np.float32,
    st.tuples(st.integers(0, 20)) | st.tuples(st.integers(0, 20), st.integers(1, 3)),
    elements=st.floats(width=32),
)


@given(OTHERS)
def test_every_kind_comes_back_as_it_was(item):
    assert decode(*encode(item)) == item


@given(VALUES, TIMES, st.none() | st.floats(0.1, 1e4), st.none() | st.integers(0, 2**32))
def test_samples_keep_every_bit(values, time_ns, rate_hz, sequence):
    item = Samples(modality=Modality.ACC, time_ns=time_ns, rate_hz=rate_hz, values=values, sequence=sequence)
    back = decode(*encode(item))
    assert isinstance(back, Samples)
    assert back.values.dtype == np.float32
    assert (back.values.shape, back.values.tobytes()) == (values.shape, values.tobytes())
    assert (back.time_ns, back.rate_hz, back.sequence) == (time_ns, rate_hz, sequence)


def test_a_report_comes_back_with_what_is_not_known():
    report = Report(
        start_ns=-5,
        end_ns=10**18,
        label=None,
        abstention=Abstention.POOR_QUALITY,
        probabilities={"rest": 0.1 + 0.2, "stress": 1 / 3},
        contributions={},
        quality=(Quality(role=Role.EDA, index=0.5, reasons=(QualityReason.FLAT,)),),
        heart_rate_bpm=math.nan,
        rmssd_ms=np.float64(1.5),
        eda_us=1e-300,
        scr_per_min=math.inf,
        data_age_ms=math.nan,
        latency_ms={"inference": 0.1},
        calibration=Calibration.STORED,
    )
    back = decode(*encode(report))
    assert isinstance(back, Report)
    assert repr(back) == repr(report).replace("np.float64(1.5)", "1.5")


def test_a_kind_of_the_future_is_none_and_nonsense_is_told():
    assert decode(200, 0, b"anything") is None
    with pytest.raises(ValueError, match="a beat record cannot be understood"):
        decode(Kind.BEAT, 0, b"\xff\xff")
    with pytest.raises(ValueError, match="samples"):  # three bytes are no float32
        decode(Kind.SAMPLES, 0, b"\x95\xa3ecg\xcb@`@\x00\x00\x00\x00\x00\x00\xc4\x03abc\xc0")
