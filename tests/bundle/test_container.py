"""One set of members has one container, and nothing but such a container is read."""

from __future__ import annotations

import io
import stat
import warnings
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_emotion.bundle.container import MAX_MEMBERS, MAX_TOTAL_BYTES, decode, encode
from edge_emotion.errors import BundleError

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)


def zipped(
    *members: tuple[str | zipfile.ZipInfo, bytes],
    method: int = zipfile.ZIP_STORED,
    comment: bytes = b"",
) -> bytes:
    """What a general ZIP tool writes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of duplicates, which one case is about
        for name, data in members:
            archive.writestr(name, data)
        archive.comment = comment
    return buffer.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("model.onnx")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


def oversized() -> bytes:
    data = bytearray(zipped(("a", b"x")))
    at = data.index(b"PK\x01\x02")
    data[at + 20 : at + 28] = (MAX_TOTAL_BYTES + 1).to_bytes(4, "little") * 2
    return bytes(data)


@given(st.dictionaries(NAMES, st.binary(max_size=64), max_size=6))
def test_members_survive_and_order_does_not_matter(members: dict[str, bytes]) -> None:
    data = encode(members)
    assert decode(data) == members
    assert encode(dict(reversed(members.items()))) == data


def test_any_zip_tool_reads_it_and_the_manifest_comes_first() -> None:
    data = encode({"a.onnx": b"model", "manifest.json": b"{}"})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.json", "a.onnx"]
        assert archive.read("a.onnx") == b"model"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "not a bundle", id="empty"),
        pytest.param(b"#!/bin/sh\n", "not a bundle", id="text"),
        pytest.param(b"junk" + zipped(("a", b"")), "not a bundle", id="prefix"),
        pytest.param(zipped(("../a", b"")), "called '../a'", id="climbing"),
        pytest.param(zipped(("/etc/passwd", b"")), "called '/etc/passwd'", id="absolute"),
        pytest.param(zipped(("folder/a", b"")), "plain file names", id="folder"),
        pytest.param(zipped((r"C:\a", b"")), "plain file names", id="drive"),
        pytest.param(zipped((".hidden", b"")), "plain file names", id="hidden"),
        pytest.param(zipped(("é", b"")), "plain file names", id="not ascii"),
        pytest.param(zipped((link(), b"/etc/passwd")), "symbolic link", id="link"),
        pytest.param(zipped(("a", b"x"), ("a", b"y")), "holds a twice", id="duplicate"),
        pytest.param(
            zipped(("a", bytes(10_000)), method=zipfile.ZIP_DEFLATED), "a compressed", id="deflated"
        ),
        pytest.param(zipped(("a", b"x")), "changed or repacked", id="repacked"),
        pytest.param(zipped(("a", b"x"), comment=b"hello"), "extra bytes behind its end", id="comment"),
        pytest.param(encode({"a": b"x"}) + b"\0", "extra bytes behind its end", id="appended"),
        pytest.param(oversized(), "67108865 bytes of content", id="declared size"),
        pytest.param(
            zipped(*((f"m{i}", b"") for i in range(MAX_MEMBERS + 1))), "declares 33 members", id="many"
        ),
    ],
)
def test_what_is_not_a_container_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        decode(data)


def test_bytes_hidden_between_members_are_refused() -> None:
    data = encode({"a": b"x", "b": b"y"})
    at, directory = data.index(b"PK\x03\x04", 4), data.index(b"PK\x01\x02")
    hidden = bytearray(data[:at] + b"hidden" + data[at:])
    hidden[-6:-2] = (directory + 6).to_bytes(4, "little")  # where the directory is now
    hidden[-27:-23] = (at + 6).to_bytes(4, "little")  # where "b" is now
    with pytest.raises(BundleError, match="changed or repacked"):
        decode(bytes(hidden))


@pytest.mark.parametrize(
    "members", [{"../a": b""}, {str(i): b"" for i in range(MAX_MEMBERS + 1)}], ids=["name", "number"]
)
def test_what_could_not_be_read_is_not_written(members: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match=r"plain file name|at most"):
        encode(members)
