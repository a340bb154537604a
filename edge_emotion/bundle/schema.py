"""The JSON schema of a bundle's JSON members, from the structs that read them."""

from __future__ import annotations

from typing import Any

import msgspec

from edge_emotion.bundle.manifest import SCHEMA_VERSION, Manifest
from edge_emotion.bundle.signature import SIGNATURE_NAME, Signature

TEMPLATE = "#/$defs/{name}"


def schema() -> dict[str, Any]:
    """JSON schema (2020-12) of ``manifest.json``; that of ``SIGNATURE.json`` stands in ``$defs`` as ``Signature``."""
    (manifest, _), components = msgspec.json.schema_components((Manifest, Signature), ref_template=TEMPLATE)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Written by 'edge-emotion bundle schema'. {SIGNATURE_NAME} follows $defs.Signature. "
        "The reader checks more than a schema can say: docs/bundle.md.",
        "title": f"manifest.json of an edge-emotion bundle, schema {SCHEMA_VERSION}",
        **manifest,
        "$defs": components,
    }


def schema_text() -> str:
    """The same as text; what the repository keeps in ``docs/bundle.schema.json``."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=1).decode() + "\n"
