"""The container of a bundle: a ZIP that stores its members, with exactly one way to write it.

Any unzip tool opens it. Reading is stricter than ZIP: the bytes must be those that `encode` makes from the
members, so whatever was changed, cut, appended or hidden between members is refused, and the same members
always give the same file.

References
----------
ZIP: PKWARE APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (end record).
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from edge_emotion.errors import BundleError

MANIFEST_NAME = "manifest.json"
MAX_TOTAL_BYTES = 64 * 1024 * 1024
MAX_MEMBERS = 32

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_SIGNATURE, _CENTRAL_SIGNATURE, _END_SIGNATURE = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"

_VERSION = 20  # ZIP 2.0: the least that every tool understands
_MADE_BY = (3 << 8) | _VERSION  # 3: Unix, so that the file mode below has a meaning
_MODE = (stat.S_IFREG | 0o644) << 16
_STORED = 0
_ENCRYPTED_FLAG = 1
_DOS_DATE = (1 << 5) | 1  # 1980-01-01, the zero of ZIP: the same members give the same bytes on any day

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    name: str
    crc: int
    size: int
    offset: int


def encode(members: Mapping[str, bytes]) -> bytes:
    """The one container that holds ``members``: the manifest first, the others by name.

    Raises
    ------
    ValueError
        If a name is not a plain file name or the members are more than a reader would accept.
    """
    if len(members) > MAX_MEMBERS or sum(map(len, members.values())) > MAX_TOTAL_BYTES:
        raise ValueError(f"a bundle holds at most {MAX_MEMBERS} members and {MAX_TOTAL_BYTES} bytes")
    body, directory = bytearray(), bytearray()
    for name in sorted(members, key=lambda n: (n != MANIFEST_NAME, n)):
        if not _SAFE_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a plain file name")
        data, raw_name = members[name], name.encode("ascii")
        common = (
            _VERSION,
            0,
            _STORED,
            0,
            _DOS_DATE,
            zlib.crc32(data),
            len(data),
            len(data),
            len(raw_name),
            0,
        )
        directory += (
            _CENTRAL.pack(_CENTRAL_SIGNATURE, _MADE_BY, *common, 0, 0, 0, _MODE, len(body)) + raw_name
        )
        body += _LOCAL.pack(_LOCAL_SIGNATURE, *common) + raw_name + data
    end = _END.pack(_END_SIGNATURE, 0, 0, len(members), len(members), len(directory), len(body), 0)
    return bytes(body + directory + end)


def decode(data: bytes) -> dict[str, bytes]:
    """Members by name.

    Raises
    ------
    BundleError
        If ``data`` is not a container as `encode` writes it; the message says in what respect.
    """
    members: dict[str, bytes] = {}
    for entry in _entries(data):
        if entry.name in members:
            raise BundleError(f"holds {entry.name} twice: two readers could see two contents")
        members[entry.name] = _content(data, entry)
    if encode(members) != data:
        raise BundleError(
            "was changed or repacked: its bytes are not those that the export writes; "
            "take a fresh copy, or make it again with 'edge-emotion export'"
        )
    return members


def _entries(data: bytes) -> list[_Entry]:
    if not data.startswith((_LOCAL_SIGNATURE, _END_SIGNATURE)):
        raise BundleError(
            "is not a bundle (no ZIP header); give an .emo file that 'edge-emotion export' wrote"
        )
    if data[-_END.size : -_END.size + 4] != _END_SIGNATURE:
        if _END_SIGNATURE in data[-0xFFFF - _END.size :]:
            raise BundleError("has extra bytes behind its end; take a fresh copy")
        raise BundleError("is truncated: its directory is missing; copy it again")
    _, _, _, _, count, size, at, _ = _END.unpack_from(data, len(data) - _END.size)
    if count > MAX_MEMBERS:
        raise BundleError(f"declares {count} members; at most {MAX_MEMBERS} are allowed")
    if at + size != len(data) - _END.size:
        raise BundleError("is damaged: its directory is not where its end record says; copy it again")
    entries = []
    for _ in range(count):
        entry, at = _entry(data, at)
        entries.append(entry)
    total = sum(e.size for e in entries)
    if total > MAX_TOTAL_BYTES:
        raise BundleError(f"declares {total} bytes of content; at most {MAX_TOTAL_BYTES} are allowed")
    return entries


def _entry(data: bytes, at: int) -> tuple[_Entry, int]:
    if len(data) < at + _CENTRAL.size + _END.size:
        raise BundleError("is truncated: its directory ends early; copy it again")
    fields = _CENTRAL.unpack_from(data, at)
    signature, _, _, flags, method, _, _, crc, packed, size, name_len, extra_len, comment_len = fields[:13]
    mode, offset = fields[-2] >> 16, fields[-1]
    if signature != _CENTRAL_SIGNATURE:
        raise BundleError("is damaged: its directory is unreadable; copy it again")
    raw_name = data[at + _CENTRAL.size : at + _CENTRAL.size + name_len]
    name = raw_name.decode("ascii", "backslashreplace")
    if not _SAFE_NAME.fullmatch(name):
        raise BundleError(f"holds a member called {name[:80]!r}; only plain file names are allowed")
    if stat.S_ISLNK(mode):
        raise BundleError(f"holds {name} as a symbolic link; only plain files are allowed")
    if flags & _ENCRYPTED_FLAG:
        raise BundleError(f"holds {name} encrypted; only plain files are allowed")
    if method != _STORED or packed != size:
        raise BundleError(
            f"holds {name} compressed; members must be stored, to bound memory: export it again"
        )
    end = at + _CENTRAL.size + name_len + extra_len + comment_len
    return _Entry(name=name, crc=crc, size=size, offset=offset), end


def _content(data: bytes, entry: _Entry) -> bytes:
    start = entry.offset + _LOCAL.size + len(entry.name)
    content = data[start : start + entry.size]
    if len(content) != entry.size:
        raise BundleError(f"is truncated: {entry.name} has {len(content)} of {entry.size} bytes")
    if zlib.crc32(content) != entry.crc:
        raise BundleError(f"is damaged: the checksum of {entry.name} is wrong; copy it again")
    return content
