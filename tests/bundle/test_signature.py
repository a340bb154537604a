"""A signed bundle is read with the signer's key as it is, and with any bit of it changed it is not."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edge_emotion.bundle.container import decode, encode
from edge_emotion.bundle.keys import TrustedKey, check_signature, generate, read_trusted_key, sign
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.bundle.signature import (
    CONTEXT,
    MAX_SIGNATURE_BYTES,
    SIGNATURE_NAME,
    Signature,
    encode_signature,
)
from edge_emotion.bundle.writing import write_signed
from edge_emotion.errors import BundleError

Write = Callable[[bytes], Path]
OPENSSL = shutil.which("openssl")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "maker.key"
    generate(path)
    return path


@pytest.fixture(scope="module")
def trusted(key: Path) -> TrustedKey:
    return read_trusted_key(key.with_name("maker.key.pub"))


@pytest.fixture(scope="module")
def signed(good: bytes, key: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("signed") / "a.emo"
    path.write_bytes(good)
    bundle = load_bundle(path)
    write_signed(bundle, sign(bundle.read("manifest.json"), key), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that many examples write, one after the other."""
    return tmp_path_factory.mktemp("drafts") / "a.emo"


def with_checksums(data: bytes) -> bytes:
    """What an attacker does after a change: the container's own checksums are made right again."""
    fixed, at = bytearray(data), data.index(b"PK\x01\x02")
    while fixed[at : at + 4] == b"PK\x01\x02":
        size, name_len = (int.from_bytes(fixed[at + i : at + i + n], "little") for i, n in ((24, 4), (28, 2)))
        offset = int.from_bytes(fixed[at + 42 : at + 46], "little")
        start = offset + 30 + name_len
        crc = zlib.crc32(fixed[start : start + size]).to_bytes(4, "little")
        fixed[at + 16 : at + 20] = fixed[offset + 14 : offset + 18] = crc
        at += 46 + name_len
    return bytes(fixed)


def test_signed_bundle_names_its_signer_and_keeps_its_members(
    good: bytes, signed: bytes, write: Write, trusted: TrustedKey
) -> None:
    bundle = load_bundle(write(signed), [trusted])
    assert bundle.signed_by == trusted.public_key
    assert {n: d for n, d in bundle.members.items() if n != SIGNATURE_NAME} == decode(good)


def test_without_a_key_signed_and_unsigned_are_read_and_nobody_is_believed(
    good: bytes, signed: bytes, write: Write
) -> None:
    for data in (good, signed):
        bundle = load_bundle(write(data))
        assert bundle.signed_by is None
        assert (bundle.signature is not None) == (data is signed)


def test_signing_again_gives_the_same_bytes(signed: bytes, write: Write, key: Path, tmp_path: Path) -> None:
    bundle = load_bundle(write(signed))
    again = tmp_path / "again.emo"
    write_signed(bundle, sign(bundle.read("manifest.json"), key), again)
    assert again.read_bytes() == signed


@given(data=st.data(), repaired=st.booleans())
def test_a_flipped_bit_anywhere_is_refused(
    signed: bytes, trusted: TrustedKey, draft: Path, data: st.DataObject, repaired: bool
) -> None:
    bits = data.draw(st.sets(st.integers(0, 8 * len(signed) - 1), min_size=1, max_size=3))
    spoilt = bytearray(signed)
    for bit in bits:
        spoilt[bit // 8] ^= 1 << bit % 8
    draft.write_bytes(_repaired(bytes(spoilt), signed) if repaired else spoilt)
    with pytest.raises(BundleError) as caught:
        load_bundle(draft, [trusted])
    assert "\n" not in str(caught.value)


def _repaired(spoilt: bytes, content: bytes) -> bytes:
    """Checksums made right, unless there is no directory left to repair or the repair undoes the flip."""
    try:
        fixed = with_checksums(spoilt)
    except (ValueError, IndexError):
        return spoilt
    return spoilt if fixed == content else fixed


def test_every_byte_of_the_signature_counts_even_with_right_checksums(
    signed: bytes, write: Write, trusted: TrustedKey
) -> None:
    members = decode(signed)
    for at in range(len(members[SIGNATURE_NAME])):
        spoilt = bytearray(members[SIGNATURE_NAME])
        spoilt[at] ^= 1
        with pytest.raises(BundleError):
            load_bundle(write(encode({**members, SIGNATURE_NAME: bytes(spoilt)})), [trusted])


def test_every_truncation_is_refused(signed: bytes, write: Write, trusted: TrustedKey) -> None:
    for length in range(0, len(signed), 13):
        with pytest.raises(BundleError):
            load_bundle(write(signed[:length]), [trusted])


def other_model(members: dict[str, bytes]) -> dict[str, bytes]:
    """Another model with a manifest that agrees: only the signature can tell."""
    manifest = json.loads(members["manifest.json"])
    row = next(f for f in manifest["files"] if f["path"] == "model.onnx")
    row.update(bytes=4, sha256=hashlib.sha256(b"evil").hexdigest())
    return {**members, "model.onnx": b"evil", "manifest.json": json.dumps(manifest).encode()}


def unsigned(members: dict[str, bytes]) -> dict[str, bytes]:
    return {n: d for n, d in members.items() if n != SIGNATURE_NAME}


def signed_by_another(members: dict[str, bytes]) -> dict[str, bytes]:
    key = Ed25519PrivateKey.generate()
    made = Signature(
        public_key=key.public_key().public_bytes_raw().hex(),
        signature=key.sign(CONTEXT + members["manifest.json"]).hex(),
    )
    return {**members, SIGNATURE_NAME: encode_signature(made)}


def claims_to_be_the_maker(members: dict[str, bytes]) -> dict[str, bytes]:
    """Signed by another, with the trusted key written over its own."""
    mine = msgspec.json.decode(members[SIGNATURE_NAME], type=Signature)
    theirs = msgspec.json.decode(signed_by_another(members)[SIGNATURE_NAME], type=Signature)
    made = msgspec.structs.replace(theirs, public_key=mine.public_key)
    return {**members, SIGNATURE_NAME: encode_signature(made)}


def reformatted(members: dict[str, bytes]) -> dict[str, bytes]:
    return {**members, SIGNATURE_NAME: members[SIGNATURE_NAME].replace(b"\n", b" \n")}


def in_capitals(members: dict[str, bytes]) -> dict[str, bytes]:
    text = members[SIGNATURE_NAME].decode()
    value = json.loads(text)["signature"]
    return {**members, SIGNATURE_NAME: text.replace(value, value.upper()).encode()}


def other_algorithm(members: dict[str, bytes]) -> dict[str, bytes]:
    return {**members, SIGNATURE_NAME: members[SIGNATURE_NAME].replace(b'"ed25519"', b'"none"')}


def huge(members: dict[str, bytes]) -> dict[str, bytes]:
    return {**members, SIGNATURE_NAME: b" " * (MAX_SIGNATURE_BYTES + 1)}


def stowaway(members: dict[str, bytes]) -> dict[str, bytes]:
    return {**members, "extra.onnx": b""}


ATTACKS: list[tuple[Callable[[dict[str, bytes]], dict[str, bytes]], str]] = [
    (other_model, "does not fit"),
    (unsigned, "is not signed, and a trusted key is configured"),
    (signed_by_another, "is signed with another key"),
    (claims_to_be_the_maker, "does not fit"),
    (reformatted, "was reformatted"),
    (in_capitals, "that is none"),
    (other_algorithm, "that is none"),
    (huge, "at most 4096"),
    (stowaway, r"holds extra\.onnx, which its manifest does not know"),
]


@pytest.mark.parametrize(("attack", "message"), ATTACKS, ids=[a.__name__ for a, _ in ATTACKS])
def test_attack_is_refused_and_named(
    signed: bytes, write: Write, trusted: TrustedKey, attack: Any, message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        load_bundle(write(encode(attack(decode(signed)))), [trusted])


def test_manifest_that_lists_the_signature_is_refused(
    content: dict[str, Any], members: dict[str, bytes], write: Write
) -> None:
    content["files"].append({"path": SIGNATURE_NAME, "bytes": 0, "sha256": "0" * 64})
    with pytest.raises(BundleError, match="or its signature"):
        load_bundle(write(encode({**members, "manifest.json": msgspec.json.encode(content)})))


def test_one_of_several_trusted_keys_is_enough(
    signed: bytes, write: Write, trusted: TrustedKey, tmp_path: Path
) -> None:
    old = generate(tmp_path / "old.key")
    assert load_bundle(write(signed), [old, trusted]).signed_by == trusted.public_key


def test_a_signature_of_the_bare_manifest_does_not_count(signed: bytes, trusted: TrustedKey) -> None:
    manifest, key = decode(signed)["manifest.json"], Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw().hex()
    bare = Signature(public_key=public, signature=key.sign(manifest).hex())
    with pytest.raises(BundleError, match="does not fit"):
        check_signature(bare, manifest, [TrustedKey(public_key=public, path=Path("k"))])


@pytest.mark.skipif(OPENSSL is None, reason="needs the openssl program")
def test_openssl_agrees(signed: bytes, key: Path, tmp_path: Path) -> None:
    """An implementation that shares none of this code: as docs/bundle.md shows it."""
    members = decode(signed)
    (tmp_path / "signed").write_bytes(b"edge-emotion bundle signature 1\n" + members["manifest.json"])
    (tmp_path / "sig").write_bytes(bytes.fromhex(json.loads(members[SIGNATURE_NAME])["signature"]))
    command = [
        str(OPENSSL),
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        f"{key}.pub",
        "-rawin",
        "-in",
        "signed",
    ]
    subprocess.run([*command, "-sigfile", "sig"], cwd=tmp_path, check=True, capture_output=True)


def test_without_a_key_cryptography_is_never_imported(signed: bytes, write: Write) -> None:
    code = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from edge_emotion.bundle.reader import load_bundle\n"
        f"assert load_bundle({str(write(signed))!r}).signature is not None\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_with_a_key_and_no_cryptography_the_extra_is_named(key: Path, signed: bytes, write: Write) -> None:
    code = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from edge_emotion.cli import main\n"
        f"sys.exit(main(['inspect', {str(write(signed))!r}, '--trusted-key', '{key}.pub']))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "edge-emotion[crypto]" in ran.stderr
