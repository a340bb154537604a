"""Every decoder of the bridge by its name in the vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import edge_emotion_bridge as bridge

DECODERS: Mapping[str, Callable[[bytes], object]] = {
    "heart_rate": bridge.decode_heart_rate,
    "battery": bridge.decode_battery,
    "device_text": bridge.decode_text,
    "system_id": bridge.decode_system_id,
    "pmd_features": bridge.decode_pmd_features,
    "pmd_settings": bridge.decode_pmd_settings,
    "pmd_request": bridge.decode_pmd_request,
    "pmd_response": bridge.decode_pmd_response,
    "pmd_frame": bridge.decode_pmd_frame,
    "movesense_command": bridge.decode_movesense_command,
    "movesense_notification": bridge.decode_movesense_notification,
    "movesense_ecg": bridge.decode_movesense_ecg,
    "movesense_ecg_microvolt": bridge.decode_movesense_ecg_microvolt,
    "movesense_imu6": bridge.decode_movesense_imu6,
    "movesense_heart_rate": bridge.decode_movesense_heart_rate,
    "eda_packet": bridge.decode_eda_packet,
    "eda_ecg_packet": bridge.decode_eda_ecg_packet,
    "eda_info": bridge.decode_eda_info,
    "eda_request": bridge.decode_eda_request,
    "eda_response": bridge.decode_eda_response,
    "e4_ibi": bridge.decode_e4_ibi,
    "ibi_list": bridge.decode_ibi_list,
}
