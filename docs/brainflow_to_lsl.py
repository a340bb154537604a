"""Skin conductance from a board that BrainFlow knows, offered to the Lab Streaming Layer.

pip install brainflow pylsl
python docs/brainflow_to_lsl.py --board EMOTIBIT_BOARD --preset ANCILLARY_PRESET
edge-emotion run --source lsl --stream eda=BrainFlow-EDA --no-cardiac
"""

from __future__ import annotations

import argparse
import time

import pylsl
from brainflow.board_shim import BoardIds, BoardShim, BrainFlowInputParams, BrainFlowPresets

PAUSE_S = 0.1


def main() -> None:
    """Forward until Ctrl-C."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--board", default="SYNTHETIC_BOARD", help="name in brainflow.BoardIds")
    parser.add_argument("--preset", default="DEFAULT_PRESET", help="name in brainflow.BrainFlowPresets")
    parser.add_argument("--ip", default="", help="address of the board, where it cannot be found by itself")
    args = parser.parse_args()
    board_id, preset = BoardIds[args.board], BrainFlowPresets[args.preset]
    channel = BoardShim.get_eda_channels(board_id, preset)[0]
    rate_hz = BoardShim.get_sampling_rate(board_id, preset)
    parameters = BrainFlowInputParams()
    parameters.ip_address = args.ip
    info = pylsl.StreamInfo("BrainFlow-EDA", "EDA", 1, rate_hz, "float32", f"brainflow-{args.board}")
    info.set_channel_labels(["EDA"])
    info.set_channel_units("microsiemens")
    outlet = pylsl.StreamOutlet(info)
    board = BoardShim(board_id, parameters)
    board.prepare_session()
    board.start_stream()
    try:
        while True:
            time.sleep(PAUSE_S)
            values = board.get_board_data(preset=preset)[channel]
            if len(values):
                outlet.push_chunk(values.reshape(-1, 1).tolist())
    except KeyboardInterrupt:
        pass
    finally:
        board.stop_stream()
        board.release_session()


if __name__ == "__main__":
    main()
