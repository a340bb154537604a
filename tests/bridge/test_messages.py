"""What packets give beyond their fields, and what refusals and encoders say."""

from __future__ import annotations

import math

import pytest

import edge_emotion_bridge as bridge
from edge_emotion_bridge import PacketError, uuids


def compressed(*samples: tuple[int, ...]) -> bridge.CompressedFrame:
    return bridge.CompressedFrame(
        measurement=bridge.PmdMeasurement.ACC, frame_type=1, last_sample_ns=0, samples=samples
    )


def test_rr_is_in_milliseconds() -> None:
    assert bridge.HeartRate(rate_bpm=72, rr_1024=(853, 1024)).rr_ms == (853 * 1000 / 1024, 1000.0)


def test_conductance_is_in_microsiemens() -> None:
    packet = bridge.EdaPacket(
        sequence=0, first_sample_ms=0, rate_tenth_hz=155, conductance_tenth_ns=(12345, None)
    )
    assert packet.rate_hz == 15.5
    assert packet.conductance_us[0] == 1.2345
    assert math.isnan(packet.conductance_us[1])


def test_unknown_frame_says_what_is_known() -> None:
    with pytest.raises(PacketError, match=r"ECG frame type 0 is not decoded.*ACC 1"):
        bridge.decode_pmd_frame(bytes([0]) + bytes(8) + bytes([0x80]) + bytes(20))


def test_newer_profile_says_what_to_do() -> None:
    with pytest.raises(PacketError, match=r"version 2.*update edge-emotion"):
        bridge.decode_eda_packet(bytes([2]) + bytes(20))


def test_a_message_quotes_at_most_32_bytes() -> None:
    with pytest.raises(PacketError) as refusal:
        bridge.decode_battery(b"\xab" * 10_000)
    assert len(str(refusal.value)) < 150


@pytest.mark.parametrize(
    "packet",
    [
        bridge.EcgFrame(last_sample_ns=0, ecg_uv=(1 << 23,)),
        bridge.EcgFrame(last_sample_ns=-1, ecg_uv=(0,)),
        bridge.EcgFrame(last_sample_ns=0, ecg_uv=()),
        bridge.AccFrame(last_sample_ns=0, acceleration_mg=((0, 0, 1 << 15),)),
        bridge.PpgFrame(last_sample_ns=0, counts=((0, 0, 0, 1 << 23),)),
        compressed((1 << 15, 0, 0)),
        compressed((0, 0)),
        compressed(),
        compressed((0, 0, 0), (1 << 32, 0, 0)),
    ],
)
def test_frame_that_does_not_fit_is_refused(packet: bridge.PmdFrame) -> None:
    with pytest.raises(PacketError):
        bridge.encode_pmd_frame(packet)


def test_missing_mark_is_no_sample() -> None:
    packet = bridge.EdaPacket(
        sequence=0, first_sample_ms=0, rate_tenth_hz=40, conductance_tenth_ns=(-(1 << 23),)
    )
    with pytest.raises(PacketError, match="missing"):
        bridge.encode_eda_packet(packet)


@pytest.mark.parametrize("factor", [math.inf, math.nan, 1e300])
def test_conversion_factor_must_be_finite(factor: float) -> None:
    with pytest.raises(PacketError, match="finite"):
        bridge.encode_pmd_settings(bridge.PmdSettings(conversion_factor=factor))


def test_failed_response_carries_no_parameters() -> None:
    response = bridge.PmdResponse(
        opcode=bridge.PmdOpcode.START,
        measurement=bridge.PmdMeasurement.ECG,
        status=bridge.PmdStatus.IN_CHARGER,
        parameters=b"\0",
    )
    with pytest.raises(PacketError, match="IN_CHARGER"):
        bridge.encode_pmd_response(response)


def test_open_eda_uuids_differ_in_their_number_only() -> None:
    ours = [uuids.OPEN_EDA_SERVICE, uuids.OPEN_EDA_DATA, uuids.OPEN_EDA_INFO, uuids.OPEN_EDA_CONTROL]
    assert [u[4:8] for u in ours] == ["0001", "0002", "0003", "0004"]
    assert len({u[:4] + u[8:] for u in ours}) == 1


def test_movesense_counts_are_the_microvolts_of_its_other_resource() -> None:
    counts = bridge.MovesenseEcg(first_sample_ms=8617, counts=(20835, 20488, 20147, 19833))
    assert counts.ecg_uv == pytest.approx((7948, 7816, 7685, 7566), abs=1)


def test_movesense_sensors_of_different_length_are_refused() -> None:
    packet = bridge.MovesenseImu6(
        first_sample_ms=0, acceleration_m_per_s2=((0.0, 0.0, 0.0),), rotation_deg_per_s=()
    )
    with pytest.raises(PacketError, match="same"):
        bridge.encode_movesense_imu6(packet)
