"""Opening a bundle: container, signature, versions, manifest, hashes, consistency.

In this order, so that the first message is the useful one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge_emotion import __version__
from edge_emotion.bundle.consistency import check_manifest
from edge_emotion.bundle.container import MANIFEST_NAME, MAX_TOTAL_BYTES, decode
from edge_emotion.bundle.keys import TrustedKey, check_signature
from edge_emotion.bundle.manifest import Manifest
from edge_emotion.bundle.migration import STEPS, Step, upgraded
from edge_emotion.bundle.signature import SIGNATURE_NAME, Signature, read_signature
from edge_emotion.errors import BundleError

MAX_MANIFEST_BYTES = 1024 * 1024
CONTAINER_OVERHEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle that passed every check.

    Parameters
    ----------
    path
        Where it was read from.
    sha256
        Digest of the whole file, hexadecimal.
    members
        Contents by name, as verified.
    signature
        As found; it says nothing before it is checked.
    signed_by
        The trusted public key, in hexadecimal, whose signature was checked; ``None`` where no key was configured.
    """

    manifest: Manifest
    path: Path
    sha256: str
    members: Mapping[str, bytes]
    signature: Signature | None = None
    signed_by: str | None = None

    def read(self, name: str) -> bytes:
        """Content of one member.

        Raises
        ------
        BundleError
            If the bundle has no such member.
        """
        try:
            return self.members[name]
        except KeyError:
            raise BundleError(
                f"{self.path}: has no member {name!r}; it holds {', '.join(sorted(self.members))}"
            ) from None


class _Versions(msgspec.Struct, frozen=True):
    """What is read before anything else. Unknown keys are allowed here: a newer schema has some."""

    schema_version: int
    minimum_runtime: str


def load_bundle(path: Path | str, trusted: Sequence[TrustedKey] = ()) -> Bundle:
    """Read and verify a bundle; the whole of it is checked before any of it is used.

    Parameters
    ----------
    path
        A ``.emo`` file.
    trusted
        Keys of which one must have signed it; with none, a bundle need not be signed and a signature is not checked.

    Raises
    ------
    BundleError
        If it cannot be read, is not a bundle, is damaged, contradicts itself, needs a newer runtime, or lacks the signature
        of a trusted key.
    MissingExtraError
        If there are trusted keys and `cryptography` is not installed.
    """
    path = Path(path)
    data = _read(path)
    try:
        if data.startswith(b"PK") and MANIFEST_NAME.encode() not in data:
            raise BundleError(
                f"is a ZIP archive but no bundle: it holds no {MANIFEST_NAME}; give an .emo file that 'edge-emotion export' wrote"
            )
        members = decode(data)
        signature = read_signature(members)
        raw = _manifest_of(members)
        # Before anything is made of the manifest: what nobody vouches for is not parsed.
        signed_by = check_signature(signature, raw, trusted) if trusted else None
        manifest = decode_manifest(raw)
        _check_files(manifest, members)
        check_manifest(manifest)
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from None
    return Bundle(
        manifest=manifest,
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        members=members,
        signature=signature,
        signed_by=signed_by,
    )


def decode_manifest(raw: bytes, steps: Sequence[Step] = STEPS) -> Manifest:
    """Decode ``manifest.json``, versions first; one of an older schema is brought to the newest.

    Raises
    ------
    BundleError
        If it is not valid, names a key twice, or is of a schema or for a runtime newer than this one.
    """
    newest = len(steps) + 1
    try:
        versions = msgspec.json.decode(raw, type=_Versions)
        _check_versions(versions, newest)
        json.loads(raw, object_pairs_hook=_no_key_twice)
        content = msgspec.json.decode(raw, type=dict[str, object])
        return msgspec.convert(upgraded(content, steps), Manifest)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        reason = str(error)
    except (LookupError, TypeError, AttributeError) as error:
        reason = f"it is not what its schema promises ({error!r})"  # found by a step of the migration
    raise BundleError(
        f"has a manifest that this runtime cannot use: {reason}; make the bundle again with 'edge-emotion export'"
    ) from None


def _manifest_of(members: Mapping[str, bytes]) -> bytes:
    raw = members.get(MANIFEST_NAME)
    if raw is None:
        raise BundleError(f"has no {MANIFEST_NAME}: it is a ZIP file but not a bundle")
    if len(raw) > MAX_MANIFEST_BYTES:
        raise BundleError(f"has a manifest of {len(raw)} bytes; at most {MAX_MANIFEST_BYTES} are allowed")
    return raw


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:  # one reader takes the first, another the last
            raise ValueError(f"it names {key!r} twice")
        found[key] = value
    return found


def _check_versions(versions: _Versions, newest: int) -> None:
    if versions.schema_version > newest:
        raise BundleError(
            f"is a bundle of schema {versions.schema_version}; this runtime (edge-emotion {__version__}) "
            f"reads up to schema {newest}: upgrade with 'pip install --upgrade edge-emotion'"
        )
    if versions.schema_version < 1:
        raise BundleError(f"declares schema {versions.schema_version}; schemas are numbered from 1")
    if _release(versions.minimum_runtime) > _release(__version__):
        raise BundleError(
            f"needs edge-emotion {versions.minimum_runtime} or newer; this is {__version__}: "
            "upgrade with 'pip install --upgrade edge-emotion'"
        )


def _release(version: str) -> tuple[int, ...]:
    match = re.match(r"\d{1,6}(\.\d{1,6}){0,3}", version, re.ASCII)
    if match is None:
        raise BundleError(f"names {version!r} as its minimum runtime, which is not a version number")
    return tuple(int(part) for part in match[0].split("."))


def _read(path: Path) -> bytes:
    limit = MAX_TOTAL_BYTES + CONTAINER_OVERHEAD_BYTES
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}); give an .emo file") from None
    if len(data) > limit:
        raise BundleError(f"{path}: is larger than {limit} bytes; no bundle is")
    return data


def _check_files(manifest: Manifest, members: Mapping[str, bytes]) -> None:
    declared = {file.path for file in manifest.files} | {MANIFEST_NAME, SIGNATURE_NAME}
    if len(declared) != len(manifest.files) + 2:
        raise BundleError("has a manifest that lists a file twice, or itself, or its signature")
    if unknown := sorted(set(members) - declared):
        raise BundleError(f"holds {unknown[0]}, which its manifest does not know")
    for file in manifest.files:
        content = members.get(file.path)
        if content is None:
            raise BundleError(f"lacks {file.path}, which its manifest lists")
        if len(content) != file.bytes:
            raise BundleError(f"holds {file.path} with {len(content)} bytes; its manifest says {file.bytes}")
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise BundleError(f"holds another {file.path} than its manifest describes (SHA-256 differs)")
