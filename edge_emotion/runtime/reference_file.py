"""The stored reference of one person: a small JSON file, plain or sealed, tied to what a bundle makes of signals."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from edge_emotion.bundle.container import MANIFEST_NAME
from edge_emotion.bundle.reader import Bundle
from edge_emotion.errors import InputError, UsageError
from edge_emotion.runtime.reference import RoleReference, check_roles
from edge_emotion.runtime.sealing import SealedReference, seal, unseal
from edge_emotion.types import ROLE_OF, Modality
from edge_emotion.whole_file import write_whole

SCHEMA_VERSION = 1
MAX_BYTES = 256 * 1024
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)

Word = Annotated[str, msgspec.Meta(max_length=200)]
Logit = Annotated[float, msgspec.Meta(ge=-1000, le=1000)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class BundleIdentity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The bundle that a reference was made with.

    ``basis_sha256`` binds: it is the digest of the manifest's signals and normalisation, on which a reference depends and on
    nothing else. A bundle that was trained again with the same of both takes the old references; any other refuses them.
    """

    name: Word
    version: Word
    basis_sha256: Digest


class StoredThreshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one network said of the rest: of use to that network alone.

    Parameters
    ----------
    network_sha256
        Of the digests of the bundle's model files.
    rest_logits
        Mean over the rest's windows, one a class.
    """

    network_sha256: Digest
    rest_logits: Annotated[tuple[Logit, ...], msgspec.Meta(min_length=2, max_length=64)]


class StoredReference(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    omit_defaults=True,  # an older runtime reads what holds nothing that it does not know
    tag_field="format",
    tag="edge-emotion-reference",
):
    """What the file holds.

    Parameters
    ----------
    name
        What its owner calls it; need not be a person's name.
    made_at
        Wall-clock time, ISO 8601.
    threshold
        For bundles that ask for a threshold of the wearer's own.
    """

    schema_version: Annotated[int, msgspec.Meta(ge=1)]
    name: Word
    made_at: Word
    runtime: Word
    bundle: BundleIdentity
    roles: Annotated[tuple[RoleReference, ...], msgspec.Meta(min_length=1, max_length=8)]
    threshold: StoredThreshold | None = None

    def rest_logits_for(self, bundle: Bundle) -> tuple[float, ...]:
        """What the bundle's network said of this rest; empty where it was another network, or none was asked."""
        known = self.threshold is not None and self.threshold.network_sha256 == network_digest(bundle)
        return self.threshold.rest_logits if self.threshold is not None and known else ()


def identity(bundle: Bundle) -> BundleIdentity:
    """What a reference made with ``bundle`` is tied to."""
    # From the bytes, not from the decoded manifest: a field that a later runtime adds must not unbind what exists.
    raw = msgspec.json.decode(bundle.read(MANIFEST_NAME), type=dict[str, msgspec.Raw])
    parts = [msgspec.json.decode(raw[key]) for key in ("normalisation", "signals")]
    digest = hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()
    return BundleIdentity(name=bundle.manifest.name, version=bundle.manifest.version, basis_sha256=digest)


def network_digest(bundle: Bundle) -> str:
    """Of the network, whatever else of the bundle changes."""
    digests = {file.path: file.sha256 for file in bundle.manifest.files}
    models = sorted(digests[file.path] for file in bundle.manifest.model_files)
    return hashlib.sha256("".join(models).encode()).hexdigest()


def write_reference(path: Path, reference: StoredReference, passphrase: str | None) -> None:
    """Write a file that only its owner may read, whole or not at all; sealed when there is a passphrase.

    Raises
    ------
    MissingExtraError
        If it is to be sealed and `cryptography` is not installed.
    UsageError
        If it cannot be written.
    """
    data = msgspec.json.encode(reference)
    if passphrase is not None:
        data = msgspec.json.encode(seal(data, passphrase))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, data + b"\n")
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written ({error.strerror}); give --out FILE in a folder of yours"
        ) from None


def read_reference(path: Path, bundle: Bundle, passphrase: Callable[[], str]) -> StoredReference:
    """Read and check a reference.

    Parameters
    ----------
    bundle
        That will use it.
    passphrase
        Called only if the file is sealed.

    Raises
    ------
    InputError
        If it cannot be read, is damaged, was made with another bundle, does not open with this passphrase, or holds figures
        that no rest gives.
    """
    try:
        reference = _decoded(_read(path), passphrase)
        _check_bundle(reference, bundle)
        check_roles(reference.roles, bundle.manifest.normalisation)
        _check_threshold(reference.rest_logits_for(bundle), bundle)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return reference


def check_modalities(reference: StoredReference, modalities: Sequence[Modality]) -> None:
    """A reference of one sensor says little about another kind.

    Raises
    ------
    InputError
        If a signal of this session was measured by something else at rest.
    """
    now = {ROLE_OF[m]: m for m in modalities if m in ROLE_OF}
    for role in reference.roles:
        modality = now.get(role.role, role.modality)
        if modality is not role.modality:
            raise InputError(
                f"reference {reference.name!r} knows the {role.role} signal as {role.modality}, this session has {modality}: "
                "calibrate again with these sensors, or run without --reference"
            )


def _decoded(raw: bytes, passphrase: Callable[[], str]) -> StoredReference:
    try:
        found = msgspec.json.decode(raw, type=StoredReference | SealedReference)
        if isinstance(found, SealedReference):
            found = msgspec.json.decode(unseal(found, passphrase()), type=StoredReference)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"is not a reference ({error}); make one with 'edge-emotion calibrate'") from None
    if found.schema_version > SCHEMA_VERSION:
        raise InputError(
            f"is of schema {found.schema_version}; this runtime reads up to {SCHEMA_VERSION}: "
            "upgrade edge-emotion, or calibrate again"
        )
    return found


def _check_bundle(reference: StoredReference, bundle: Bundle) -> None:
    mine, theirs = identity(bundle), reference.bundle
    if theirs.basis_sha256 != mine.basis_sha256:
        raise InputError(
            f"was made with {theirs.name} {theirs.version}, which normalises otherwise than {mine.name} {mine.version}: "
            "run 'edge-emotion calibrate' with this bundle, or give the other one with --bundle"
        )


def _check_threshold(rest_logits: tuple[float, ...], bundle: Bundle) -> None:
    wanted = len(bundle.manifest.labels)
    if rest_logits and len(rest_logits) != wanted:
        raise InputError(
            f"holds {len(rest_logits)} rest_logits; this bundle has {wanted} labels: calibrate again"
        )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror}); make it with 'edge-emotion calibrate'"
        ) from None
    if len(data) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES} bytes; no reference is")
    return data
