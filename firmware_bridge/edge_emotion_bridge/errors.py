"""The one exception of the ground floor."""

from __future__ import annotations


class PacketError(ValueError):
    """Bytes that are no such packet, or a packet whose fields do not fit its format.

    The message says which packet, what was found and what is allowed; it quotes at most 32 bytes.
    """
