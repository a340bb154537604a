"""What differs between two bundles: manifest fields, members, proof."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from edge_emotion.bundle.container import MANIFEST_NAME
from edge_emotion.bundle.manifest import Fidelity
from edge_emotion.bundle.reader import Bundle
from edge_emotion.bundle.signature import SIGNATURE_NAME

APART = ("files", "fidelity")
"""Parts of the manifest that have a section of their own."""

_NAMES = ("path", "board", "tensor", "name", "rate_hz")
"""What identifies a member of a list, so that an added row does not make all rows after it differ."""


class BundleName(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the two."""

    path: Path
    name: str
    version: str
    sha256: str
    signer: str | None
    """Public key that the signature names; not checked by comparing."""


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the manifest; ``None`` where one of the two does not have it."""

    field: str
    first: Any
    second: Any


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A member by size and hash."""

    bytes: int
    sha256: str


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """A member that differs or that one of the two lacks."""

    path: str
    first: Content | None
    second: Content | None


class ProofChange(msgspec.Struct, frozen=True, kw_only=True):
    """A proved figure of a model file."""

    path: str
    figure: str
    first: float | str | None
    second: float | str | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; ``same`` is about every byte of the two files."""

    same: bool
    first: BundleName
    second: BundleName
    manifest: tuple[FieldChange, ...]
    files: tuple[FileChange, ...]
    proof: tuple[ProofChange, ...]


def compare(first: Bundle, second: Bundle) -> Difference:
    """Compare two bundles that were read; manifests of older schemas are compared as the newest."""
    return Difference(
        # A container has one form: equal members make equal files, and nothing else does.
        same=first.sha256 == second.sha256,
        first=_name(first),
        second=_name(second),
        manifest=_fields(first, second),
        files=_files(first, second),
        proof=_proof(first, second),
    )


def _name(bundle: Bundle) -> BundleName:
    return BundleName(
        path=bundle.path,
        name=bundle.manifest.name,
        version=bundle.manifest.version,
        sha256=bundle.sha256,
        signer=bundle.signature.public_key if bundle.signature else None,
    )


def _fields(first: Bundle, second: Bundle) -> tuple[FieldChange, ...]:
    one, two = _flat_manifest(first), _flat_manifest(second)
    return tuple(
        FieldChange(field=field, first=one.get(field), second=two.get(field))
        for field in dict.fromkeys((*one, *two))
        if one.get(field) != two.get(field)
    )


def _flat_manifest(bundle: Bundle) -> dict[str, Any]:
    content = msgspec.to_builtins(bundle.manifest)
    found: dict[str, Any] = {}
    for name, value in content.items():
        if name not in APART:
            _flatten(name, value, found)
    return found


def _flatten(path: str, value: Any, found: dict[str, Any]) -> None:
    """Leaves by path; a list of structs counts as a mapping, a list of values as one leaf."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(f"{path}.{key}", inner, found)
    elif isinstance(value, list | tuple) and value and all(isinstance(v, Mapping) for v in value):
        for i, (key, inner) in enumerate(_keyed(value).items()):
            _flatten(f"{path}[{key or i}]", inner, found)
    else:
        found[path] = value


def _keyed(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Rows by what identifies them; rows that share it are numbered."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        name = next((str(row[n]) for n in _NAMES if row.get(n)), "")
        if "board" in row:
            name = f"{row['board']}, {row['system']}, {row['protocol']}"
        key, number = name, 2
        while key in found:
            key, number = f"{name} #{number}", number + 1
        found[key] = row
    return found


def _files(first: Bundle, second: Bundle) -> tuple[FileChange, ...]:
    names = sorted({*first.members, *second.members} - {MANIFEST_NAME, SIGNATURE_NAME})
    return tuple(
        FileChange(path=name, first=_content(first, name), second=_content(second, name))
        for name in names
        if first.members.get(name) != second.members.get(name)
    )


def _content(bundle: Bundle, name: str) -> Content | None:
    data = bundle.members.get(name)
    return None if data is None else Content(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def _proof(first: Bundle, second: Bundle) -> tuple[ProofChange, ...]:
    one, two = _proofs(first), _proofs(second)
    figures = [name for name in Fidelity.__struct_fields__ if name != "path"]
    return tuple(
        ProofChange(path=path, figure=figure, first=a, second=b)
        for path in dict.fromkeys((*one, *two))
        for figure in figures
        if (a := getattr(one.get(path), figure, None)) != (b := getattr(two.get(path), figure, None))
    )


def _proofs(bundle: Bundle) -> dict[str, Fidelity]:
    return {proof.path: proof for proof in bundle.manifest.fidelity}
