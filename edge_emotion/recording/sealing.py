"""Encrypted recordings: each record sealed with ChaCha20-Poly1305 before it reaches the disk.

A record's kind, time and content are sealed; its number, length and the file's header are not (the header names formats, versions
and the bundle, not the sensors and not the wearer). The session's key is derived from the owner's (HKDF-SHA256, a fresh salt a
session); the nonce is the record's number, which a session never repeats. `cryptography` does the work (extra ``crypto``).

References
----------
RFC 8439 (ChaCha20-Poly1305), RFC 5869 (HKDF).
"""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path
from typing import Any

from edge_emotion.errors import MissingExtraError, RecordingError, UsageError
from edge_emotion.recording.frames import Frame

KEY_BYTES, SALT_BYTES = 32, 16
KEYRING = "keyring:"
_INNER = struct.Struct("<Bq")
_CONTEXT = b"edge-emotion recording 1"


class Sealer:
    """Seals and opens the records of one session.

    Parameters
    ----------
    key
        The owner's 32 bytes.
    salt
        Of the session, from its header; ``None`` makes a new one.

    Raises
    ------
    MissingExtraError
        If `cryptography` is not installed.
    """

    def __init__(self, key: bytes, salt: bytes | None = None) -> None:
        try:
            from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
            from cryptography.hazmat.primitives.hashes import SHA256
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF
        except ModuleNotFoundError:
            raise MissingExtraError("cryptography", "crypto") from None
        self.salt = os.urandom(SALT_BYTES) if salt is None else salt
        derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=self.salt, info=_CONTEXT).derive(key)
        self._cipher: Any = ChaCha20Poly1305(derived)

    def seal(self, frame: Frame, sealed_kind: int) -> Frame:
        """The frame that is stored: of ``sealed_kind``, without a time."""
        inner = _INNER.pack(frame.kind, frame.time_ns) + frame.payload
        payload = self._cipher.encrypt(_nonce(frame.sequence), inner, None)
        return Frame(kind=sealed_kind, sequence=frame.sequence, time_ns=0, payload=payload)

    def open(self, frame: Frame) -> Frame:
        """The frame that was sealed.

        Raises
        ------
        ValueError
            If the key is another one or the record was changed.
        """
        from cryptography.exceptions import InvalidTag

        try:
            inner: bytes = self._cipher.decrypt(_nonce(frame.sequence), frame.payload, None)
        except InvalidTag:
            raise ValueError("a sealed record does not open: another key, or it was changed") from None
        kind, time_ns = _INNER.unpack_from(inner)
        return Frame(kind=kind, sequence=frame.sequence, time_ns=time_ns, payload=inner[_INNER.size :])


def read_key(place: str) -> bytes:
    """The owner's key: a file of 64 hexadecimal digits that others cannot read, or ``keyring:SERVICE/USER``.

    Raises
    ------
    UsageError
        If there is none.
    MissingExtraError
        If the keyring's package is not installed.
    """
    text = _from_keyring(place) if place.startswith(KEYRING) else _from_file(Path(place))
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise UsageError(
            f"{place}: holds no key; it needs 64 hexadecimal digits: openssl rand -hex 32 > KEY && chmod 600 KEY"
        )
    return key


def refuse_without_key(path: Path) -> RecordingError:
    """What is said about an encrypted session that nobody gave a key for."""
    return RecordingError(f"{path}: is encrypted; give its key with --recording-key FILE")


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode, data = os.fstat(file.fileno()).st_mode, file.read(256)
    except OSError as error:
        raise UsageError(
            f"--recording-key {path}: cannot be read ({error.strerror}); make one with 'openssl rand -hex 32'"
        ) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"--recording-key {path}: others can read it; run 'chmod 600' on it")
    return data.decode("ascii", "replace")


def _from_keyring(place: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError:
        raise MissingExtraError("keyring", "keyring") from None
    service, _, user = place.removeprefix(KEYRING).partition("/")
    try:
        found = keyring.get_password(service, user)
    except KeyringError as error:  # locked, or a machine without a desktop has none
        raise UsageError(f"--recording-key {place}: no keyring answers ({error}); give a file") from None
    if found is None:
        raise UsageError(f"--recording-key {place}: is not in the keyring; run: keyring set {service} {user}")
    return str(found)


def _nonce(sequence: int) -> bytes:
    return sequence.to_bytes(12, "little")
