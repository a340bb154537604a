"""Hypothesis strategies for every packet, and the codec of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import edge_emotion_bridge as bridge


def uints(bits: int) -> SearchStrategy[int]:
    return st.integers(0, (1 << bits) - 1)


def sints(bits: int) -> SearchStrategy[int]:
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)


def tuples_of(element: SearchStrategy[Any], least: int = 0) -> SearchStrategy[tuple[Any, ...]]:
    return st.lists(element, min_size=least, max_size=80).map(tuple)


measurements = st.sampled_from(bridge.PmdMeasurement)

pmd_settings = st.builds(
    bridge.PmdSettings,
    sample_rates_hz=tuples_of(uints(16)),
    resolutions_bits=tuples_of(uints(16)),
    ranges=tuples_of(uints(16)),
    ranges_milli=tuples_of(uints(32)),
    channels=tuples_of(uints(8)),
    conversion_factor=st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False),
)

pmd_responses = st.builds(
    bridge.PmdResponse,
    opcode=st.sampled_from(bridge.PmdOpcode),
    measurement=measurements,
    status=st.sampled_from([s for s in bridge.PmdStatus if s is not bridge.PmdStatus.SUCCESS]),
) | st.builds(
    bridge.PmdResponse,
    opcode=st.sampled_from(bridge.PmdOpcode),
    measurement=measurements,
    status=st.just(bridge.PmdStatus.SUCCESS),
    more=st.booleans(),
    parameters=st.binary(max_size=40),
)

eda_packets = st.builds(
    bridge.EdaPacket,
    sequence=uints(16),
    first_sample_ms=uints(32),
    rate_tenth_hz=st.integers(1, 65535),
    conductance_tenth_ns=tuples_of(st.none() | st.integers(-(1 << 23) + 1, (1 << 23) - 1), least=1),
    contact=st.none() | st.booleans(),
    saturated=st.booleans(),
    clock_restarted=st.booleans(),
    impedance_100_ohm=st.none() | uints(16),
)

valid_or_missing = st.none() | st.integers(-(1 << 23) + 1, (1 << 23) - 1)
eda_ecg_packets = st.builds(
    bridge.EdaEcgPacket,
    sequence=uints(16),
    first_sample_ms=uints(32),
    eda_rate_tenth_hz=st.integers(1, 65535),
    ecg_rate_tenth_hz=st.integers(1, 65535),
    conductance_tenth_ns=tuples_of(valid_or_missing),
    ecg_tenth_uv=tuples_of(valid_or_missing, least=1),
    eda_contact=st.booleans(),
    ecg_contact=st.booleans(),
    saturated=st.booleans(),
    clock_restarted=st.booleans(),
)

moments = st.floats(-1e12, 1e12)
lengths = st.floats(1e-6, 1e6)


@st.composite
def ibi_lists(draw: st.DrawFn) -> bridge.IbiList:
    rows = draw(st.lists(st.tuples(moments, lengths), max_size=30))
    times_s = tuple(sorted(time_s for time_s, _ in rows))
    return bridge.IbiList(start_s=draw(moments), times_s=times_s, intervals_s=tuple(i for _, i in rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One packet format under test."""

    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]
    packets: SearchStrategy[Any]


floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
vectors = st.tuples(floats, floats, floats)
references = uints(8)
paths = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=40).map("/".__add__)

movesense_notifications = (
    st.builds(bridge.MovesenseResponse, reference=references, status=uints(16), body=st.binary(max_size=40))
    | st.builds(bridge.MovesenseData, reference=references, body=st.binary(max_size=80))
    | st.builds(bridge.MovesenseContinuation, reference=references, body=st.binary(max_size=80))
)


@st.composite
def imu6_packets(draw: st.DrawFn) -> bridge.MovesenseImu6:
    both = draw(st.lists(st.tuples(vectors, vectors), min_size=1, max_size=8))
    return bridge.MovesenseImu6(
        first_sample_ms=draw(uints(32)),
        acceleration_m_per_s2=tuple(acceleration for acceleration, _ in both),
        rotation_deg_per_s=tuple(rotation for _, rotation in both),
    )


CODECS = {
    "heart_rate": Codec(
        decode=bridge.decode_heart_rate,
        encode=bridge.encode_heart_rate,
        packets=st.builds(
            bridge.HeartRate,
            rate_bpm=uints(16),
            contact=st.none() | st.booleans(),
            energy_kj=st.none() | uints(16),
            rr_1024=tuples_of(uints(16)),
        ),
    ),
    "battery": Codec(
        decode=bridge.decode_battery,
        encode=bridge.encode_battery,
        packets=st.builds(bridge.BatteryLevel, percent=st.integers(0, 100)),
    ),
    "device_text": Codec(
        decode=bridge.decode_text,
        encode=bridge.encode_text,
        packets=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    ),
    "system_id": Codec(
        decode=bridge.decode_system_id,
        encode=bridge.encode_system_id,
        packets=st.builds(bridge.SystemId, manufacturer_id=uints(40), oui=uints(24)),
    ),
    "pmd_features": Codec(
        decode=bridge.decode_pmd_features,
        encode=bridge.encode_pmd_features,
        packets=st.builds(bridge.PmdFeatures, measurements=st.frozensets(measurements)),
    ),
    "pmd_settings": Codec(
        decode=bridge.decode_pmd_settings, encode=bridge.encode_pmd_settings, packets=pmd_settings
    ),
    "pmd_request": Codec(
        decode=bridge.decode_pmd_request,
        encode=bridge.encode_pmd_request,
        packets=st.builds(bridge.PmdGetSettings, measurement=measurements)
        | st.builds(bridge.PmdStart, measurement=measurements, settings=pmd_settings)
        | st.builds(bridge.PmdStop, measurement=measurements),
    ),
    "pmd_response": Codec(
        decode=bridge.decode_pmd_response, encode=bridge.encode_pmd_response, packets=pmd_responses
    ),
    "pmd_frame": Codec(
        decode=bridge.decode_pmd_frame,
        encode=bridge.encode_pmd_frame,
        packets=st.builds(bridge.EcgFrame, last_sample_ns=uints(64), ecg_uv=tuples_of(sints(24), least=1))
        | st.builds(
            bridge.AccFrame,
            last_sample_ns=uints(64),
            acceleration_mg=tuples_of(st.tuples(sints(16), sints(16), sints(16)), least=1),
        )
        | st.builds(
            bridge.PpgFrame,
            last_sample_ns=uints(64),
            counts=tuples_of(st.tuples(sints(24), sints(24), sints(24), sints(24)), least=1),
        )
        | st.builds(
            bridge.CompressedFrame,
            measurement=st.just(bridge.PmdMeasurement.ACC),
            frame_type=st.sampled_from([0, 1]),
            last_sample_ns=uints(64),
            samples=st.lists(st.tuples(sints(16), sints(16), sints(16)), min_size=1, max_size=300).map(tuple),
        ),
    ),
    "movesense_command": Codec(
        decode=bridge.decode_movesense_command,
        encode=bridge.encode_movesense_command,
        packets=st.builds(bridge.MovesenseHello, reference=references)
        | st.builds(bridge.MovesenseSubscribe, reference=references, path=paths)
        | st.builds(bridge.MovesenseUnsubscribe, reference=references)
        | st.builds(bridge.MovesenseGet, reference=references, path=paths),
    ),
    "movesense_notification": Codec(
        decode=bridge.decode_movesense_notification,
        encode=bridge.encode_movesense_notification,
        packets=movesense_notifications,
    ),
    "movesense_ecg": Codec(
        decode=bridge.decode_movesense_ecg,
        encode=bridge.encode_movesense_ecg,
        packets=st.builds(
            bridge.MovesenseEcg, first_sample_ms=uints(32), counts=tuples_of(sints(32), least=1)
        ),
    ),
    "movesense_ecg_microvolt": Codec(
        decode=bridge.decode_movesense_ecg_microvolt,
        encode=bridge.encode_movesense_ecg_microvolt,
        packets=st.builds(
            bridge.MovesenseEcgMicrovolt, first_sample_ms=uints(32), ecg_uv=tuples_of(sints(16), least=1)
        ),
    ),
    "movesense_imu6": Codec(
        decode=bridge.decode_movesense_imu6, encode=bridge.encode_movesense_imu6, packets=imu6_packets()
    ),
    "movesense_heart_rate": Codec(
        decode=bridge.decode_movesense_heart_rate,
        encode=bridge.encode_movesense_heart_rate,
        packets=st.builds(bridge.MovesenseHeartRate, average_bpm=floats, rr_ms=tuples_of(uints(16))),
    ),
    "eda_packet": Codec(
        decode=bridge.decode_eda_packet, encode=bridge.encode_eda_packet, packets=eda_packets
    ),
    "eda_ecg_packet": Codec(
        decode=bridge.decode_eda_ecg_packet, encode=bridge.encode_eda_ecg_packet, packets=eda_ecg_packets
    ),
    "e4_ibi": Codec(
        decode=bridge.decode_e4_ibi,
        encode=bridge.encode_e4_ibi,
        packets=st.builds(bridge.E4Ibi, time_s=moments, interval_s=lengths),
    ),
    "ibi_list": Codec(decode=bridge.decode_ibi_list, encode=bridge.encode_ibi_list, packets=ibi_lists()),
    "eda_info": Codec(
        decode=bridge.decode_eda_info,
        encode=bridge.encode_eda_info,
        packets=st.builds(
            bridge.EdaInfo,
            excitation=st.sampled_from(bridge.EdaExcitation),
            range_tenth_ns=uints(32),
            rates_tenth_hz=tuples_of(st.integers(1, 65535), least=1),
            serial=st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=255),
        ),
    ),
    "eda_request": Codec(
        decode=bridge.decode_eda_request,
        encode=bridge.encode_eda_request,
        packets=st.builds(bridge.EdaStart, rate_tenth_hz=uints(16)) | st.builds(bridge.EdaStop),
    ),
    "eda_response": Codec(
        decode=bridge.decode_eda_response,
        encode=bridge.encode_eda_response,
        packets=st.builds(bridge.EdaResponse, opcode=uints(8), status=st.sampled_from(bridge.EdaStatus)),
    ),
}


@pytest.fixture(scope="session", params=CODECS)
def codec(request: pytest.FixtureRequest) -> Codec:
    """Each packet format in turn."""
    return CODECS[request.param]


@pytest.fixture(scope="session")
def codecs() -> dict[str, Codec]:
    """Every packet format by name."""
    return CODECS
